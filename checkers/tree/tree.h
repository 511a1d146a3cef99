#pragma once
// The tree of worknodes, from the trace alone. Claim: "tree". Each replica's parents are followed from the
// first tree, which the facts describe, by its realm_parent events; at the end of each batch (a run of them
// from one replica):
//
//   a worknode that moved is below the root or the trash     "tree: a cycle"
//                                                            "tree: a worknode that hangs on nothing"
//   it was where the replica says that it was                "tree: a worknode with two parents"
// and whenever a replica tells its digest:
//   the same knowledge, the same tree                        "tree: equal knowledge, different trees"
//   as many worknodes as it says                             "tree: worknodes are miscounted"
//
// A start (realm_restored) begins again with the first tree; the replica tells what differs. Memory: about 80
// bytes for each worknode that is not where the first tree has it, for each replica. O(depth) an event.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "checkers/history/trace_judge.h"
#include "runtime/base/ids.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

// The first tree: worknode i (from 0) has the low half kFirst + i and lies under number i / fan_out - 1, the
// first fan_out ones under the root.
struct TreeFacts {
  std::uint64_t count = 0;
  std::uint64_t fan_out = 1;
  // What proven liars made is undone here: a worknode below one of theirs may hang on nothing.
  bool undone = false;
};

class TreeChecker : private TraceJudge {
 public:
  static constexpr std::uint64_t kRoot = 1;
  static constexpr std::uint64_t kTrash = 2;
  static constexpr std::uint64_t kFirst = 16;
  static constexpr std::size_t kClocksMax = 4'000'000;

  explicit TreeChecker(TreeFacts facts) : TraceJudge("tree"), facts_(facts) {}
  void on_event(const TraceEvent& event);
  using TraceJudge::failed;
  Verdict verdict() const;

 private:
  struct Replica {
    std::map<std::uint64_t, std::uint64_t> parents;  // where they differ from the first tree
    std::vector<std::uint64_t> batch;                // worknodes that moved just now
    std::uint64_t batch_position = 0;
    std::uint64_t created = 0;
    std::uint64_t hash = 0;  // of all differences; in any order
  };
  struct Told {
    std::uint64_t hash = 0, position = 0;
    NodeId node;
  };

  std::uint64_t first_parent(std::uint64_t worknode) const;  // 0: not of the first tree
  std::uint64_t parent(const Replica& replica, std::uint64_t worknode) const;
  void on_parent(const TraceEvent& event, Replica& replica);
  void on_digest(const TraceEvent& event, const Replica& replica);
  void close_batch(NodeId node, Replica& replica, SimTime at);

  TreeFacts facts_;
  std::map<NodeId, Replica> replicas_;
  std::map<std::uint64_t, Told> by_clock_;
};

}  // namespace wn::checkers
