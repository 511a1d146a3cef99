#pragma once
// The searches of the partitions that nothing cheaper decided: each with its share of the budget, one after
// the other or on the caller's executor. The verdict does not depend on which.
//
// Shares: the first round gives each partition an equal part of half the steps; the second divides the other
// half among those that are still undecided. Memory: an eighth each, or more where there are fewer.
// Partitions go by size; the violation with the smallest number wins.
#include <vector>

#include "checkers/linearizability/frontier.h"

namespace wn::checkers {

struct StageResult {
  SearchAnswer answer = SearchAnswer::linearizable;
  const Partition* partition = nullptr;  // refuted or unknown
  Refutation refutation;
  std::string why;
  std::uint64_t steps = 0;
  std::uint64_t searched = 0;
};

StageResult search_all(const History& history, std::vector<const Partition*> partitions,
                       const Contents& contents, const Budget& budget, const LinearizabilityOptions& options);

// One partition: depth first and with little patience, as that finds an order soon or late; then breadth
// first, which does not depend on luck. With appends there is only the former. Takes from `budget.steps`.
SearchResult search_one(const History& history, const Partition& partition, Contents& contents,
                        frontier::Scratch& scratch, Budget& budget, const LinearizabilityOptions& options);

}  // namespace wn::checkers
