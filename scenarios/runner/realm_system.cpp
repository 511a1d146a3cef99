#include "scenarios/runner/realm_system.h"

#include <algorithm>

#include "runtime/host/group_map.h"
#include "scenarios/runner/realm_limits.h"
#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {
namespace {

constexpr std::uint64_t kNames = 40;  // that siblings may have

template <class T>
void override_when_set(T& knob, T value) {
  if (value != T{}) knob = value;
}

host::ActorOrder order_of(faults::ActorOrder order) {
  switch (order) {
    case faults::ActorOrder::fifo:
      return host::ActorOrder::fifo;
    case faults::ActorOrder::round_robin:
      return host::ActorOrder::round_robin;
    case faults::ActorOrder::random:
      return host::ActorOrder::random;
    case faults::ActorOrder::priority:
      return host::ActorOrder::priority;
  }
  return host::ActorOrder::fifo;
}

actor::Overflow overflow_of(faults::MailboxFull full) {
  switch (full) {
    case faults::MailboxFull::refuse:
      return actor::Overflow::refuse;
    case faults::MailboxFull::shed_oldest:
      return actor::Overflow::shed_oldest;
    case faults::MailboxFull::park:
      return actor::Overflow::park;
  }
  return actor::Overflow::refuse;
}

// Of several deviations of one step the first counts: taking one away leaves the others what they were.
std::vector<actor::ScheduleDeviation> deviations_of(const faults::Plan& plan, NodeId id) {
  std::vector<actor::ScheduleDeviation> out;
  for (const faults::Deviation& d : plan.deviations) {
    if (d.kind == faults::DeviationKind::reorder_actors && d.from == id) out.push_back({d.message, d.choice});
  }
  std::ranges::stable_sort(out, {}, &actor::ScheduleDeviation::step);
  const auto [first, last] = std::ranges::unique(out, {}, &actor::ScheduleDeviation::step);
  out.erase(first, last);
  return out;
}

realm::Identity identity_of(const faults::Plan& plan, NodeId id) {
  realm::Identity identity;
  identity.secret = secret_of_server(plan, id);
  identity.realm = realm_name_of(plan);
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role != faults::NodeRole::server) continue;
    identity.members.emplace_back(node.id, capability::KeyPair(secret_of_server(plan, node.id)).public_key());
  }
  return identity;
}

realm::Options realm_options(const faults::Plan& plan, NodeId id) {
  realm::Options options;
  options.node = id;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == faults::NodeRole::server) options.members.push_back(node.id);
    if (node.role == faults::NodeRole::client && !plan.tokens.empty()) {
      options.principals.emplace_back(node.id, principal_of(plan, node.id));
    }
  }
  if (plan.system.signed_updates) options.identity = identity_of(plan, id);
  if (!plan.tokens.empty()) options.root_key = root_key_of(plan);
  if (plan.system.worknodes > 1) options.worknodes = plan.system.worknodes - 1;  // the root is one of them
  override_when_set(options.fan_out, plan.system.fan_out);
  override_when_set(options.gossip_interval, plan.system.gossip_interval);
  options.limits = realm_limits(plan.system);
  if (plan.system.anchored) options.anchor = options.members.front();
  options.eager = plan.system.eager;
  options.defect = plan.system.defect;
  // A scenario that judges gluing asks for it, and for a constraint that partitions may violate together.
  options.glue = std::ranges::find(plan.claims, "gluing") != plan.claims.end();
  if (options.glue) options.unique_names = kNames;
  return options;
}

groups::Options group_options(const faults::Plan& plan, const realm::Options& realm) {
  groups::Options options;
  const faults::SystemPlan& system = plan.system;
  if (system.groups == 0) return options;
  options.groups = host::first_groups({.groups = system.groups,
                                       .replicas = system.group_replicas,
                                       .members = realm.members,
                                       .worknodes = realm.worknodes,
                                       .fan_out = realm.fan_out});
  override_when_set(options.raft.election_timeout_min, system.election_timeout_min);
  override_when_set(options.raft.election_timeout_max, system.election_timeout_max);
  override_when_set(options.raft.heartbeat_interval, system.heartbeat_interval);
  override_when_set(options.raft.clock_drift_margin_ppm, system.clock_drift_margin_ppm);
  options.raft.lease_reads = system.lease_reads;
  return options;
}

}  // namespace

host::Options realm_server_options(const faults::Plan& plan, NodeId id) {
  host::Options options;
  options.realm = realm_options(plan, id);
  options.groups = group_options(plan, options.realm);
  options.group_rule = {.interval = plan.system.regroup.interval,
                        .split_above = plan.system.regroup.split_above,
                        .merge_below = plan.system.regroup.merge_below,
                        .move_ppm = plan.system.regroup.move_ppm};
  options.order = order_of(plan.system.actor_order);
  options.order_seed = Random(plan.seed).at("actor.order", id.value).u64();
  options.deviations = deviations_of(plan, id);
  options.mailbox_full = overflow_of(plan.system.mailbox_full);
  options.handler_cost = plan.system.handler_cost;
  override_when_set(options.compact_every_updates, plan.system.compact_every_updates);
  options.remote_calls = plan.system.remote_calls;
  options.defect = plan.system.defect;
  return options;
}

std::unique_ptr<Process> make_realm_server(const faults::Plan& plan, NodeId id, Backend& backend,
                                           OperationListener* listener,
                                           const std::function<std::uint64_t()>& branch) {
  host::Options options = realm_server_options(plan, id);
  if (branch) {
    options.order_branch = [branch, id]() -> std::uint64_t {
      const std::uint64_t seed = branch();
      return seed == 0 ? 0 : Random(seed).at("actor.order", id.value).u64();
    };
  }
  if (listener != nullptr) {
    options.on_glued = [listener](NodeId node, const realm::Glued& glued) {
      listener->on_glued(node, glued.sections, glued.certificate);
    };
  }
  return host::make_host(options, backend);
}

}  // namespace wn::scenarios
