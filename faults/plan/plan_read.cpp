// Reads a plan from Protobuf text. The parser checks the grammar; what it leaves as words (durations, kinds,
// node names) is checked here.
#include <algorithm>
#include <charconv>
#include <fstream>

#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "faults/plan/plan_place.h"
#include "faults/plan/plan_text.h"
#include "faults/plan/time_text.h"

namespace wn::faults {
namespace {

// Converts; remembers the first thing that is wrong and where.
class Reader {
 public:
  bool ok() const { return message_.empty(); }
  const std::string& message() const { return message_; }
  const Where& where() const { return where_; }
  void in(const char* part, int index = -1) { part_ = part, index_ = index; }

  void wrong(const char* field, std::string message) {
    if (!ok()) return;
    message_ = std::move(message);
    where_ = {part_, index_, field};
  }
  Duration duration(const char* field, const std::string& text) {
    if (text.empty()) return {};
    const Result<Duration> d = parse_duration(text);
    if (!d) {
      wrong(field, d.error().message);
      return {};
    }
    return *d;
  }
  SimTime time(const char* field, const std::string& text) { return SimTime{duration(field, text).ns}; }
  NodeId node(const char* field, const std::string& text) {
    const std::optional<NodeId> id = node_from(text);
    if (!id) wrong(field, "\"" + text.substr(0, 40) + "\" is not a node; write it like \"n3\"");
    return id.value_or(kNobody);
  }
  Link link(const char* field, const std::string& text) {
    const std::size_t arrow = text.find('>');
    const auto from = node_from(std::string_view(text).substr(0, arrow));
    const auto to =
        arrow == std::string::npos ? std::nullopt : node_from(std::string_view(text).substr(arrow + 1));
    if (!from || !to) {
      wrong(field, "\"" + text.substr(0, 40) + "\" is not a directed link; write it like \"n1>n2\"");
      return {};
    }
    return {*from, *to};
  }
  template <class E>
  E word(const char* field, const std::string& text, std::optional<E> (*from)(std::string_view),
         const char* what) {
    const std::optional<E> value = from(text);
    if (!value) wrong(field, "\"" + text.substr(0, 40) + "\" is not " + what);
    return value.value_or(E{});
  }

