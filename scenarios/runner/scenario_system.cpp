#include "scenarios/runner/scenario_system.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"

namespace wn::scenarios {
namespace {

using config::TomlTable;

constexpr Duration kNothing{};
constexpr Duration kInstant = nanoseconds(1);
constexpr Duration kRegroupInterval = seconds(1);
constexpr Duration kRegroupMin = milliseconds(10);
constexpr Duration kHour = seconds(3600);
constexpr Duration kAbsenceMax = kHour * 24 * 60;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t kWorknodes = 100;
constexpr std::uint32_t kFanOut = 4;
constexpr std::uint32_t kGroupReplicas = 3;

template <class E>
E word(TomlTable& t, std::string_view key, E otherwise, std::optional<E> (*from)(std::string_view),
       const std::vector<std::string>& known) {
  std::string text(faults::to_string(otherwise));
  t.text(key, text);
  if (const std::optional<E> value = from(text)) return *value;
  t.complain_at(key, "unknown " + std::string(key) + " \"" + text + "\"" + nearest(text, known));
  return otherwise;
}

void read_realm(TomlTable& t, faults::SystemPlan& out) {
  out.worknodes = kWorknodes;
  out.fan_out = kFanOut;
  t.integer("worknodes", out.worknodes, 1, faults::kWorknodesMax);
  t.integer("fan_out", out.fan_out, 1, faults::kFanOutMax);
  out.actor_order = word(t, "actor_order", out.actor_order, &faults::actor_order_from,
                         {"fifo", "round-robin", "random", "priority"});
  out.mailbox_full = word(t, "mailbox_full", out.mailbox_full, &faults::mailbox_full_from,
                          {"refuse", "shed-oldest", "park"});
  t.integer("mailbox_messages", out.mailbox_messages, 1, kMillion);
  t.duration("handler_cost", out.handler_cost, kNothing, kHour);
  t.duration("gossip_interval", out.gossip_interval, kInstant, kHour);
  t.duration("eviction_after", out.eviction_after, kInstant, kAbsenceMax);
  t.duration("staleness_max", out.staleness_max, kInstant, kAbsenceMax);
  t.duration("clock_offset_max", out.clock_offset_max, kInstant, kHour);
  t.integer("compact_every_updates", out.compact_every_updates, 1, 1'000'000'000);
  t.boolean("signed", out.signed_updates);
  t.integer("groups", out.groups, 0, 100'000);
  if (out.groups > 0) out.group_replicas = kGroupReplicas;
  t.integer("group_replicas", out.group_replicas, 1, 7);
  if (t.has("group_replicas") && (out.groups == 0 || out.group_replicas % 2 == 0))
    t.complain_at("group_replicas", "group_replicas is odd, and of a realm with groups");
  t.boolean("sessions", out.sessions);
  t.boolean("anchored", out.anchored);
  t.boolean("eager", out.eager);
  t.boolean("remote_calls", out.remote_calls);
}

}  // namespace

void read_system(TomlTable t, faults::SystemPlan& out) {
  out.service = word(t, "service", out.service, &faults::service_from, {"kv", "realm"});
  std::string defect = "none";
  t.text("defect", defect);
  if (const auto known = defect_from(defect)) {
    out.defect = *known;
  } else {
    std::vector<std::string> names;
    for (std::uint8_t i = 0; i < kDefectsEnd; ++i) names.emplace_back(to_string(static_cast<Defect>(i)));
    t.complain_at("defect", "unknown defect \"" + defect + "\"" + nearest(defect, names));
  }
  t.duration("election_timeout_min", out.election_timeout_min, kInstant, kHour);
  t.duration("election_timeout_max", out.election_timeout_max, kInstant, kHour);
  t.duration("heartbeat_interval", out.heartbeat_interval, kInstant, kHour);
  if (t.has("election_timeout_min") != t.has("election_timeout_max")) {
    t.complain_at(t.has("election_timeout_min") ? "election_timeout_min" : "election_timeout_max",
                  "election_timeout_min and election_timeout_max go together");
  }
  if (out.election_timeout_max < out.election_timeout_min) {
    t.complain_at("election_timeout_max", "election_timeout_max is below election_timeout_min");
  }
  if (t.has("election_timeout_min") && out.heartbeat_interval >= out.election_timeout_min) {
    t.complain_at("heartbeat_interval", "heartbeat_interval is not below election_timeout_min");
  }
  t.boolean("lease_reads", out.lease_reads);
  t.integer("clock_drift_margin_ppm", out.clock_drift_margin_ppm, 0, kMillion - 1);
  t.integer("snapshot_every_entries", out.snapshot_every_entries, 0, kIntMax);
  t.integer("snapshot_chunk_bytes", out.snapshot_chunk_bytes, 0, kIntMax);
  t.integer("append_entries_max", out.append_entries_max, 0, kIntMax);
  t.integer("inflight_messages_max", out.inflight_messages_max, 0, kIntMax);
  t.duration("client_timeout", out.client_timeout, kInstant, kHour);
  t.duration("client_retry", out.client_retry, kInstant, kHour);
  out.transport = word(t, "transport", out.transport, &faults::transport_from, {"datagrams", "quic"});
  if (out.service == faults::Service::realm) read_realm(t, out);
  t.done();
}

// After read_system(): the limits of a realm, by the names of the operator's own file.
void read_limits(TomlTable t, faults::SystemPlan& out) {
  if (t.present() && out.service != faults::Service::realm)
    t.complain_at("", "[limits] are those of a realm, and the service is another");
  for (const config::LimitRow& row : config::limit_table()) {
    std::uint64_t value = 0;
    if (t.limit(row, value)) out.limits.push_back({std::string(row.name), value});
  }
  std::ranges::sort(out.limits, {}, &faults::LimitPlan::name);
  t.done();
}

// After read_system(): how groups are kept in shape. The ranges allow what no operator would ask for, such as
// groups that split and merge for ever: a scenario wants just that.
void read_groups(TomlTable t, faults::SystemPlan& out) {
  if (t.present() && out.groups == 0) t.complain_at("", "[groups] needs groups in [system]");
  if (t.present()) out.regroup.interval = kRegroupInterval;
  t.duration("interval", out.regroup.interval, kRegroupMin, kHour);
  t.integer("split_above", out.regroup.split_above, 1, faults::kWorknodesMax);
  t.integer("merge_below", out.regroup.merge_below, 1, faults::kWorknodesMax);
  t.scaled("move", out.regroup.move_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  t.done();
}

}  // namespace wn::scenarios
