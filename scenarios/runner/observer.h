#pragma once
// Observer: the checkers that judge a run from its trace, fed while it goes on. What liars say is hidden from
// them.
#include <optional>
#include <set>
#include <string_view>

#include "checkers/accountability/accountability.h"
#include "checkers/capability/capability_checker.h"
#include "checkers/causality/causality.h"
#include "checkers/convergence/convergence.h"
#include "checkers/convergence/lag.h"
#include "checkers/gluing/gluing.h"
#include "checkers/groups/groups_checker.h"
#include "checkers/liveness/liveness.h"
#include "checkers/raft/raft_checker.h"
#include "checkers/replication/replication.h"
#include "checkers/supervision/supervision.h"
#include "checkers/tree/tree.h"
#include "faults/plan/plan.h"
#include "scenarios/runner/liars.h"
#include "sim/world/world.h"

namespace wn::scenarios {

class Observer final : public sim::TraceSink {
 public:
  explicit Observer(const faults::Plan& plan);
  void on_event(const TraceEvent& event) override;

  // What was recorded of a gluing (claim "gluing").
  void on_certificate(ByteView sections, ByteView certificate) {
    if (gluing_) gluing_->on_certificate(sections, certificate);
  }

  // Of a claim that is judged from the trace (and the history of the whole run) and that the plan has; else
  // nothing.
  std::optional<checkers::Verdict> verdict(std::string_view claim, const checkers::History& history) const;
  // Whether something has been seen already that no end of the run can mend. Cheap, unlike verdict(); what is
  // judged from histories or at a run's end alone (liveness, replication, gluing) is not in it.
  bool failed() const;
  bool failed(std::string_view claim) const;
  // Of a realm; else nothing.
  std::optional<checkers::ConvergenceLag> lag() const;
  // Replicas of a realm that began anew from a peer's image.
  const std::set<std::uint32_t>& rebased() const { return rebased_; }
  const Liars& liars() const { return liars_; }

 private:
  std::optional<checkers::RaftSafetyChecker> raft_;
  std::optional<checkers::LivenessChecker> liveness_;
  std::optional<checkers::ConvergenceChecker> convergence_;
  std::optional<checkers::TreeChecker> tree_;
  std::optional<checkers::CausalityChecker> causality_;
  std::optional<checkers::SupervisionChecker> supervision_;
  std::optional<checkers::CapabilityChecker> capability_;
  std::optional<checkers::ReplicationChecker> replication_;
  std::optional<checkers::AccountabilityChecker> accountability_;
  std::optional<checkers::GroupsChecker> groups_;
  std::optional<checkers::LagMeter> lag_;
  std::optional<checkers::GluingChecker> gluing_;
  std::set<std::uint32_t> rebased_;
  Liars liars_;
};

}  // namespace wn::scenarios
