// Writes a plan as canonical Protobuf text: one line for each node, fault, operation and deviation, so that
// people can grep and diff it. Fields of the head are always written; fields of the many are left out at
// zero.
#include <charconv>
#include <concepts>

#include "faults/plan/names.h"
#include "faults/plan/plan_io.h"
#include "faults/plan/time_text.h"

namespace wn::faults {
namespace {

class Writer {
 public:
  std::string take() { return std::move(out_); }

  void open(std::string_view name) {
    separate();
    out_ += name;
    out_ += " {";
  }
  void close() { out_ += " }\n"; }
  void close_inside() { out_ += " }"; }
  void newline() { out_ += '\n'; }

  template <std::integral T>
  void field(std::string_view name, T value) {
    start(name);
    if constexpr (std::same_as<T, bool>) {
      out_ += value ? "true" : "false";
    } else {
      char buffer[24];
      out_.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
    }
  }
  void field(std::string_view name, std::string_view text) {
    start(name);
    quoted(text);
  }
  void field(std::string_view name, Duration d) { field(name, std::string_view(format_duration(d))); }
  void field(std::string_view name, SimTime t) { field(name, Duration{t.ns}); }
  void field(std::string_view name, NodeId id) { field(name, std::string_view(node_name(id))); }

  template <class T>
  void unless_zero(std::string_view name, const T& value) {
    if (value != T{}) field(name, value);
  }
  template <class Items, class ToText>
  void list(std::string_view name, const Items& items, ToText to_text) {
    if (items.empty()) return;
    start(name);
    out_ += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ", ";
      first = false;
      quoted(to_text(item));
    }
    out_ += ']';
  }

