// The whole state as bytes: for the own disk, and for a node that begins anew.
#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

constexpr std::uint64_t kImageVersion = 1;
constexpr std::uint64_t kU32Max = ~std::uint32_t{0};

template <class Encode>
void put_part(ProtoWriter& out, std::uint32_t field, Encode&& encode) {
  std::vector<std::uint8_t> bytes;
  encode(bytes);
  out.bytes(field, bytes);
}

tree::Options tree_options(const State& s) { return s.tree.options(); }

}  // namespace

void put_log(const State& s, bool for_peer, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  for (const LogEntry& entry : s.log) {
    Record record;
    Update update;
    WN_CHECK(decode(entry.update.view(), update) == Errc::ok);
    record.update = std::move(update);
    if (!for_peer) {
      record.client = entry.client;
      record.operation = entry.operation;
      record.intent = entry.intent;
    }
    w.bytes(1, encode(record).view());
  }
}

Errc get_log(State& s, ByteView bytes) {
  ProtoReader in(bytes);
  while (!in.done()) {
    ByteView item;
    Record record;
    if (!in.bytes(1, item) || decode(item, record) != Errc::ok || !record.update) return Errc::corrupt;
    if (s.log.size() >= s.options.limits.updates_max) return Errc::too_large;
    std::vector<std::uint8_t> update;
    encode(*record.update, update);
    s.log.push_back({.dot = record.update->dot,
                     .update = Bytes::copy_of(ByteView(update)),
                     .intent = record.intent,
                     .client = record.client,
                     .operation = record.operation});
  }
  return Errc::ok;
}

void put_sessions(const State& s, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  for (const auto& [client, session] : s.sessions) {
    w.varint(1, client.value);
    w.varint(2, session.operation);
    w.varint(3, session.dot.replica.value);
    w.varint(4, session.dot.counter);
    w.bytes(5, session.refusal.view());
  }
}

Errc get_sessions(State& s, ByteView bytes) {
  ProtoReader in(bytes);
  while (!in.done()) {
    std::uint64_t client = 0, replica = 0;
    Session session;
    ByteView refusal;
    if (!in.varint(1, client) || !in.varint(2, session.operation) || !in.varint(3, replica) ||
        !in.varint(4, session.dot.counter) || !in.bytes(5, refusal) || client > kU32Max ||
        replica > kU32Max) {
      return Errc::corrupt;
    }
    session.refusal = Bytes::copy_of(refusal);
    session.dot.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
    s.sessions[NodeId{static_cast<std::uint32_t>(client)}] = session;
  }
  return Errc::ok;
}

Bytes image_of(const State& s, bool for_peer) {
  return s.chains ? signed_image_of(s, for_peer) : plain_image_of(s, for_peer);
}

Errc restore_image(State& s, ByteView image) {
  return s.chains ? restore_signed_image(s, image) : restore_plain_image(s, image);
}

Bytes plain_image_of(const State& s, bool for_peer) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, kImageVersion);
  w.varint(2, for_peer ? 0 : s.self.value);
  w.fixed64(3, s.latest.value);
  w.varint(4, s.updates);
  put_part(w, 5, [&](auto& out) { s.known().encode(out); });
  put_part(w, 6, [&](auto& out) { s.members.encode(out); });
  put_part(w, 7, [&](auto& out) { s.tree.encode_snapshot(out); });
  put_part(w, 8, [&](auto& out) { s.properties.encode(out); });
  put_part(w, 9, [&](auto& out) { s.schemas.encode(out); });
  put_part(w, 10, [&](auto& out) { s.guard->encode_revocations(out); });
  put_part(w, 11, [&](auto& out) {
    if (!for_peer) put_sessions(s, out);
  });
  put_part(w, 12, [&](auto& out) { put_log(s, for_peer, out); });
  put_part(w, 13, [&](auto& out) { s.seen.encode(out); });
  return Bytes::copy_of(ByteView(bytes));
}

// Into a fresh state: on an error it is of no use.
Errc restore_plain_image(State& s, ByteView image) {
  ProtoReader in(image);
  std::uint64_t version = 0, self = 0, latest = 0, applied = 0;
  ByteView known, members, tree, properties, schemas, revocations, sessions, log, seen;
  if (!in.varint(1, version) || version != kImageVersion) return Errc::unsupported;
  if (!in.varint(2, self) || self > kU32Max || !in.fixed64(3, latest) || !in.varint(4, applied) ||
      !in.bytes(5, known) || !in.bytes(6, members) || !in.bytes(7, tree) || !in.bytes(8, properties) ||
      !in.bytes(9, schemas) || !in.bytes(10, revocations) || !in.bytes(11, sessions) || !in.bytes(12, log) ||
      !in.bytes(13, seen) || !in.done()) {
    return Errc::corrupt;
  }
  auto vector = causality::VersionVector::decode(known, s.memory);
  auto restored = tree::Tree::decode_snapshot(tree, tree_options(s), s.memory);
  if (!vector || !restored) return Errc::corrupt;
  if (const Errc e = s.members.decode(members); e != Errc::ok) return e;
  auto context = causality::CausalContext::decode(seen, s.memory);
  if (!context) return Errc::corrupt;
  causality::CausalContext theirs = std::move(*context);
  if (const Errc e = s.properties.decode(properties, theirs); e != Errc::ok) return e;
  if (!s.schemas.merge(schemas)) return Errc::corrupt;
  s.versions.learn(s.schemas);
  if (!s.guard->restore_revocations(revocations)) return Errc::corrupt;
  if (const Errc e = get_sessions(s, sessions); e != Errc::ok) return e;
  if (const Errc e = get_log(s, log); e != Errc::ok) return e;
  s.applied = std::move(*vector);
  s.seen = std::move(theirs);
  s.tree = std::move(*restored);
  s.oracle->changed();
  s.updates = applied;
  if (self != 0) s.self = ReplicaId{static_cast<std::uint32_t>(self)};
  s.evicted = self != 0 && s.members.evicted(s.self);
  s.latest = causality::HlcTime{latest};
  restart_clock(s);
  return Errc::ok;
}

}  // namespace wn::realm
