#pragma once
// The verdict of one run as JSON: what `verdict.json` holds and `run --json` prints. Fields (at least):
//   scenario seed digest verdict signature claims[] simulated_seconds wall_seconds events messages faults
//   operations {ok, fail, info, first_try_ok} sometimes {name: count} build
#include <string>

#include "scenarios/runner/run.h"

namespace wn::scenarios {

// One object, indented by two; ends with a newline.
std::string to_json(const RunResult& result);
// ConvergenceLag as checkers/convergence/README.md describes it.
std::string to_json(const checkers::ConvergenceLag& lag);

}  // namespace wn::scenarios
