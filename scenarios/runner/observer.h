#pragma once
// Observer: the checkers that judge a run from its trace, fed while it goes on.
#include "checkers/liveness/liveness.h"
#include "checkers/raft/raft_checker.h"
#include "faults/plan/plan.h"
#include "sim/world/world.h"

namespace wn::scenarios {

class Observer final : public sim::TraceSink {
 public:
  explicit Observer(const faults::Plan& plan);
  void on_event(const TraceEvent& event) override;

  checkers::Verdict raft_safety() const { return raft_.verdict(); }
  checkers::Verdict liveness() const { return liveness_.verdict(); }

 private:
  checkers::RaftSafetyChecker raft_;
  checkers::LivenessChecker liveness_;
  bool wants_raft_ = false;
  bool wants_liveness_ = false;
};

}  // namespace wn::scenarios
