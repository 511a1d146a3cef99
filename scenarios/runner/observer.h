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
  checkers::Verdict liveness();

 private:
  void on_config(const TraceEvent& event);

  checkers::RaftSafetyChecker raft_;
  checkers::LivenessChecker liveness_;
  bool wants_raft_ = false;
  bool wants_liveness_ = false;
  // The newest configuration that any server has in its log, by (index): kept as masks until the verdict.
  std::vector<NodeId> members_;  // ascending; the raft_config masks are over id & 63
  std::uint64_t config_index_ = 0;
  std::uint64_t voters_mask_ = 0;
  std::uint64_t outgoing_mask_ = 0;
};

}  // namespace wn::scenarios
