#include "scenarios/export/perfetto.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "faults/plan/describe.h"
#include "runtime/base/proto_wire.h"
#include "runtime/raft/inspect.h"
#include "scenarios/travel/words.h"

namespace wn::scenarios {
namespace {

// Field numbers of perfetto.protos.
constexpr std::uint32_t kTracePacket = 1;
constexpr std::uint32_t kPacketTimestamp = 8, kPacketSequence = 10, kPacketEvent = 11, kPacketFlags = 13,
                        kPacketTrack = 60;
constexpr std::uint32_t kTrackUuid = 1, kTrackName = 2, kTrackProcess = 3, kTrackThread = 4, kTrackParent = 5,
                        kTrackCounter = 8;
constexpr std::uint32_t kProcessPid = 1, kProcessName = 6;
constexpr std::uint32_t kThreadPid = 1, kThreadTid = 2, kThreadName = 5;
constexpr std::uint32_t kEventAnnotation = 4, kEventType = 9, kEventTrack = 11, kEventCategory = 22,
                        kEventName = 23, kEventCounter = 30, kEventFlow = 47;
constexpr std::uint32_t kAnnotationUint = 3, kAnnotationName = 10;
constexpr std::uint64_t kSequence = 1;
constexpr std::uint64_t kStateCleared = 1;

constexpr std::uint64_t kFaultsPid = 1'000'000;
constexpr std::uint64_t kLanes = 64;  // tracks of faults; more that overlap share the last one

// Tracks of a node, and of the faults.
enum Part : std::uint64_t { process = 0, thread, role, term, commit };
constexpr std::uint64_t track_of(NodeId node, Part part) {
  return (std::uint64_t{node.value} << 8) + part + 1;
}
constexpr std::uint64_t fault_track(std::uint64_t lane) { return (1ULL << 48) + lane; }

// The same for a message where it is sent and where it arrives.
std::uint64_t flow_of(std::uint64_t from, std::uint64_t to, std::uint64_t message) {
  std::uint64_t z = (from << 32 ^ to) * 0x9E3779B97F4A7C15ULL + message;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
  return (z ^ z >> 31) | 1;
}

std::string_view category_of(TraceKind kind) {
  switch (static_cast<std::uint16_t>(kind) / 100) {
    case 1:
      return "world";
    case 2:
      return kind == TraceKind::timer_fired ? "timer" : "message";
    case 3:
      return "disk";
    case 4:
      return "raft";
    case 5:
      return "client";
    case 6:
      return "claim";
    default:
      return "realm";
  }
}

ByteView view_of(std::string_view text) { return as_bytes(text); }
ByteView view_of(const std::vector<std::uint8_t>& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

PerfettoWriter::PerfettoWriter(const faults::Plan& plan, std::ostream& out) : plan_(plan), out_(out) {
  for (const faults::Operation& operation : plan.operations)
    calls_.emplace(operation.id, faults::describe(operation));
  for (const faults::NodePlan& node : plan.nodes) describe_node(node);
  event_.clear();
  annotation_.clear();
  ProtoWriter process(annotation_);
  process.varint(kProcessPid, kFaultsPid);
  process.bytes(kProcessName, view_of("faults"));
  ProtoWriter track(event_);
  track.varint(kTrackUuid, fault_track(kLanes));
  track.bytes(kTrackProcess, view_of(annotation_));
  packet_.clear();
  ProtoWriter(packet_).bytes(kPacketTrack, view_of(event_));
  packet(packet_);
}

void PerfettoWriter::packet(std::vector<std::uint8_t>& body) {
  std::vector<std::uint8_t> head;
  ProtoWriter(head).head(kTracePacket, body.size());
  out_.write(reinterpret_cast<const char*>(head.data()), static_cast<std::streamsize>(head.size()));
  out_.write(reinterpret_cast<const char*>(body.data()), static_cast<std::streamsize>(body.size()));
}

void PerfettoWriter::describe_node(const faults::NodePlan& node) {
  const std::string name = faults::node_name(node.id);
  for (const Part part : {Part::process, Part::thread}) {
    annotation_.clear();
    ProtoWriter inner(annotation_);
    inner.varint(part == Part::process ? kProcessPid : kThreadPid, node.id.value);
    if (part == Part::process) {
      inner.bytes(kProcessName, view_of(fmt::format("{} {}", name, faults::to_string(node.role))));
    } else {
      // One's own number, not the process's: a thread of the same number would be its main one.
      inner.varint(kThreadTid, kFaultsPid + node.id.value);
      inner.bytes(kThreadName, view_of(name));
    }
    event_.clear();
    ProtoWriter track(event_);
    track.varint(kTrackUuid, track_of(node.id, part));
    track.bytes(part == Part::process ? kTrackProcess : kTrackThread, view_of(annotation_));
    if (part == Part::thread) track.varint(kTrackParent, track_of(node.id, Part::process));
    packet_.clear();
    ProtoWriter(packet_).bytes(kPacketTrack, view_of(event_));
    packet(packet_);
  }
  if (node.role == faults::NodeRole::client || node.role == faults::NodeRole::admin) return;
  describe_track(track_of(node.id, Part::role), track_of(node.id, Part::process), "role", false);
  if (plan_.system.service != faults::Service::kv) return;
  describe_track(track_of(node.id, Part::term), track_of(node.id, Part::process), "term", true);
  describe_track(track_of(node.id, Part::commit), track_of(node.id, Part::process), "commit", true);
}

void PerfettoWriter::describe_track(std::uint64_t track, std::uint64_t parent, std::string_view name,
                                    bool counter) {
  event_.clear();
  ProtoWriter out(event_);
  out.varint(kTrackUuid, track);
  out.bytes(kTrackName, view_of(name));
  out.varint(kTrackParent, parent);
  if (counter) out.bytes(kTrackCounter, {});
  packet_.clear();
  ProtoWriter(packet_).bytes(kPacketTrack, view_of(event_));
  packet(packet_);
}

void PerfettoWriter::write(SimTime at, const Mark& mark) {
  event_.clear();
  ProtoWriter event(event_);
  const TraceKindInfo* info = mark.of == nullptr ? nullptr : trace_kind_info(mark.of->kind);
  for (std::size_t f = 0; info != nullptr && f < info->fields.size(); ++f) {
    if (info->fields[f].empty()) continue;
    annotation_.clear();
    ProtoWriter annotation(annotation_);
    annotation.varint(kAnnotationUint, mark.of->field[f]);
    annotation.bytes(kAnnotationName, view_of(info->fields[f]));
    event.bytes(kEventAnnotation, view_of(annotation_));
  }
  event.varint(kEventType, static_cast<std::uint64_t>(mark.type));
  event.varint(kEventTrack, mark.track);
  if (!mark.category.empty()) event.bytes(kEventCategory, view_of(mark.category));
  if (!mark.name.empty()) event.bytes(kEventName, view_of(mark.name));
  if (mark.type == Type::counter) event.varint(kEventCounter, static_cast<std::uint64_t>(mark.value));
  if (mark.flow != 0) event.fixed64(kEventFlow, mark.flow);
  packet_.clear();
  ProtoWriter out(packet_);
  out.varint(kPacketTimestamp, static_cast<std::uint64_t>(at.ns));
  out.varint(kPacketSequence, kSequence);
  out.bytes(kPacketEvent, view_of(event_));
  if (std::exchange(first_, false)) out.varint(kPacketFlags, kStateCleared);
  packet(packet_);
}

void PerfettoWriter::on_event(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::message_sent:
    case TraceKind::message_delivered:
    case TraceKind::message_dropped:
      return on_message(event);
    case TraceKind::op_invoked:
    case TraceKind::op_completed:
      return on_operation(event);
    case TraceKind::fault_began:
    case TraceKind::fault_ended:
      return on_fault(event);
    case TraceKind::raft_state:
      return on_raft_state(event);
    case TraceKind::raft_commit:
      return count(event.at, track_of(event.node, Part::commit), event.field[0]);
    case TraceKind::node_crashed:
      change_role(event.at, event.node, "down");
      break;
    case TraceKind::node_started:
      if (roles_.contains(event.node)) change_role(event.at, event.node, "starting");
      break;
    default:
      break;
  }
  if (!event.node) return;
  const TraceKindInfo* info = trace_kind_info(event.kind);
  write(event.at, {.type = Type::instant,
                   .track = track_of(event.node, Part::thread),
                   .category = category_of(event.kind),
                   .name = std::string(info != nullptr ? info->name : "unknown"),
                   .of = &event});
}

void PerfettoWriter::on_message(const TraceEvent& event) {
  const std::uint64_t me = event.node.value;
  const std::uint64_t peer = event.field[0];
  const bool arrives = event.kind == TraceKind::message_delivered;
  const bool dropped = event.kind == TraceKind::message_dropped;
  const auto word = dropped ? travel::word_of_number(event.kind, "reason", event.field[2])
                            : travel::word_of_number(event.kind, "type", event.field[4]);
  std::string name = dropped ? "dropped" : arrives ? "from" : "to";
  name += fmt::format(" n{} {}", peer, word ? *word : dropped ? "" : "message");
  write(event.at, {.type = Type::instant,
                   .track = track_of(event.node, Part::thread),
                   .category = category_of(event.kind),
                   .name = std::move(name),
                   .flow = arrives ? flow_of(peer, me, event.field[1]) : flow_of(me, peer, event.field[1]),
                   .of = &event});
}

void PerfettoWriter::on_operation(const TraceEvent& event) {
  const std::uint64_t track = track_of(event.node, Part::thread);
  if (event.kind == TraceKind::op_completed) {
    if (operations_.erase(event.node) == 0) return;
    const auto word = travel::word_of_number(event.kind, "outcome", event.field[1]);
    write(event.at, {.type = Type::instant,
                     .track = track,
                     .category = "client",
                     .name = word.value_or("done"),
                     .of = &event});
    return write(event.at, {.type = Type::slice_end, .track = track});
  }
  if (operations_.contains(event.node)) write(event.at, {.type = Type::slice_end, .track = track});
  operations_[event.node] = event.field[0];
  const auto call = calls_.find(static_cast<std::uint32_t>(event.field[0]));
  write(event.at, {.type = Type::slice_begin,
                   .track = track,
                   .category = "client",
                   .name = call != calls_.end() ? call->second : fmt::format("operation {}", event.field[0]),
                   .of = &event});
}

void PerfettoWriter::on_fault(const TraceEvent& event) {
  const auto id = static_cast<std::uint32_t>(event.field[0]);
  if (event.kind == TraceKind::fault_ended) {
    const auto lane = std::ranges::find(lanes_, id);
    if (lane == lanes_.end()) return;
    *lane = 0;
    return write(event.at, {.type = Type::slice_end,
                            .track = fault_track(static_cast<std::uint64_t>(lane - lanes_.begin()))});
  }
  const auto fault = std::ranges::find(plan_.faults, id, &faults::Fault::id);
  const std::string name =
      fault != plan_.faults.end() ? faults::describe(*fault) : fmt::format("fault {}", id);
  auto lane = std::ranges::find(lanes_, 0U);
  if (lane == lanes_.end() && lanes_.size() < kLanes) {
    lanes_.push_back(0);
    lane = lanes_.end() - 1;
    describe_track(fault_track(lanes_.size() - 1), fault_track(kLanes),
                   fmt::format("faults {}", lanes_.size()), false);
  }
  if (lane == lanes_.end()) return;  // more at once than anybody can look at
  *lane = id;
  write(event.at, {.type = Type::slice_begin,
                   .track = fault_track(static_cast<std::uint64_t>(lane - lanes_.begin())),
                   .category = "fault",
                   .name = name,
                   .of = &event});
}

void PerfettoWriter::on_raft_state(const TraceEvent& event) {
  const auto role = static_cast<raft::Role>(event.field[0]);
  change_role(event.at, event.node,
              role == raft::Role::leader ? fmt::format("leader of term {}", event.field[1])
                                         : std::string(raft::name_of(role)));
  count(event.at, track_of(event.node, Part::term), event.field[1]);
  count(event.at, track_of(event.node, Part::commit), event.field[4]);
}

void PerfettoWriter::change_role(SimTime at, NodeId node, const std::string& name) {
  const auto known = std::ranges::find(plan_.nodes, node, &faults::NodePlan::id);
  const bool serves = known != plan_.nodes.end() &&
                      (known->role == faults::NodeRole::server || known->role == faults::NodeRole::spare);
  std::string& open = roles_[node];
  if (!serves || open == name) return;
  if (!open.empty()) write(at, {.type = Type::slice_end, .track = track_of(node, Part::role)});
  open = name;
  write(at,
        {.type = Type::slice_begin, .track = track_of(node, Part::role), .category = "role", .name = name});
}

void PerfettoWriter::count(SimTime at, std::uint64_t track, std::uint64_t value) {
  const auto [known, fresh] = counts_.try_emplace(track, value);
  if (!fresh && known->second == value) return;
  known->second = value;
  write(at, {.type = Type::counter, .track = track, .value = static_cast<std::int64_t>(value)});
}

Errc PerfettoWriter::finish(SimTime end) {
  for (const auto& [node, role] : roles_) {
    if (!role.empty()) write(end, {.type = Type::slice_end, .track = track_of(node, Part::role)});
  }
  for (const auto& [node, operation] : operations_)
    write(end, {.type = Type::slice_end, .track = track_of(node, Part::thread)});
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (lanes_[lane] != 0) write(end, {.type = Type::slice_end, .track = fault_track(lane)});
  }
  out_.flush();
  return out_.good() ? Errc::ok : Errc::io_error;
}

}  // namespace wn::scenarios
