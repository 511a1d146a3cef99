#pragma once
// Convergence of replicas, from the trace alone. Claim: "convergence".
//
//   equal version vectors (realm_digest's `clock`), equal digests, always and among all replicas (strong
//   eventual consistency: Shapiro et al., SSS 2011)
//                                          "convergence: equal knowledge, different states"
//   once faults are frozen and nothing new has been written for `grace`, the stated bound, all replicas that
//   run and can be reached have the same digest     "convergence: replicas still differ after the bound"
//   … and all replicas that can be reached
//   have the same digest at the end of the run
//                                          "convergence: replicas differ when all is over"
//
// Compared at the end: those of `replicas` that run and have not stopped themselves (store_refused). Fewer
// than two, or writing until too close to the end: pass, and the explanation begins with "vacuous: ". A write
// is a realm_update that no replica has told before. Memory: 40 bytes for each distinct version vector, at
// most kClocksMax of them; later ones are not judged. O(log n) an event.
#include <map>
#include <set>
#include <vector>

#include "checkers/history/trace_judge.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

struct ConvergenceFacts {
  SimTime freeze_at;
  SimTime end;
  Duration grace = seconds(3);
  std::vector<NodeId> replicas;  // that are not cut off or down for good
};

class ConvergenceChecker : private TraceJudge {
 public:
  static constexpr std::size_t kClocksMax = 4'000'000;

  explicit ConvergenceChecker(ConvergenceFacts facts) : TraceJudge("convergence"), facts_(std::move(facts)) {}
  void on_event(const TraceEvent& event);
  using TraceJudge::failed;
  Verdict verdict() const;

 private:
  struct Told {
    std::uint64_t low = 0, high = 0, position = 0;
    NodeId node;
  };
  struct Replica {
    bool running = true, refused = false;
    std::uint64_t clock = 0, low = 0, high = 0, position = 0;
    bool told = false;
    bool fresh = false;  // nothing has happened to it since it told
  };
  void on_digest(const TraceEvent& event);
  void judge_bound(const TraceEvent& event);

  ConvergenceFacts facts_;
  std::map<std::uint64_t, Told> by_clock_;
  std::map<NodeId, Replica> replicas_;
  std::map<std::uint64_t, std::uint64_t> written_;  // greatest counter by origin
  SimTime last_write_;
  SimTime bound_judged_{-1};  // the last write of the quiet time that was judged
};

}  // namespace wn::checkers
