#include "runtime/daemon/agreement.h"

#include <algorithm>
#include <array>

#include "runtime/base/proto_wire.h"
#include "runtime/daemon/knobs.h"
#include "runtime/wire/frame.h"

namespace wn::daemon {
namespace {

constexpr auto kType = static_cast<wire::FrameType>(kAgreementType);
constexpr std::size_t kTypeAt = 7;

// By what they mean to a realm: what it is, what its replicas must decide alike, and on what leases and
// elections rest. What each may choose for itself (queues, sizes of messages, intervals of its own) is not
// here.
struct Row {
  std::string_view section, key;
};
constexpr std::array kRows{
    Row{"service", "kind"},
    Row{"realm", "worknodes"},
    Row{"realm", "fan_out"},
    Row{"realm", "root_key"},
    Row{"realm", "glue"},
    Row{"realm", "unique_names"},
    Row{"realm", "signed"},
    Row{"realm", "name"},
    Row{"realm", "remote_calls"},
    Row{"groups", "count"},
    Row{"groups", "replicas"},
    Row{"raft", "election_timeout_min"},
    Row{"raft", "election_timeout_max"},
    Row{"raft", "heartbeat_interval"},
    Row{"raft", "lease_reads"},
    Row{"raft", "clock_drift_margin_ppm"},
    Row{"raft", "pre_vote"},
    Row{"raft", "check_quorum"},
};

bool is_row(const Knob& knob) {
  return std::ranges::any_of(kRows,
                             [&](const Row& r) { return r.section == knob.section && r.key == knob.key; });
}

}  // namespace

Shared shared_of(const Config& config) {
  Config copy = config;  // rows lead to fields of what may be changed
  Shared out;
  for (const Knob& knob : knobs()) {
    if (!is_row(knob) || !concerns(knob.section, config.service)) continue;
    out.emplace_back(std::string(knob.section) + "." + std::string(knob.key), value_text(knob, copy));
  }
  if (config.service == Service::realm) {
    const Limits& limits = config.host.realm.limits;
    out.emplace_back("limits.max_tree_depth", std::to_string(limits.max_tree_depth));
    out.emplace_back("limits.schema_types_max", std::to_string(limits.schema_types_max));
  }
  std::ranges::sort(out);
  return out;
}

Bytes encode_agreement(const Shared& shared, bool wants_answer) {
  std::vector<std::uint8_t> bytes(wire::kHeaderBytes);
  ProtoWriter out(bytes);
  out.varint(1, wants_answer ? 1 : 0);
  for (const auto& [name, value] : shared) {
    out.bytes(2, as_bytes(name));
    out.bytes(3, as_bytes(value));
  }
  wire::seal_frame(bytes.data(), kType, bytes.size() - wire::kHeaderBytes);
  return Bytes::copy_of(ByteView(bytes));
}

Result<Agreement> decode_agreement(ByteView frame) {
  if (frame.size() > kSharedBytesMax) return fail(Errc::too_large, "an agreement of too many bytes");
  wire::FrameView view;
  if (wire::open_frame(frame, view) != Errc::ok || view.type != kType)
    return fail(Errc::bad_input, "no frame of an agreement");
  ProtoReader in(frame.subspan(wire::kHeaderBytes, view.payload_bytes));
  Agreement out;
  std::uint64_t wants = 0;
  if (!in.varint(1, wants) || wants > 1) return fail(Errc::bad_input, "an agreement without a question");
  out.wants_answer = wants == 1;
  while (!in.done()) {
    ByteView name, value;
    if (!in.bytes(2, name) || !in.bytes(3, value)) return fail(Errc::bad_input, "an agreement cut short");
    if (out.shared.size() == kSharedMax) return fail(Errc::too_large, "an agreement of too many values");
    out.shared.emplace_back(as_text(name), as_text(value));
    if (out.shared.size() > 1 && out.shared[out.shared.size() - 2].first >= out.shared.back().first)
      return fail(Errc::bad_input, "an agreement out of order");
  }
  return out;
}

std::vector<Difference> differences(NodeId member, const Shared& here, const Shared& there) {
  std::vector<Difference> out;
  auto a = here.begin();
  auto b = there.begin();
  while (a != here.end() || b != there.end()) {
    if (b == there.end() || (a != here.end() && a->first < b->first)) {
      out.push_back({.member = member, .name = a->first, .here = a->second, .there = {}});
      ++a;
    } else if (a == here.end() || b->first < a->first) {
      out.push_back({.member = member, .name = b->first, .here = {}, .there = b->second});
      ++b;
    } else {
      if (a->second != b->second)
        out.push_back({.member = member, .name = a->first, .here = a->second, .there = b->second});
      ++a;
      ++b;
    }
  }
  return out;
}

Agreeing::Agreeing(NodeId id, Backend& outer, const ProcessFactory& service, AgreementOptions options)
    : outer_(outer),
      options_(std::move(options)),
      backend_{outer.clock, *this, outer.disk, outer.entropy, outer.probe, outer.fault_points} {
  for (const NodeId member : options_.members) members_[member];
  not_agreed_ = members_.size();
  inner_ = service(id, backend_);
}

void Agreeing::on_start() {
  for (auto& [id, member] : members_) ask(id, member);
  inner_->on_start();
}

void Agreeing::ask(NodeId id, Member& member) {
  const Instant now = outer_.clock.monotonic_now();
  if (member.asked && now - member.asked_at < kAskInterval) return;
  member.asked = true;
  member.asked_at = now;
  (void)outer_.network.send(id, encode_agreement(options_.shared, true), kAgreementType);
}

Errc Agreeing::hold(Member& member, Bytes frame, std::uint8_t type) {
  if (member.state == State::differs) return Errc::ok;  // as to somebody who is not there
  if (member.held.size() == kHeldFramesMax || member.held_bytes + frame.size() > kHeldBytesMax)
    return Errc::overloaded;
  member.held_bytes += frame.size();
  member.held.emplace_back(std::move(frame), type);
  return Errc::ok;
}

Errc Agreeing::send(NodeId to, Bytes frame, std::uint8_t type) {
  if (not_agreed_ != 0) {
    const auto at = members_.find(to);
    if (at != members_.end() && at->second.state != State::agreed) {
      ask(to, at->second);
      return hold(at->second, std::move(frame), type);
    }
  }
  return outer_.network.send(to, std::move(frame), type);
}

void Agreeing::hear(NodeId from, Member& member, const Bytes& frame) {
  const auto heard = decode_agreement(frame.view());
  if (!heard) return;
  if (heard->wants_answer)
    (void)outer_.network.send(from, encode_agreement(options_.shared, false), kAgreementType);
  std::vector<Difference> found = differences(from, options_.shared, heard->shared);
  const bool was_agreed = member.state == State::agreed;
  member.state = found.empty() ? State::agreed : State::differs;
  if (was_agreed != found.empty()) not_agreed_ += was_agreed ? 1 : static_cast<std::size_t>(-1);
  if (!found.empty() && found != member.told && options_.differs) {
    for (const Difference& one : found) options_.differs(one);
  }
  member.told = std::move(found);
  auto held = std::exchange(member.held, {});
  member.held_bytes = 0;
  if (member.state == State::differs) return;
  for (auto& [bytes, type] : held) (void)outer_.network.send(from, std::move(bytes), type);
}

void Agreeing::on_message(NodeId from, const Bytes& frame) {
  const bool told = frame.size() > kTypeAt && frame.data()[kTypeAt] == kAgreementType;
  if (!told && not_agreed_ == 0) return inner_->on_message(from, frame);
  const auto at = members_.find(from);
  if (at == members_.end()) {
    if (!told) inner_->on_message(from, frame);
    return;
  }
  if (told) return hear(from, at->second, frame);
  if (at->second.state == State::agreed) return inner_->on_message(from, frame);
  ask(from, at->second);
}

}  // namespace wn::daemon
