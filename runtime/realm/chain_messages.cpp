#include "runtime/realm/chain_messages.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::realm {
namespace {

bool get_replica(ProtoReader& in, std::uint32_t field, ReplicaId& replica) {
  std::uint64_t wide = 0;
  if (!in.varint(field, wide) || wide == 0 || wide > ~std::uint32_t{0}) return false;
  replica = ReplicaId{static_cast<std::uint32_t>(wide)};
  return true;
}

void put_place(ProtoWriter& w, std::uint32_t field, const chain::Place& place) {
  w.varint(field, place.counter);
  w.bytes(field + 1, place.hash.bytes);
}

bool get_place(ProtoReader& in, std::uint32_t field, chain::Place& place) {
  ByteView hash;
  if (!in.varint(field, place.counter) || !in.bytes(field + 1, hash)) return false;
  if (hash.size() != place.hash.bytes.size()) return false;
  std::ranges::copy(hash, place.hash.bytes.begin());
  return true;
}

}  // namespace

Bytes encode(const Heads& heads) {
  WN_CHECK_LE(heads.heads.size(), kHeadsMax);
  WN_CHECK_LE(heads.cuts.size(), kHeadsMax);
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, heads.heads.size());
  for (const Heads::Head& head : heads.heads) {
    w.varint(2, head.writer.value);
    put_place(w, 3, head.place);
  }
  w.varint(5, heads.cuts.size());
  for (const Heads::Cut& cut : heads.cuts) {
    w.varint(6, cut.writer.value);
    w.varint(7, cut.counter);
  }
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, Heads& out) {
  ProtoReader in(bytes);
  Heads h;
  std::uint64_t count = 0;
  if (!in.varint(1, count)) return Errc::corrupt;
  if (count > kHeadsMax) return Errc::too_large;
  for (std::uint64_t i = 0; i < count; ++i) {
    Heads::Head head;
    if (!get_replica(in, 2, head.writer) || !get_place(in, 3, head.place)) return Errc::corrupt;
    if (!h.heads.empty() && h.heads.back().writer >= head.writer) return Errc::corrupt;
    h.heads.push_back(head);
  }
  if (!in.varint(5, count)) return Errc::corrupt;
  if (count > kHeadsMax) return Errc::too_large;
  for (std::uint64_t i = 0; i < count; ++i) {
    Heads::Cut cut;
    if (!get_replica(in, 6, cut.writer) || !in.varint(7, cut.counter)) return Errc::corrupt;
    if (!h.cuts.empty() && h.cuts.back().writer >= cut.writer) return Errc::corrupt;
    h.cuts.push_back(cut);
  }
  if (!in.done()) return Errc::corrupt;
  out = std::move(h);
  return Errc::ok;
}

Bytes encode(const ChainRequest& m) {
  WN_CHECK_LE(m.locator.size(), chain::kLocatorMax);
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, m.writer.value);
  for (const chain::Place& place : m.locator) put_place(w, 2, place);
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, ChainRequest& out) {
  ProtoReader in(bytes);
  ChainRequest m;
  if (!get_replica(in, 1, m.writer)) return Errc::corrupt;
  while (!in.done()) {
    if (m.locator.size() == chain::kLocatorMax) return Errc::too_large;
    if (!get_place(in, 2, m.locator.emplace_back())) return Errc::corrupt;
  }
  out = std::move(m);
  return Errc::ok;
}

Bytes encode(const ChainHeaders& m) {
  WN_CHECK_LE(m.headers.size(), kHeadersPerMessage);
  std::vector<std::uint8_t> bytes, item;
  ProtoWriter w(bytes);
  w.varint(1, m.writer.value);
  w.varint(2, m.more ? 1 : 0);
  for (const chain::Sealed& sealed : m.headers) {
    item.clear();
    chain::encode(sealed, item);
    w.bytes(3, item);
  }
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, ChainHeaders& out) {
  ProtoReader in(bytes);
  ChainHeaders m;
  std::uint64_t more = 0;
  if (!get_replica(in, 1, m.writer) || !in.varint(2, more) || more > 1) return Errc::corrupt;
  m.more = more == 1;
  while (!in.done()) {
    ByteView item;
    if (m.headers.size() == kHeadersPerMessage) return Errc::too_large;
    if (!in.bytes(3, item)) return Errc::corrupt;
    if (const Errc e = chain::decode(item, m.headers.emplace_back()); e != Errc::ok) return e;
  }
  out = std::move(m);
  return Errc::ok;
}

}  // namespace wn::realm
