#include "scenarios/runner/observer.h"

#include <algorithm>

#include "scenarios/runner/liveness_facts.h"

namespace wn::scenarios {
namespace {

bool claims(const faults::Plan& plan, std::string_view claim) {
  return std::ranges::find(plan.claims, claim) != plan.claims.end();
}

std::vector<NodeId> members_in(const std::vector<NodeId>& members, std::uint64_t mask) {
  std::vector<NodeId> out;
  for (const NodeId id : members) {
    if ((mask >> (id.value & 63U)) & 1U) out.push_back(id);
  }
  return out;
}

}  // namespace

Observer::Observer(const faults::Plan& plan)
    : liveness_(liveness_facts(plan)),
      wants_raft_(claims(plan, "raft-safety")),
      wants_liveness_(claims(plan, "liveness")) {
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare) {
      members_.push_back(node.id);
    }
  }
}

void Observer::on_event(const TraceEvent& event) {
  if (wants_raft_) raft_.on_event(event);
  if (!wants_liveness_) return;
  liveness_.on_event(event);
  if (event.kind == TraceKind::raft_config) on_config(event);
  // A server that refuses its own disk stays up and silent: nothing is promised with it.
  if (event.kind == TraceKind::store_refused) liveness_.remove_server(event.node);
}

void Observer::on_config(const TraceEvent& event) {
  if (event.field[0] < config_index_) return;
  config_index_ = event.field[0];
  voters_mask_ = event.field[1];
  outgoing_mask_ = event.field[2];
}

checkers::Verdict Observer::liveness() {
  if (voters_mask_ != 0) {
    liveness_.set_configuration(members_in(members_, voters_mask_), members_in(members_, outgoing_mask_));
  }
  return liveness_.verdict();
}

}  // namespace wn::scenarios
