#pragma once
// AccountabilityChecker: nobody honest is called a liar. From the trace alone, while it streams by. Claim:
// "accountability". The first violation is kept.
//
//   an honest node took a proof against a node that the plan did not make a liar
//                                        "accountability: an honest node was accused"
//   a proof that was handed in does not hold
//                                        "accountability: a proof does not hold"
//   an honest node took an answer to a call of its own for good, and the node that it asked, honest or not,
//   never put its signature to that   "accountability: an answer was believed that its node did not sign"
//
// A liar's own trace is worth nothing: its events are skipped, but for what its key has signed, which binds
// it. Deterministic; one thread; O(log n) an event; a few words for each signed answer.
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "checkers/accountability/evidence.h"
#include "checkers/history/trace_judge.h"
#include "runtime/base/ids.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

struct AccountabilityFacts {
  std::vector<NodeId> liars;           // ascending: nodes that the plan makes lie
  std::uint32_t life_stride = 10'000;  // replica ids of node n are n, n + stride, n + 2 * stride …
  // For proofs that are handed in.
  std::uint64_t realm = 0;
  std::map<NodeId, std::array<std::uint8_t, 32>> keys;
};

class AccountabilityChecker : private TraceJudge {
 public:
  explicit AccountabilityChecker(AccountabilityFacts facts)
      : TraceJudge("accountability"), facts_(std::move(facts)) {}
  void on_event(const TraceEvent& event);
  // A proof that an honest node holds.
  void on_evidence(ByteView proof);
  // pass with an explanation that begins with "vacuous: " when nobody was accused and no answer believed.
  using TraceJudge::failed;
  Verdict verdict() const;
  std::uint64_t proven() const { return proven_; }
  std::uint64_t believed() const { return believed_; }

 private:
  bool liar(std::uint32_t node) const;
  AccountabilityFacts facts_;
  std::uint64_t proven_ = 0;
  std::uint64_t believed_ = 0;
  std::set<std::pair<std::uint32_t, std::uint64_t>> signed_;  // by whom, and a digest of what
};

}  // namespace wn::checkers
