#pragma once
// Causal order of updates, from the trace alone. Claim: "causality". For each replica:
//
//   a register's write made here has a greater stamp than all writes of that register that this replica had
//   applied before: else a causally later write loses
//                                        "causality: a later write loses to an earlier one"
//   the updates of each origin are applied in their order, without gaps     "causality: an update is missing"
//   … and once                                                  "causality: an update was applied twice"
//   what a restart brings back holds all own updates that others have applied: else their numbers are given
//   out again                            "causality: an update that others know was forgotten"
//
// A start (realm_restored) tells how many updates are known; when that is fewer than before, the last ones
// applied are gone. More, or a start from a peer's image: what is known of each origin is learnt anew from
// the next update. Memory: 24 bytes for each update and replica, at most kUpdatesMax in all; beyond, and for
// ever after, the order of updates is not judged. O(log n) an event.
#include <map>
#include <string>
#include <vector>

#include "checkers/history/trace_judge.h"
#include "runtime/base/ids.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

class CausalityChecker : private TraceJudge {
 public:
  static constexpr std::size_t kUpdatesMax = 50'000'000;

  CausalityChecker() : TraceJudge("causality") {}
  void on_event(const TraceEvent& event);
  using TraceJudge::failed;
  Verdict verdict() const;

 private:
  struct Write {
    std::size_t after = 0;  // how many updates had been applied
    std::uint64_t name = 0;
    std::uint64_t stamp = 0;
    std::uint64_t position = 0;
  };
  struct Greatest {
    std::uint64_t stamp = 0;
    std::uint64_t position = 0;
  };
  struct Replica {
    std::uint64_t own = 0;                         // the origin that it is now
    std::uint64_t base = 0;                        // updates known before `applied` begins
    std::vector<std::uint64_t> applied;            // origins, in order
    std::map<std::uint64_t, std::uint64_t> known;  // counter by origin; absent: not known to us
    bool from_nothing = true;                      // an origin that is absent stands at 0
    std::vector<Write> writes;
    std::map<std::uint64_t, Greatest> greatest;  // by register
  };

  void on_update(const TraceEvent& event, Replica& replica);
  void on_write(const TraceEvent& event, Replica& replica);
  void on_restored(const TraceEvent& event, Replica& replica);

  std::map<NodeId, Replica> replicas_;
  std::map<std::uint64_t, std::uint64_t> spread_;  // greatest counter of an origin that another applied
  std::size_t updates_ = 0;
};

}  // namespace wn::checkers
