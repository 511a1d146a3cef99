#include "runtime/daemon/meters.h"

#include <algorithm>
#include <utility>

#include "runtime/base/proto_wire.h"
#include "runtime/raft/types.h"
#include "runtime/wire/frame.h"

namespace wn::daemon {
namespace {

using wire::FrameType;

constexpr std::uint32_t kModeField = 14;  // of a realm's request; absent: EVENTUAL
constexpr std::size_t kSyncsMax = 64;     // whose beginning is remembered

// What stands at the head of every request and reply: its number, and field 3 (of a reply: its code).
struct Head {
  std::uint64_t operation = 0;
  std::uint64_t third = 0;
  Mode mode = Mode::eventual;
};

// Over the fields of a message. Lenient: what is not canonical is the service's to refuse.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // False: the end, or a field beyond 15, which no head has.
  bool next(std::uint32_t& field, std::uint32_t& type) {
    if (at_ == end_ || *at_ >= 0x80) return false;
    field = *at_ >> 3;
    type = *at_++ & 7U;
    return true;
  }
  // The value of a field: a number, or looked over.
  bool value(std::uint32_t type, std::uint64_t& number) {
    switch (type) {
      case proto::kVarint:
        return varint(number);
      case proto::kFixed64:
        return jump(8);
      case proto::kFixed32:
        return jump(4);
      case proto::kBytes:
        return varint(number) && jump(number);
      default:
        return false;
    }
  }

