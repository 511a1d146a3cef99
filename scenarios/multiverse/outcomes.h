#pragma once
// Endings counted: how many of what kind, and what share of all futures fails, with a confidence interval.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scenarios/multiverse/futures.h"

namespace wn::scenarios {

// A share of `of` trials, with its 95% interval (Wilson, "Probable Inference", JASA 1927). Of no trials: [0,
// 1].
struct Share {
  std::uint64_t count = 0;
  std::uint64_t of = 0;
  double p = 0;
  double low = 0;
  double high = 1;
};
Share share_of(std::uint64_t count, std::uint64_t of);
Share failing_share(std::span<const Ending> endings);

struct OutcomeRow {
  std::string signature;  // empty: the futures that pass
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::uint64_t count = 0;
  std::uint64_t example = 0;      // the least number of a future that ends so
  std::int64_t earliest_ns = -1;  // when the claim failed, at the earliest; -1: not known
};

struct Outcomes {
  std::vector<OutcomeRow> rows;  // failing ones first, then by count, then by signature
  Share failing;
  std::uint64_t events = 0;  // of all futures together
};
Outcomes outcomes_of(std::span<const Ending> endings);

}  // namespace wn::scenarios
