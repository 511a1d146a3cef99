#pragma once
// CapabilityChecker: no operation took effect without a right that was valid at that time; from the trace
// alone, while it streams by, and without the code that decided. Claim: "capability". The first violation is
// kept; later events are ignored.
//
// For each cap_used with decision 0, and each link of the token's chain (cap_granted, by `parent`, to 0):
//   it was granted                      "capability: token was never granted"
//   the chain ends at the root          "capability: chain does not lead to the root"
//   it carries the right                "capability: right missing"
//   its subtree holds the target, in that replica's tree at that moment
//                                       "capability: target outside the subtree"
//   it had not expired by that replica's wall clock
//                                       "capability: token had expired"
//   that replica did not know it to be revoked
//                                       "capability: revoked, and the replica knew"
//   it was not binding for longer, in true time, than the staleness bound: a revocation is binding once
//   `replicas_to_know` replicas know it
//                                       "capability: revoked longer ago than the staleness bound"
//
// What is unknown is never accused. A replica's tree is learned from realm_parent (and the facts' first
// tree); what was moved since its last start is unknown after a crash until it is told again, all of it after
// a rebase. A revocation that was learned less than `durable_after` before a crash may be forgotten by it; a
// wipe takes all knowledge. Replicas that have been evicted do not count among those who know.
//
// Input: events in the order of true time. Cost: O(depth of chain x depth of tree) a use, O(log n) else.
// Memory: a map entry for each token, (replica, worknode) and (replica, revoked token), capped by `Limits`;
// beyond the cap the verdict is `unknown` unless a violation was found. Deterministic; one thread.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "checkers/history/verdict.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

struct CapabilityFacts {
  // In true time: the bound that replicas keep on their own clocks, with the drift that the scenario allows.
  // Duration::max(): no bound is promised.
  Duration staleness_max = Duration::max();
  // 1: the bound runs from when the first replica knew. A realm that trusts what a majority knows, and says
  // that a token is revoked once a majority has it: the majority.
  std::uint32_t replicas_to_know = 1;
  // So long after it was told, a revocation is surely on the replica's disk.
  Duration durable_after = seconds(1);
  // What every replica starts with: (worknode, parent), low halves of ids; parent 0: the tree's top.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> first_tree;
};

class CapabilityChecker {
 public:
  struct Limits {
    std::size_t tokens_max = 1'000'000;
    std::size_t worknodes_max = 8'000'000;  // (replica, worknode) pairs
    std::uint32_t nodes_max = 4096;
  };
  explicit CapabilityChecker(CapabilityFacts facts) : CapabilityChecker(std::move(facts), Limits{}) {}
  CapabilityChecker(CapabilityFacts facts, const Limits& limits);
  ~CapabilityChecker();
  CapabilityChecker(CapabilityChecker&&) noexcept;
  CapabilityChecker& operator=(CapabilityChecker&&) noexcept;

  void on_event(const TraceEvent& event);
  bool failed() const;
  // pass with an explanation that begins with "vacuous: " when no operation used a capability.
  Verdict verdict() const;
  std::uint64_t judged() const;  // uses that took effect

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wn::checkers
