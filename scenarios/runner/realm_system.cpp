#include "scenarios/runner/realm_system.h"

#include <algorithm>

#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {
namespace {

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

void override_when_set(std::uint64_t& limit, Duration value) {
  if (value > Duration{}) limit = static_cast<std::uint64_t>(value.ns);
}

// A simulated node is small: many of them live in one process, and start again often.
Limits limits_of(const faults::Plan& plan) {
  Limits limits;
  limits.max_worknodes = std::max<std::uint64_t>(std::uint64_t{plan.system.worknodes} * 2, 1U << 16);
  limits.actors_max = 4096;
  limits.messages_max = 2048;
  limits.timers_max = 512;
  limits.fiber_stacks = 8;
  limits.fiber_stack_bytes = 32U << 10;
  limits.memory_bytes = 2U << 20;
  limits.capability_cache_entries = 256;
  limits.capability_revocations_max = 4096;
  limits.capability_counted_links_max = 256;
  override_when_set(limits.gc_eviction_after_ns, plan.system.eviction_after);
  override_when_set(limits.capability_staleness_max_ns, plan.system.staleness_max);
  override_when_set(limits.clock_offset_max_ns, plan.system.clock_offset_max);
  override_when_set(limits.mailbox_messages, std::uint64_t{plan.system.mailbox_messages});
  return limits;
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
  if (!plan.tokens.empty()) options.root_key = root_key_of(plan);
  if (plan.system.worknodes > 1) options.worknodes = plan.system.worknodes - 1;  // the root is one of them
  override_when_set(options.fan_out, plan.system.fan_out);
  override_when_set(options.gossip_interval, plan.system.gossip_interval);
  options.limits = limits_of(plan);
  options.defect = plan.system.defect;
  return options;
}

}  // namespace

host::Options realm_server_options(const faults::Plan& plan, NodeId id) {
  host::Options options;
  options.realm = realm_options(plan, id);
  options.order = order_of(plan.system.actor_order);
  options.order_seed = Random(plan.seed).at("actor.order", id.value).u64();
  options.deviations = deviations_of(plan, id);
  options.mailbox_full = overflow_of(plan.system.mailbox_full);
  options.handler_cost = plan.system.handler_cost;
  override_when_set(options.compact_every_updates, plan.system.compact_every_updates);
  options.defect = plan.system.defect;
  return options;
}

std::unique_ptr<Process> make_realm_server(const faults::Plan& plan, NodeId id, Backend& backend) {
  return host::make_host(realm_server_options(plan, id), backend);
}

}  // namespace wn::scenarios
