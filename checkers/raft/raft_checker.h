#pragma once
// RaftSafetyChecker: Raft's five guarantees (Ongaro & Ousterhout 2014, figure 3) and a few more, from the
// trace alone, while it streams by. Claim: "raft-safety". The first violation is kept; later events are
// ignored.
//
//   one leader a term            "raft-safety: two leaders in one term"
//   one vote a term, for ever    "raft-safety: two votes in one term"
//   log matching                 "raft-safety: log mismatch"
//   commits never change         "raft-safety: commit changed"
//   leader completeness          "raft-safety: leader lacks a committed entry"
//   state machine safety         "raft-safety: states differ"
//   commit index never goes back "raft-safety: commit went back"
//   terms never go back          "raft-safety: term went back"
//   a leader never truncates     "raft-safety: leader truncated its log"
//
// It learns each node's log from raft_restored, raft_append, raft_truncate and raft_snapshot_installed. What
// a node may have lost or got back in a crash (a truncation that never reached the disk) counts as unknown,
// and what is unknown is never accused. A vote binds once its reply has left the node (message_sent of raft's
// vote_reply after raft_vote) or once it made its own candidate leader; a wipe takes the votes with it.
// Cost: O(1) amortised an event, O(log terms) an election. Memory: 16 bytes for each (node, entry above its
// snapshot) and 56 for each log index that anyone ever held, capped by `Limits`; beyond the cap the verdict
// is `unknown` unless a violation was found. Deterministic; one thread.
#include <cstdint>
#include <memory>
#include <string>

#include "checkers/history/verdict.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

class RaftSafetyChecker {
 public:
  struct Limits {
    std::uint64_t indices_max = 8'000'000;   // log indices
    std::uint64_t entries_max = 20'000'000;  // (node, entry) pairs
    std::uint32_t nodes_max = 4096;
  };
  RaftSafetyChecker() : RaftSafetyChecker(Limits{}) {}
  explicit RaftSafetyChecker(const Limits& limits);
  ~RaftSafetyChecker();
  RaftSafetyChecker(RaftSafetyChecker&&) noexcept;
  RaftSafetyChecker& operator=(RaftSafetyChecker&&) noexcept;

  void on_event(const TraceEvent& event);
  bool failed() const;
  Verdict verdict() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wn::checkers