 private:
  void separate() {
    if (!out_.empty() && out_.back() != '\n') out_ += ' ';
  }
  void start(std::string_view name) {
    separate();
    out_ += name;
    out_ += ": ";
  }
  void quoted(std::string_view text) {
    out_ += '"';
    for (char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (byte < 0x20 || byte == 0x7f) {
        // Octal: a hex escape would swallow a following hex digit.
        out_ += '\\';
        out_ += static_cast<char>('0' + (byte >> 6));
        out_ += static_cast<char>('0' + ((byte >> 3) & 7));
        out_ += static_cast<char>('0' + (byte & 7));
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }
  std::string out_;
};

void write_model(Writer& w, const FaultModel& m) {
  w.open("model");
  w.field("crashed_max", m.crashed_max);
  w.field("disk_faulty_max", m.disk_faulty_max);
  w.field("partitions", m.partitions);
  w.field("power_loss_of_all", m.power_loss_of_all);
  w.field("clock_drift_ppm_max", m.clock_drift_ppm_max);
  w.field("wall_skew_max", m.wall_skew_max);
  w.field("membership", m.membership);
  w.field("wipe", m.wipe);
  w.field("unhealed", m.unhealed);
  w.field("sync_lies", m.sync_lies);
  if (m.byzantine_max != 0) w.field("byzantine_max", m.byzantine_max);  // older plans stay as they were
  w.close();
}

// Only where there is a realm, so that the plans of the key-value service stay as they were.
void write_realm(Writer& w, const SystemPlan& s) {
  w.field("service", to_string(s.service));
  w.field("worknodes", s.worknodes);
  w.field("fan_out", s.fan_out);
  w.field("actor_order", to_string(s.actor_order));
  w.field("mailbox_full", to_string(s.mailbox_full));
  w.field("mailbox_messages", s.mailbox_messages);
  w.field("handler_cost", s.handler_cost);
  w.field("gossip_interval", s.gossip_interval);
  w.field("eviction_after", s.eviction_after);
  w.field("staleness_max", s.staleness_max);
  w.field("clock_offset_max", s.clock_offset_max);
  w.field("compact_every_updates", s.compact_every_updates);
  w.unless_zero("groups", s.groups);
  w.unless_zero("group_replicas", s.group_replicas);
  w.unless_zero("sessions", s.sessions);
  w.unless_zero("anchored", s.anchored);
  w.unless_zero("eager", s.eager);
  w.unless_zero("remote_calls", s.remote_calls);
  if (s.regroup != RegroupPlan{}) {
    w.open("regroup");
    w.field("interval", s.regroup.interval);
    w.field("split_above", s.regroup.split_above);
    w.field("merge_below", s.regroup.merge_below);
    w.field("move_ppm", s.regroup.move_ppm);
    w.close_inside();
  }
  for (const LimitPlan& limit : s.limits) {
    w.open("limits");
    w.field("name", std::string_view(limit.name));
    w.field("value", limit.value);
    w.close_inside();
  }
  if (s.signed_updates) w.field("signed", true);
}

void write_system(Writer& w, const SystemPlan& s) {
  w.open("system");
  w.field("defect", to_string(s.defect));
  w.field("election_timeout_min", s.election_timeout_min);
  w.field("election_timeout_max", s.election_timeout_max);
  w.field("heartbeat_interval", s.heartbeat_interval);
  w.field("lease_reads", s.lease_reads);
  w.field("clock_drift_margin_ppm", s.clock_drift_margin_ppm);
  w.field("snapshot_every_entries", s.snapshot_every_entries);
  w.field("snapshot_chunk_bytes", s.snapshot_chunk_bytes);
  w.field("append_entries_max", s.append_entries_max);
  w.field("inflight_messages_max", s.inflight_messages_max);
  w.field("client_timeout", s.client_timeout);
  w.field("client_retry", s.client_retry);
  if (s.transport != Transport::datagrams) w.field("transport", to_string(s.transport));
  if (s.service != Service::kv) write_realm(w, s);
  w.close();
}

void write_physics(Writer& w, const NetworkPlan& n, const DiskPlan& d) {
  w.open("network");
  w.field("latency_min", n.latency_min);
  w.field("latency_mean", n.latency_mean);
  w.field("tail_ppm", n.tail_ppm);
  w.field("tail_factor", n.tail_factor);
  w.field("loss_ppm", n.loss_ppm);
  w.field("duplicate_ppm", n.duplicate_ppm);
  w.field("bandwidth_bytes_per_second", n.bandwidth_bytes_per_second);
  w.field("link_messages_max", n.link_messages_max);
  w.unless_zero("wan_latency", n.wan_latency);
  w.unless_zero("sealed", n.sealed);
  w.unless_zero("keyed_by_type", n.keyed_by_type);
  w.close();
  w.open("disk");
  w.field("read_mean", d.read_mean);
  w.field("write_mean", d.write_mean);
  w.field("sync_mean", d.sync_mean);
  w.close();
}

void write_node(Writer& w, const NodePlan& n) {
  w.open("nodes");
  w.field("id", n.id);
  w.field("role", to_string(n.role));
  w.unless_zero("wall_offset", n.wall_offset);
  w.unless_zero("drift_ppm", n.drift_ppm);
  if (n.disk_bytes_max != NodePlan{}.disk_bytes_max) w.field("disk_bytes_max", n.disk_bytes_max);
  w.unless_zero("site", n.site);
  w.close();
}

void write_token(Writer& w, const TokenPlan& t) {
  w.open("tokens");
  w.field("id", t.id);
  w.unless_zero("parent", t.parent);
  if (t.holder) w.field("holder", t.holder);
  std::vector<std::string_view> rights;
  for (std::uint32_t bit = 0; bit < kRightsEnd; ++bit) {
    if ((t.rights >> bit & 1) != 0) rights.push_back(right_name(bit));
  }
  w.list("rights", rights, [](std::string_view right) { return right; });
  w.unless_zero("subtree", t.subtree);
  if (t.expires != SimTime::max()) w.field("expires", t.expires);
  w.unless_zero("uses_max", t.uses_max);
  w.close();
}

void write_fault(Writer& w, const Fault& f) {
  w.open("faults");
  w.field("id", f.id);
  w.field("kind", to_string(f.kind));
  w.field("at", f.at);
  w.unless_zero("duration", f.duration);
  w.list("nodes", f.nodes, [](NodeId id) { return node_name(id); });
  w.list("links", f.links, [](const Link& l) { return node_name(l.from) + ">" + node_name(l.to); });
  w.unless_zero("amount", f.amount);
  w.unless_zero("amount2", f.amount2);
  if (!f.label.empty()) w.field("label", std::string_view(f.label));
  w.close();
}

void write_operation(Writer& w, const Operation& o) {
  w.open("operations");
  w.field("id", o.id);
  w.field("process", o.process);
  w.field("at", o.at);
  w.field("function", to_string(o.function));
  if (o.function != OpFunction::txn || o.key != 0) w.field("key", o.key);
  w.unless_zero("value", o.value);
  w.unless_zero("expected", o.expected);
  if (o.property != 0) w.field("property", property_name(o.property));
  w.unless_zero("other", o.other);
  w.unless_zero("token", o.token);
  w.unless_zero("schema_version", o.schema_version);
  if (o.mode != Mode::eventual) w.field("mode", to_string(o.mode));
  if (o.evidence != Mode::strong) w.field("evidence", to_string(o.evidence));
  w.unless_zero("endorsed", o.endorsed);
  if (o.server) w.field("server", o.server);
  for (const MicroOp& m : o.txn) {
    w.open("txn");
    w.field("f", std::string_view(m.append ? "append" : "read"));
    w.field("key", m.key);
    w.unless_zero("value", m.value);
    w.close_inside();
  }
  w.close();
}

void write_deviation(Writer& w, const Deviation& d) {
  w.open("deviations");
  w.field("id", d.id);
  w.field("kind", to_string(d.kind));
  if (d.from) w.field("from", d.from);
  if (d.to) w.field("to", d.to);
  w.unless_zero("message", d.message);
  w.unless_zero("at", d.at);
  if (d.kind != DeviationKind::reorder_actors || d.amount != Duration{}) w.field("amount", d.amount);
  w.unless_zero("choice", d.choice);
  w.unless_zero("message_type", d.message_type);
  w.unless_zero("operation", d.operation);
  w.close();
}

void write_branch(Writer& w, const BranchPlan& b) {
  w.open("branches");
  w.field("at", b.at);
  w.field("seed", b.seed);
  w.close();
}

}  // namespace

std::string to_text(const Plan& plan) {
  Writer w;
  w.field("version", plan.version);
  w.newline();
  w.field("scenario", std::string_view(plan.scenario));
  w.newline();
  w.field("seed", plan.seed);
  w.newline();
  w.field("duration", plan.duration);
  w.newline();
  w.field("freeze_at", plan.freeze_at);
  w.newline();
  w.field("model_name", std::string_view(plan.model_name));
  w.newline();
  w.list("claims", plan.claims, [](const std::string& claim) { return claim; });
  if (!plan.claims.empty()) w.newline();
  write_model(w, plan.model);
  write_system(w, plan.system);
  write_physics(w, plan.network, plan.disk);
  for (const NodePlan& n : plan.nodes) write_node(w, n);
  for (const TokenPlan& t : plan.tokens) write_token(w, t);
  for (const Fault& f : plan.faults) write_fault(w, f);
  for (const Operation& o : plan.operations) write_operation(w, o);
  for (const Deviation& d : plan.deviations) write_deviation(w, d);
  for (const FaultPointPlan& p : plan.fault_points) {
    w.open("fault_points");
    w.field("name", std::string_view(p.name));
    w.field("rate_ppm", p.rate_ppm);
    w.close();
  }
  for (const BranchPlan& b : plan.branches) write_branch(w, b);
  return w.take();
}

}  // namespace wn::faults