 private:
  bool varint(std::uint64_t& number) {
    number = 0;
    for (std::uint32_t shift = 0; at_ != end_ && shift < 64; shift += 7) {
      number |= std::uint64_t{*at_ & 0x7FU} << shift;
      if (*at_++ < 0x80) return true;
    }
    return false;
  }
  bool jump(std::uint64_t bytes) {
    if (bytes > static_cast<std::uint64_t>(end_ - at_)) return false;
    at_ += bytes;
    return true;
  }
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// Total on any bytes, up to the field `last`. It validates nothing: that is the service's duty.
Head read_head(ByteView frame, std::uint32_t last) {
  Head out;
  Cursor in(frame.subspan(wire::kHeaderBytes));
  std::uint32_t field = 0, type = 0;
  while (in.next(field, type) && field <= last) {
    std::uint64_t number = 0;
    if (!in.value(type, number)) return out;
    if (type != proto::kVarint) continue;
    if (field == 1) out.operation = number;
    if (field == 3) out.third = number;
    if (field == kModeField && number >= 1 && number <= kModes) out.mode = static_cast<Mode>(number);
  }
  return out;
}

FrameType type_of(ByteView frame) {
  constexpr std::size_t kTypeAt = 7;
  return frame.size() < wire::kHeaderBytes ? FrameType{} : static_cast<FrameType>(frame[kTypeAt]);
}

std::size_t index_of(Mode mode) { return static_cast<std::size_t>(mode) - 1; }

}  // namespace

void EventMeter::emit(TraceKind kind, std::array<std::uint64_t, 5> field) {
  count(kind, field);
  if (journalist_ != nullptr) journalist_->on_event(kind, field);
  if (also_ != nullptr) also_->emit(kind, field);
}

void EventMeter::sometimes(Claim claim) {
  if (also_ != nullptr) also_->sometimes(claim);
}

void EventMeter::count(TraceKind kind, const std::array<std::uint64_t, 5>& field) {
  Meters& m = meters_;
  switch (kind) {
    case TraceKind::raft_restored:
    case TraceKind::realm_restored:
      m.recovered = true;
      break;
    case TraceKind::store_refused:
      m.failed = true;
      m.failure = field[0];
      break;
    case TraceKind::raft_state:
      m.elections +=
          field[1] > m.term && field[0] == static_cast<std::uint64_t>(raft::Role::candidate) ? 1 : 0;
      m.role = field[0];
      m.term = field[1];
      m.leader = field[2];
      m.commit = field[4];
      break;
    case TraceKind::raft_commit:
      m.commit = field[0];
      break;
    case TraceKind::raft_apply:
    case TraceKind::raft_snapshot_installed:
      m.applied = field[0];
      break;
    case TraceKind::realm_update:
      ++m.updates;
      break;
    case TraceKind::realm_refused:
      ++m.refused;
      break;
    case TraceKind::realm_evicted:
      ++m.evictions;
      break;
    case TraceKind::clock_refused:
      ++m.clock_refused;
      break;
    case TraceKind::liar_proven:
      ++m.liars;
      break;
    case TraceKind::mailbox_full:
      ++m.mailbox_full;
      break;
    case TraceKind::actor_failed:
      ++m.actor_failures;
      break;
    case TraceKind::actor_stalled:
      ++m.stalls;
      break;
    case TraceKind::sections_glued:
      ++m.gluings;
      m.glue_radius = field[1];
      m.glue_obstructions += field[2];
      break;
    default:
      break;
  }
}

Metered::Metered(NodeId id, Backend& outer, const ProcessFactory& service, Meters& meters)
    : outer_(outer),
      meters_(meters),
      backend_{outer.clock, *this, *this, outer.entropy, outer.probe, outer.fault_points},
      pending_(kPendingSlots),
      inner_(service(id, backend_)) {
  syncs_.reserve(kSyncsMax);
}

Metered::~Metered() = default;

// Of two requests that meet in one slot the later is measured. A client's next request is in the next slot,
// so that what is under way lies together in memory.
Metered::Pending& Metered::slot(NodeId client, std::uint64_t operation) {
  const std::uint64_t begin = (client.value * 0x9E37'79B9'7F4A'7C15ULL) >> 32;
  return pending_[(begin + operation) & (kPendingSlots - 1)];
}

void Metered::count_under_way() {
  const Instant now = outer_.clock.monotonic_now();
  meters_.under_way = static_cast<std::uint64_t>(std::ranges::count_if(
      pending_, [&](const Pending& p) { return p.from && now - p.since < kForgottenAfter; }));
}

void Metered::on_message(NodeId from, const Bytes& frame) {
  const FrameType type = type_of(frame.view());
  if (type == FrameType::realm_request || type == FrameType::client_request) {
    if (closed_) {
      ++meters_.turned_away;
      return;
    }
    const bool realm = type == FrameType::realm_request;
    const Head head = read_head(frame.view(), realm ? kModeField : 1);
    Pending& pending = slot(from, head.operation);
    // One that is sent again has waited since it was sent first.
    if (pending.from != from || pending.operation != head.operation) {
      pending = {.from = from,
                 .mode = realm ? head.mode : Mode::strong,
                 .operation = head.operation,
                 .since = outer_.clock.monotonic_now()};
    }
  }
  inner_->on_message(from, frame);
}

Errc Metered::send(NodeId to, Bytes frame, std::uint8_t type) {
  const auto kind = static_cast<FrameType>(type);
  if (kind == FrameType::realm_reply || kind == FrameType::client_reply) {
    const Head head = read_head(frame.view(), 3);
    Pending& pending = slot(to, head.operation);
    if (pending.from == to && pending.operation == head.operation) {
      const std::size_t mode = index_of(pending.mode);
      meters_.latency[mode].add(outer_.clock.monotonic_now() - pending.since);
      ++meters_.replies[mode][head.third < kReplyCodes ? head.third : 0];
      pending = {};
    }
  }
  return outer_.network.send(to, std::move(frame), type);
}

Errc Metered::submit(DiskRequest request) {
  const DiskOperation operation = request.operation;
  const std::uint64_t ticket = request.ticket;
  const Errc error = outer_.disk.submit(std::move(request));
  if (error != Errc::ok) {
    ++meters_.disk_errors[static_cast<std::size_t>(error)];
    return error;
  }
  ++meters_.disk_operations[static_cast<std::size_t>(operation)];
  ++meters_.disk_queue;
  if (operation == DiskOperation::sync && syncs_.size() < kSyncsMax)
    syncs_.push_back({ticket, outer_.clock.monotonic_now()});
  return error;
}

void Metered::on_disk(DiskCompletion completion) {
  --meters_.disk_queue;
  if (completion.error != Errc::ok && completion.error != Errc::not_found)
    ++meters_.disk_errors[static_cast<std::size_t>(completion.error)];
  if (completion.operation == DiskOperation::sync) {
    const auto at =
        std::ranges::find_if(syncs_, [&](const Sync& sync) { return sync.ticket == completion.ticket; });
    if (at != syncs_.end()) {
      meters_.sync_latency.add(outer_.clock.monotonic_now() - at->since);
      syncs_.erase(at);
    }
  }
  inner_->on_disk(std::move(completion));
}

}  // namespace wn::daemon
