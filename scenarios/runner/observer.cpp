#include "scenarios/runner/observer.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "scenarios/runner/liveness_facts.h"
#include "scenarios/runner/realm_facts.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {
namespace {

bool claims(const faults::Plan& plan, std::string_view claim) {
  return std::ranges::find(plan.claims, claim) != plan.claims.end();
}

}  // namespace

Observer::Observer(const faults::Plan& plan) : liars_(plan) {
  if (claims(plan, "raft-safety")) raft_.emplace();
  if (claims(plan, "liveness")) liveness_.emplace(liveness_facts(plan));
  if (claims(plan, "convergence")) convergence_.emplace(convergence_facts(plan));
  if (claims(plan, "tree")) tree_.emplace(tree_facts(plan));
  if (claims(plan, "causality")) causality_.emplace();
  if (claims(plan, "capability")) capability_.emplace(capability_facts(plan));
  if (claims(plan, "gluing")) gluing_.emplace();
  if (claims(plan, "accountability"))
    accountability_.emplace(checkers::AccountabilityFacts{.liars = faults::liars_of(plan), .keys = {}});
  if (claims(plan, "supervision")) supervision_.emplace(supervision_facts(plan));
  if (claims(plan, "groups")) groups_.emplace();
  if (claims(plan, "replication"))
    replication_.emplace(checkers::ReplicationFacts{.process_stride = kProcessStride});
  if (plan.system.service == faults::Service::realm) lag_.emplace(lag_facts(plan));
}

void Observer::on_event(const TraceEvent& whole) {
  const TraceEvent event = liars_.any() ? liars_.seen(whole) : whole;
  if (event.kind == TraceKind::realm_restored && event.field[3] != 0) rebased_.insert(event.node.value);
  if (raft_) raft_->on_event(event);
  if (liveness_) liveness_->on_event(event);
  if (convergence_) convergence_->on_event(event);
  if (tree_) tree_->on_event(event);
  if (causality_) causality_->on_event(event);
  if (supervision_) supervision_->on_event(event);
  if (capability_) capability_->on_event(event);
  if (replication_) replication_->on_event(event);
  if (accountability_) accountability_->on_event(event);
  if (groups_) groups_->on_event(event);
  if (lag_) lag_->on_event(event);
  if (gluing_) gluing_->on_event(event);
}

std::optional<checkers::Verdict> Observer::verdict(std::string_view claim,
                                                   const checkers::History& history) const {
  if (claim == "raft-safety" && raft_) return raft_->verdict();
  if (claim == "liveness" && liveness_) return liveness_->verdict();
  if (claim == "convergence" && convergence_) return convergence_->verdict();
  if (claim == "tree" && tree_) return tree_->verdict();
  if (claim == "causality" && causality_) return causality_->verdict();
  if (claim == "supervision" && supervision_) return supervision_->verdict();
  if (claim == "capability" && capability_) return capability_->verdict();
  if (claim == "groups" && groups_) return groups_->verdict();
  if (claim == "accountability" && accountability_) return accountability_->verdict();
  if (claim == "replication" && replication_) return replication_->verdict(history);
  if (claim == "gluing" && gluing_) return gluing_->verdict();
  return std::nullopt;
}

bool Observer::failed() const {
  const auto has = [](const auto& checker) { return checker && checker->failed(); };
  return has(raft_) || has(convergence_) || has(tree_) || has(causality_) || has(supervision_) ||
         has(capability_) || has(groups_) || has(accountability_);
}

bool Observer::failed(std::string_view claim) const {
  const auto has = [](const auto& checker) { return checker && checker->failed(); };
  if (claim == "raft-safety") return has(raft_);
  if (claim == "convergence") return has(convergence_);
  if (claim == "tree") return has(tree_);
  if (claim == "causality") return has(causality_);
  if (claim == "supervision") return has(supervision_);
  if (claim == "capability") return has(capability_);
  if (claim == "groups") return has(groups_);
  return claim == "accountability" && has(accountability_);
}

std::optional<checkers::ConvergenceLag> Observer::lag() const {
  if (!lag_) return std::nullopt;
  return lag_->result();
}

}  // namespace wn::scenarios
