#include "scenarios/runner/realm_limits.h"

#include <algorithm>
#include <new>

#include "runtime/config/limit_table.h"
#include "runtime/memory/resource.h"
#include "runtime/realm/realm.h"

namespace wn::scenarios {
namespace {

// What one simulated node may take at its start: once for its actors and fibers, once for the rest.
constexpr std::uint64_t kNodeBytesMax = 256ULL << 20;
constexpr std::uint64_t kBytesPerActor = 512;
constexpr std::uint64_t kBytesPerMessage = 128;

void override_when_set(std::uint64_t& limit, std::uint64_t value) {
  if (value != 0) limit = value;
}
void override_when_set(std::uint64_t& limit, Duration value) {
  if (value > Duration{}) limit = static_cast<std::uint64_t>(value.ns);
}

std::unexpected<Error> refuse(std::string message) {
  return fail(Errc::invalid_argument, "system limits: " + std::move(message));
}

Result<void> check_first_tree(const faults::SystemPlan& system, const Limits& limits) {
  if (system.worknodes > limits.max_worknodes) return refuse("max_worknodes is below the first tree's");
  std::uint64_t depth = 0;
  for (std::uint64_t at = system.worknodes - 1; at > 0; at = (at - 1) / system.fan_out) ++depth;
  // Whatever is done in it has to be possible one level below its leaves.
  if (depth + 2 > limits.max_tree_depth) return refuse("max_tree_depth is too little for the first tree");
  return {};
}

// By trying: what a replica takes at its start has to be there.
Result<void> check_memory(const faults::SystemPlan& system, const Limits& limits) {
  if (limits.fiber_stacks == 0) return refuse("fiber_stacks: a realm's handlers need one to wait on");
  const std::uint64_t stacks = limits.fiber_stacks * limits.fiber_stack_bytes;
  const std::uint64_t actors =
      (limits.actors_max + limits.timers_max + limits.parked_senders_max) * kBytesPerActor;
  if (actors + limits.messages_max * kBytesPerMessage + stacks > kNodeBytesMax)
    return refuse("actors, messages and fibers would take more than 256 MiB of a simulated node");
  memory::Options memory;
  memory.bytes = limits.memory_bytes;
  memory.regions_max = 4;
  if (const auto budget = memory::Budget::plan(memory); !budget)
    return refuse("memory_bytes: " + budget.error().message);
  if (limits.memory_bytes > kNodeBytesMax)
    return refuse("memory_bytes is above 256 MiB, for a simulated node");
  try {
    memory::LimitedResource resource(std::pmr::new_delete_resource(), kNodeBytesMax);
    realm::Options options;
    options.node = NodeId{1};
    options.members = {NodeId{1}};
    options.worknodes = system.worknodes - 1;
    options.fan_out = system.fan_out;
    options.root_key.bytes[0] = 1;  // as if capabilities were asked for: they take memory too
    options.limits = limits;
    const realm::Realm begun(options, &resource);
  } catch (const std::bad_alloc&) {
    return refuse("the tables of one simulated node would take more than 256 MiB");
  }
  return {};
}

}  // namespace

Limits realm_limits(const faults::SystemPlan& system) {
  // A simulated node is small: many of them live in one process, and start again often.
  Limits limits;
  limits.max_worknodes = std::max<std::uint64_t>(std::uint64_t{system.worknodes} * 2, 1U << 16);
  limits.actors_max = 4096;
  limits.messages_max = 2048;
  limits.timers_max = 512;
  limits.fiber_stacks = 8;
  limits.fiber_stack_bytes = 32U << 10;
  limits.memory_bytes = 2U << 20;
  limits.capability_cache_entries = 256;
  limits.capability_revocations_max = 4096;
  limits.capability_counted_links_max = 256;
  limits.audit_log_records = 128;
  override_when_set(limits.gc_eviction_after_ns, system.eviction_after);
  override_when_set(limits.capability_staleness_max_ns, system.staleness_max);
  override_when_set(limits.clock_offset_max_ns, system.clock_offset_max);
  override_when_set(limits.mailbox_messages, std::uint64_t{system.mailbox_messages});
  for (const faults::LimitPlan& set : system.limits) {
    if (const config::LimitRow* row = config::find_limit(set.name)) limits.*row->field = set.value;
  }
  return limits;
}

Result<void> check_realm_limits(const faults::SystemPlan& system) {
  if (system.service != faults::Service::realm || system.limits.empty()) return {};
  for (const faults::LimitPlan& set : system.limits) {
    const config::LimitRow* row = config::find_limit(set.name);
    if (row == nullptr) return refuse("there is no limit \"" + set.name.substr(0, 80) + "\"");
    if (set.value < row->least || set.value > row->most)
      return refuse(set.name + ": expected " + config::range_text(*row));
  }
  const Limits limits = realm_limits(system);
  if (auto fits = check_first_tree(system, limits); !fits) return fits;
  return check_memory(system, limits);
}

}  // namespace wn::scenarios
