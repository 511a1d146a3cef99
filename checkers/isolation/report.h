#pragma once
// From cycles and findings to a verdict in words.
#include <functional>
#include <string>

#include "checkers/isolation/findings.h"
#include "checkers/isolation/knot.h"
#include "checkers/isolation/lattice.h"

namespace wn::checkers::isolation {

// `why` says a sentence about an edge of data.
Anomaly explain_cycle(const History& history, const Cycle& cycle,
                      const std::function<std::string(const Edge&)>& why);

// `whole`: everything was looked at. `quiet`: a history that says nothing passes.
Verdict report(const History& history, const Findings& findings, const Names& forbidden, bool whole,
               bool quiet);

}  // namespace wn::checkers::isolation