 private:
  const char* part_ = "";
  int index_ = -1;
  std::string message_;
  Where where_;
};

FaultModel model_from(Reader& r, const pb::Model& m) {
  r.in("model");
  FaultModel out;
  out.crashed_max = m.crashed_max();
  out.disk_faulty_max = m.disk_faulty_max();
  out.partitions = m.partitions();
  out.power_loss_of_all = m.power_loss_of_all();
  out.clock_drift_ppm_max = m.clock_drift_ppm_max();
  out.wall_skew_max = r.duration("wall_skew_max", m.wall_skew_max());
  out.membership = m.membership();
  out.wipe = m.wipe();
  out.unhealed = m.unhealed();
  out.sync_lies = m.sync_lies();
  out.byzantine_max = m.byzantine_max();
  return out;
}

SystemPlan system_from(Reader& r, const pb::System& s) {
  r.in("system");
  SystemPlan out;
  if (!s.defect().empty()) out.defect = r.word("defect", s.defect(), &defect_from, "a planted bug");
  out.election_timeout_min = r.duration("election_timeout_min", s.election_timeout_min());
  out.election_timeout_max = r.duration("election_timeout_max", s.election_timeout_max());
  out.heartbeat_interval = r.duration("heartbeat_interval", s.heartbeat_interval());
  if (s.has_lease_reads()) out.lease_reads = s.lease_reads();
  out.clock_drift_margin_ppm = s.clock_drift_margin_ppm();
  out.snapshot_every_entries = s.snapshot_every_entries();
  out.snapshot_chunk_bytes = s.snapshot_chunk_bytes();
  out.append_entries_max = s.append_entries_max();
  out.inflight_messages_max = s.inflight_messages_max();
  out.client_timeout = r.duration("client_timeout", s.client_timeout());
  out.client_retry = r.duration("client_retry", s.client_retry());
  if (!s.service().empty()) out.service = r.word("service", s.service(), &service_from, "kv or realm");
  out.worknodes = s.worknodes();
  out.fan_out = s.fan_out();
  if (!s.actor_order().empty()) {
    out.actor_order = r.word("actor_order", s.actor_order(), &actor_order_from,
                             "an order; expected fifo, round-robin, random or priority");
  }
  if (!s.mailbox_full().empty()) {
    out.mailbox_full = r.word("mailbox_full", s.mailbox_full(), &mailbox_full_from,
                              "what a full mailbox does; expected refuse, shed-oldest or park");
  }
  out.mailbox_messages = s.mailbox_messages();
  out.handler_cost = r.duration("handler_cost", s.handler_cost());
  out.gossip_interval = r.duration("gossip_interval", s.gossip_interval());
  out.eviction_after = r.duration("eviction_after", s.eviction_after());
  out.staleness_max = r.duration("staleness_max", s.staleness_max());
  out.clock_offset_max = r.duration("clock_offset_max", s.clock_offset_max());
  out.compact_every_updates = s.compact_every_updates();
  out.signed_updates = s.signed_();
  out.groups = s.groups();
  out.group_replicas = s.group_replicas();
  out.sessions = s.sessions();
  out.anchored = s.anchored();
  out.eager = s.eager();
  out.remote_calls = s.remote_calls();
  if (s.has_regroup()) {
    out.regroup.interval = r.duration("interval", s.regroup().interval());
    out.regroup.split_above = s.regroup().split_above();
    out.regroup.merge_below = s.regroup().merge_below();
    out.regroup.move_ppm = s.regroup().move_ppm();
  }
  if (!s.transport().empty()) {
    out.transport =
        r.word("transport", s.transport(), &transport_from, "a transport; expected datagrams or quic");
  }
  for (const pb::Limit& limit : s.limits()) out.limits.push_back({limit.name(), limit.value()});
  return out;
}

NetworkPlan network_from(Reader& r, const pb::Network& n) {
  r.in("network");
  NetworkPlan out;
  if (n.has_latency_min()) out.latency_min = r.duration("latency_min", n.latency_min());
  if (n.has_latency_mean()) out.latency_mean = r.duration("latency_mean", n.latency_mean());
  if (n.has_tail_ppm()) out.tail_ppm = n.tail_ppm();
  if (n.has_tail_factor()) out.tail_factor = n.tail_factor();
  if (n.has_loss_ppm()) out.loss_ppm = n.loss_ppm();
  if (n.has_duplicate_ppm()) out.duplicate_ppm = n.duplicate_ppm();
  if (n.has_bandwidth_bytes_per_second()) out.bandwidth_bytes_per_second = n.bandwidth_bytes_per_second();
  if (n.has_link_messages_max()) out.link_messages_max = n.link_messages_max();
  out.wan_latency = r.duration("wan_latency", n.wan_latency());
  out.sealed = n.sealed();
  out.keyed_by_type = n.keyed_by_type();
  return out;
}

DiskPlan disk_from(Reader& r, const pb::Disk& d) {
  r.in("disk");
  DiskPlan out;
  if (d.has_read_mean()) out.read_mean = r.duration("read_mean", d.read_mean());
  if (d.has_write_mean()) out.write_mean = r.duration("write_mean", d.write_mean());
  if (d.has_sync_mean()) out.sync_mean = r.duration("sync_mean", d.sync_mean());
  return out;
}

NodePlan node_plan_from(Reader& r, const pb::Node& n) {
  NodePlan out;
  out.id = r.node("id", n.id());
  out.role = r.word("role", n.role(), &node_role_from, "a role; expected server, spare, client or admin");
  out.wall_offset = r.duration("wall_offset", n.wall_offset());
  out.drift_ppm = n.drift_ppm();
  if (n.has_disk_bytes_max()) out.disk_bytes_max = n.disk_bytes_max();
  out.site = n.site();
  return out;
}

Fault fault_from(Reader& r, const pb::Fault& f) {
  Fault out;
  out.id = f.id();
  out.kind = r.word("kind", f.kind(), &fault_kind_from, "a kind of fault (worknode list faults names them)");
  out.at = r.time("at", f.at());
  out.duration = r.duration("duration", f.duration());
  out.nodes.reserve(static_cast<std::size_t>(f.nodes_size()));
  for (const std::string& name : f.nodes()) out.nodes.push_back(r.node("nodes", name));
  out.links.reserve(static_cast<std::size_t>(f.links_size()));
  for (const std::string& text : f.links()) out.links.push_back(r.link("links", text));
  out.amount = f.amount();
  out.amount2 = f.amount2();
  out.label = f.label();
  return out;
}

TokenPlan token_from(Reader& r, const pb::Token& t) {
  TokenPlan out;
  out.id = t.id();
  out.parent = t.parent();
  if (!t.holder().empty()) out.holder = r.node("holder", t.holder());
  for (const std::string& name : t.rights()) {
    out.rights |= 1U << r.word("rights", name, &right_from, "a right; expected read, write, create, …");
  }
  out.subtree = t.subtree();
  if (!t.expires().empty()) out.expires = r.time("expires", t.expires());
  out.uses_max = t.uses_max();
  return out;
}

Operation operation_from(Reader& r, const pb::Operation& o) {
  Operation out;
  out.id = o.id();
  out.process = r.node("process", o.process());
  out.at = r.time("at", o.at());
  out.function =
      r.word("function", o.function(), &op_function_from, "a function (faults/plan/plan.h lists them)");
  out.key = o.key();
  out.value = o.value();
  out.expected = o.expected();
  out.txn.reserve(static_cast<std::size_t>(o.txn_size()));
  for (const pb::MicroOp& m : o.txn()) {
    if (m.f() != "read" && m.f() != "append") {
      r.wrong("txn", "\"" + m.f().substr(0, 40) + "\" is not part of a transaction; expected read or append");
    }
    out.txn.push_back({m.f() == "append", m.key(), m.value()});
  }
  if (!o.property().empty())
    out.property = r.word("property", o.property(), &property_from, "a property of a worknode");
  out.other = o.other();
  out.token = o.token();
  out.schema_version = o.schema_version();
  constexpr const char* kModeWords = "a mode; expected local, eventual or strong";
  if (!o.mode().empty()) out.mode = r.word("mode", o.mode(), &mode_from, kModeWords);
  if (!o.evidence().empty()) out.evidence = r.word("evidence", o.evidence(), &mode_from, kModeWords);
  out.endorsed = o.endorsed();
  if (!o.server().empty()) out.server = r.node("server", o.server());
  return out;
}

Deviation deviation_from(Reader& r, const pb::Deviation& d) {
  Deviation out;
  out.id = d.id();
  out.kind = r.word("kind", d.kind(), &deviation_kind_from,
                    "a deviation; expected delay-message, delay-process or reorder-actors");
  if (!d.from().empty()) out.from = r.node("from", d.from());
  if (!d.to().empty()) out.to = r.node("to", d.to());
  out.message = d.message();
  out.at = r.time("at", d.at());
  out.amount = r.duration("amount", d.amount());
  out.choice = d.choice();
  out.message_type = d.message_type();
  out.operation = d.operation();
  return out;
}

BranchPlan branch_from(Reader& r, const pb::Branch& b) {
  BranchPlan out;
  out.at = r.time("at", b.at());
  out.seed = b.seed();
  return out;
}

Plan plan_from(Reader& r, const pb::Plan& p) {
  Plan out;
  out.version = p.version();
  out.scenario = p.scenario();
  out.seed = p.seed();
  r.in("duration");
  out.duration = r.duration("", p.duration());
  r.in("freeze_at");
  out.freeze_at = r.time("", p.freeze_at());
  if (!p.model_name().empty()) out.model_name = p.model_name();
  out.claims.assign(p.claims().begin(), p.claims().end());
  out.model = model_from(r, p.model());
  out.system = system_from(r, p.system());
  out.network = network_from(r, p.network());
  out.disk = disk_from(r, p.disk());
  const auto each = [&](const char* part, const auto& from, auto& to, auto convert) {
    to.reserve(static_cast<std::size_t>(from.size()));
    for (int i = 0; i < from.size() && r.ok(); ++i) {
      r.in(part, i);
      to.push_back(convert(r, from.Get(i)));
    }
  };
  each("nodes", p.nodes(), out.nodes, [](Reader& x, const pb::Node& v) { return node_plan_from(x, v); });
  each("tokens", p.tokens(), out.tokens, token_from);
  each("faults", p.faults(), out.faults, fault_from);
  each("operations", p.operations(), out.operations, operation_from);
  each("deviations", p.deviations(), out.deviations, deviation_from);
  for (const pb::FaultPoint& point : p.fault_points())
    out.fault_points.push_back({point.name(), point.rate_ppm()});
  each("branches", p.branches(), out.branches, branch_from);
  return out;
}

// The index of the item that a message of plan_check speaks of: "fault 3 (…", "operation 7: …".
template <class Items>
int index_of(const Items& items, std::string_view message, std::string_view subject) {
  if (!message.starts_with(subject)) return -1;
  std::uint32_t id = 0;
  const std::string_view rest = message.substr(subject.size());
  if (std::from_chars(rest.data(), rest.data() + rest.size(), id).ec != std::errc{}) return -1;
  const auto at = std::find_if(items.begin(), items.end(), [&](const auto& item) {
    if constexpr (requires { item.id.value; }) {
      return item.id.value == id;
    } else {
      return item.id == id;
    }
  });
  return at == items.end() ? -1 : static_cast<int>(at - items.begin());
}

// Each message of plan_check begins with its subject: an item with its id, or the name of a top-level field.
Where subject_of(const Plan& plan, const std::string& message) {
  if (const int i = index_of(plan.faults, message, "fault "); i >= 0) return {"faults", i};
  if (const int i = index_of(plan.operations, message, "operation "); i >= 0) return {"operations", i};
  if (const int i = index_of(plan.deviations, message, "deviation "); i >= 0) return {"deviations", i};
  if (const int i = index_of(plan.tokens, message, "token "); i >= 0) return {"tokens", i};
  if (const int i = index_of(plan.nodes, message, "n"); i >= 0) return {"nodes", i};
  for (const char* part : {"duration", "freeze_at", "network", "disk", "system", "fault_points"}) {
    if (message.starts_with(std::string(part) + " ")) return {part, -1};
  }
  return {};
}

}  // namespace

Result<Plan> parse_plan(std::string_view text, const std::string& file) {
  if (Result<void> looked = check_plan_text(text, file); !looked) return fail(std::move(looked.error()));
  pb::Plan message;
  FirstError errors;
  if (!parse_text(text, message, errors) || errors.any()) return fail(errors.error(file));
  if (message.version() != kPlanVersion) {
    const bool absent = message.version() == 0;
    return fail(Error{.code = absent ? Errc::bad_input : Errc::unsupported,
                      .message = absent ? "no version; a plan begins with \"version: 1\""
                                        : "plan of version " + std::to_string(message.version()) +
                                              "; this build reads " + std::to_string(kPlanVersion),
                      .at = {file, 1, 1}});
  }
  Reader reader;
  Plan plan = plan_from(reader, message);
  if (!reader.ok()) {
    return fail(Error{
        .code = Errc::bad_input, .message = reader.message(), .at = locate(text, file, reader.where())});
  }
  return plan;
}

Result<Plan> load_plan(const std::filesystem::path& path) {
  const std::string file = path.string();
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return fail(
        Error{.code = Errc::bad_input, .message = "is a directory; a plan file was expected", .at = {file}});
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Error{.code = Errc::not_found, .message = "cannot be read", .at = {file}});
  std::string text;
  std::vector<char> block(1U << 20);
  // Stops just past the limit, so that parse_plan sees that it is too large without reading the rest.
  while (in && text.size() <= kPlanTextMax) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  Result<Plan> plan = parse_plan(text, file);
  if (!plan) return plan;
  if (Result<void> checked = plan_check(*plan); !checked) {
    Error wrong = std::move(checked).error();
    wrong.at = locate(text, file, subject_of(*plan, wrong.message));
    if (wrong.at.line == 0) wrong.at = {file, 1, 1};
    return fail(std::move(wrong));
  }
  return plan;
}

}  // namespace wn::faults
