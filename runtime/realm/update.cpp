#include "runtime/realm/update.h"

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::realm {
namespace {

constexpr std::uint64_t kReplicaMax = ~std::uint32_t{0};

}  // namespace

void encode(const Update& update, std::vector<std::uint8_t>& out) {
  WN_CHECK_LE(update.payload.size(), kUpdateBytesMax);
  ProtoWriter w(out);
  w.varint(1, update.dot.replica.value);
  w.varint(2, update.dot.counter);
  w.fixed64(3, update.time.value);
  w.varint(4, static_cast<std::uint64_t>(update.kind));
  w.fixed64(5, update.target.high);
  w.fixed64(6, update.target.low);
  w.bytes(7, update.payload.view());
  w.varint(8, update.written_property);
  w.fixed64(9, update.written.value);
}

Errc decode(ByteView bytes, Update& out) {
  ProtoReader in(bytes);
  std::uint64_t replica = 0, kind = 0, property = 0;
  Update u;
  ByteView payload;
  if (!in.varint(1, replica) || !in.varint(2, u.dot.counter) || !in.fixed64(3, u.time.value) ||
      !in.varint(4, kind) || !in.fixed64(5, u.target.high) || !in.fixed64(6, u.target.low) ||
      !in.bytes(7, payload) || !in.varint(8, property) || !in.fixed64(9, u.written.value) || !in.done()) {
    return Errc::corrupt;
  }
  if (property > kReplicaMax || replica == 0 || replica > kReplicaMax || u.dot.counter == 0 ||
      u.dot.counter >= (1ULL << 62) || kind == 0 || kind >= kUpdateKindEnd) {
    return Errc::corrupt;
  }
  if (payload.size() > kUpdateBytesMax) return Errc::too_large;
  u.dot.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
  u.kind = static_cast<UpdateKind>(kind);
  u.written_property = static_cast<std::uint32_t>(property);
  u.payload = Bytes::copy_of(payload);
  out = std::move(u);
  return Errc::ok;
}

Bytes encode(const MembershipChange& change) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, static_cast<std::uint64_t>(change.action));
  w.varint(2, change.replica.value);
  w.varint(3, change.node.value);
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, MembershipChange& out) {
  ProtoReader in(bytes);
  std::uint64_t action = 0, replica = 0, node = 0;
  if (!in.varint(1, action) || !in.varint(2, replica) || !in.varint(3, node) || !in.done())
    return Errc::corrupt;
  if (action == 0 || action > 4 || replica == 0 || replica > kReplicaMax || node > kReplicaMax)
    return Errc::corrupt;
  out = {.action = static_cast<MembershipAction>(action),
         .replica = ReplicaId{static_cast<std::uint32_t>(replica)},
         .node = NodeId{static_cast<std::uint32_t>(node)}};
  return Errc::ok;
}

Bytes encode(const Record& record) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  std::vector<std::uint8_t> update;
  if (record.update) encode(*record.update, update);
  w.bytes(1, update);
  w.varint(2, record.client.value);
  w.varint(3, record.operation);
  w.bytes(4, record.intent.view());
  w.bytes(5, record.refusal.view());
  if (record.chain != ChainRecord::none) {
    w.varint(6, static_cast<std::uint64_t>(record.chain));
    w.bytes(7, record.sealed.view());
  }
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, Record& out) {
  ProtoReader in(bytes);
  ByteView update, intent, refusal;
  std::uint64_t client = 0;
  Record r;
  if (!in.bytes(1, update) || !in.varint(2, client) || !in.varint(3, r.operation) || !in.bytes(4, intent) ||
      !in.bytes(5, refusal) || client > kReplicaMax) {
    return Errc::corrupt;
  }
  std::uint64_t chain = 0;
  ByteView sealed;
  if (!in.done() && (!in.varint(6, chain) || !in.bytes(7, sealed) || !in.done() || chain == 0 || chain > 3 ||
                     sealed.empty())) {
    return Errc::corrupt;
  }
  // One of the three.
  if ((update.empty() ? 0 : 1) + (refusal.empty() ? 0 : 1) + (sealed.empty() ? 0 : 1) != 1)
    return Errc::corrupt;
  r.chain = static_cast<ChainRecord>(chain);
  r.sealed = Bytes::copy_of(sealed);
  if (!update.empty()) {
    Update u;
    if (const Errc e = decode(update, u); e != Errc::ok) return e;
    r.update = std::move(u);
  }
  r.refusal = Bytes::copy_of(refusal);
  r.client = NodeId{static_cast<std::uint32_t>(client)};
  r.intent = Bytes::copy_of(intent);
  out = std::move(r);
  return Errc::ok;
}

}  // namespace wn::realm
