// A group's state as bytes: whole (snapshots), and the part that changes hands. Canonical: equal states give
// equal bytes. Reading is total on hostile bytes.
#include <algorithm>

#include "runtime/groups/codec.h"
#include "runtime/groups/machine.h"

namespace wn::groups {

namespace {

constexpr std::uint64_t kU32 = 0xFFFF'FFFF;

void put_outcome(ProtoWriter& out, const Outcome& o) {
  out.varint(3, static_cast<std::uint64_t>(o.code));
  out.varint(4, static_cast<std::uint64_t>(o.error));
  out.varint(5, o.found ? 1 : 0);
  out.varint(6, zigzag(o.value));
}

bool take_outcome(ProtoReader& in, Outcome& o) {
  std::uint64_t value = 0;
  if (!take_number(in, 3, o.code, kAnswerCodeEnd - 1) || o.code < AnswerCode::done ||
      !take_number(in, 4, o.error, static_cast<std::uint64_t>(Errc::internal)) ||
      !take_number(in, 5, o.found, 1) || !in.varint(6, value)) {
    return false;
  }
  o.value = unzigzag(value);
  return true;
}

void put_register(ProtoWriter& out, WorknodeId id, const Register& at, std::uint64_t epoch_step) {
  Buffer buffer;
  ProtoWriter inner(buffer);
  put(inner, 1, id);
  inner.varint(3, at.epoch + epoch_step);
  inner.varint(4, (at.present ? 1U : 0U) | (at.forgot ? 2U : 0U));
  inner.varint(5, zigzag(at.value));
  inner.varint(6, at.sessions.size());
  for (const Session& session : at.sessions) {
    Buffer bytes;
    ProtoWriter one(bytes);
    one.varint(1, session.client.value);
    one.varint(2, session.operation);
    put_outcome(one, session.outcome);
    one.varint(7, session.used);
    inner.bytes(7, bytes);
  }
  out.bytes(1, buffer);
}

bool take_session(ProtoReader& in, Session& session) {
  ByteView view;
  if (!in.bytes(7, view)) return false;
  ProtoReader one(view);
  return take_number(one, 1, session.client.value, kU32) && session.client &&
         one.varint(2, session.operation) && take_outcome(one, session.outcome) &&
         one.varint(7, session.used) && one.done();
}

bool take_register(ProtoReader& in, std::uint32_t sessions_max, WorknodeId& id, Register& at) {
  ByteView view;
  if (!in.bytes(1, view)) return false;
  ProtoReader inner(view);
  std::uint64_t flags = 0;
  std::uint64_t value = 0;
  std::uint64_t sessions = 0;
  if (!take(inner, 1, id) || !id || !inner.varint(3, at.epoch) || at.epoch == 0 ||
      !take_number(inner, 4, flags, 3) || !inner.varint(5, value) || !inner.varint(6, sessions) ||
      sessions > sessions_max) {
    return false;
  }
  at.present = (flags & 1) != 0;
  at.forgot = (flags & 2) != 0;
  at.value = unzigzag(value);
  for (std::uint64_t i = 0; i < sessions; ++i) {
    Session session;
    if (!take_session(inner, session)) return false;
    if (!at.sessions.empty() && session.client <= at.sessions.back().client) return false;
    at.sessions.push_back(session);
  }
  return inner.done();
}

void put_forward(ProtoWriter& out, WorknodeId id, const Forward& forward) {
  Buffer buffer;
  ProtoWriter inner(buffer);
  put(inner, 1, id);
  inner.varint(3, forward.group.value);
  inner.varint(4, forward.epoch);
  inner.varint(5, forward.since);
  for (NodeId node : forward.nodes) inner.varint(6, node.value);
  out.bytes(10, buffer);
}

bool take_forward(ProtoReader& in, WorknodeId& id, Forward& forward) {
  ByteView view;
  if (!in.bytes(10, view)) return false;
  ProtoReader inner(view);
  if (!take(inner, 1, id) || !inner.varint(3, forward.group.value) || !inner.varint(4, forward.epoch) ||
      !inner.varint(5, forward.since)) {
    return false;
  }
  for (NodeId& node : forward.nodes) {
    if (!take_number(inner, 6, node.value, kU32)) return false;
  }
  return inner.done();
}

}  // namespace

Bytes Machine::encode_set(const std::vector<WorknodeId>& set, std::uint64_t epoch_step) const {
  Buffer buffer;
  ProtoWriter out(buffer);
  for (WorknodeId id : set) {
    const auto at = registers_.find(id);
    if (at != registers_.end()) {
      put_register(out, id, at->second, epoch_step);
    } else {
      put_register(out, id, Register(memory_), epoch_step);
    }
  }
  return to_bytes(buffer);
}

bool Machine::decode_set(ByteView bytes, std::uint64_t epoch_step, Registers& out) const {
  ProtoReader in(bytes);
  WorknodeId last;
  while (!in.done()) {
    WorknodeId id;
    Register at(memory_);
    if (out.size() >= limits_.worknodes_max) return false;
    if (!take_register(in, limits_.sessions_max, id, at) || id <= last) return false;
    at.epoch += epoch_step;
    last = id;
    out.emplace(id, std::move(at));
  }
  return true;
}

Bytes Machine::image() const {
  Buffer buffer;
  ProtoWriter out(buffer);
  out.varint(1, group_.value);
  put(out, 2, root_);
  out.varint(4, epoch_);
  out.varint(5, (genesis_ ? 1U : 0U) | (dissolved_ ? 2U : 0U) | (hand_over_.active ? 4U : 0U));
  out.varint(6, successor_.value);
  out.fixed64(7, digest_);
  std::vector<WorknodeId> all;
  for (const auto& item : registers_) all.push_back(item.first);
  out.bytes(9, encode_set(all, 0).view());
  out.varint(10, forwards_.size());
  for (const auto& [id, forward] : forwards_) put_forward(out, id, forward);
  out.varint(11, sources_.size());
  for (const auto& [id, source] : sources_) {
    out.varint(12, id.value);
    out.varint(13, source.number << 1 | (source.accepted ? 1 : 0));
  }
  if (!hand_over_.active) return to_bytes(buffer);
  out.varint(14, hand_over_.number << 1 | (hand_over_.dissolve ? 1 : 0));
  out.varint(15, hand_over_.to.value);
  put(out, 16, hand_over_.members);
  // Not limited to kSetMax by its type alone, but by may_give().
  put(out, 17, hand_over_.set);
  return to_bytes(buffer);
}

Errc Machine::restore(ByteView image) {
  ProtoReader in(image);
  GroupId group;
  std::uint64_t flags = 0;
  std::uint64_t count = 0;
  ByteView set;
  if (!in.varint(1, group.value) || group != group_ || !take(in, 2, root_) || !in.varint(4, epoch_) ||
      !take_number(in, 5, flags, 7) || !in.varint(6, successor_.value) || !in.fixed64(7, digest_) ||
      !in.bytes(9, set)) {
    return Errc::bad_input;
  }
  genesis_ = (flags & 1) != 0;
  dissolved_ = (flags & 2) != 0;
  registers_.clear();
  forwards_.clear();
  sources_.clear();
  hand_over_ = HandOver{};
  if (!decode_set(set, 0, registers_) || !in.varint(10, count)) return Errc::bad_input;
  for (std::uint64_t i = 0; i < count; ++i) {
    WorknodeId id;
    Forward forward;
    if (!take_forward(in, id, forward)) return Errc::bad_input;
    forwards_[id] = forward;
  }
  if (!in.varint(11, count) || count > kSourcesMax) return Errc::bad_input;
  for (std::uint64_t i = 0; i < count; ++i) {
    GroupId id;
    std::uint64_t number = 0;
    if (!in.varint(12, id.value) || !in.varint(13, number)) return Errc::bad_input;
    sources_[id] = {.number = number >> 1, .accepted = (number & 1) != 0};
  }
  if ((flags & 4) != 0) {
    std::uint64_t number = 0;
    if (!in.varint(14, number) || !in.varint(15, hand_over_.to.value) || !take(in, 16, hand_over_.members) ||
        !take(in, 17, hand_over_.set)) {
      return Errc::bad_input;
    }
    hand_over_.active = true;
    hand_over_.number = number >> 1;
    hand_over_.dissolve = (number & 1) != 0;
    for (WorknodeId id : hand_over_.set) {
      const auto at = registers_.find(id);
      if (at == registers_.end()) return Errc::bad_input;
      at->second.frozen = true;
    }
  }
  return in.done() ? Errc::ok : Errc::bad_input;
}

}  // namespace wn::groups
