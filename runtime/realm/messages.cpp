#include "runtime/realm/messages.h"

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::realm {
namespace {

constexpr std::uint64_t kU32Max = ~std::uint32_t{0};

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

bool get_replica(ProtoReader& in, std::uint32_t field, ReplicaId& replica) {
  std::uint64_t wide = 0;
  if (!in.varint(field, wide) || wide > kU32Max) return false;
  replica = ReplicaId{static_cast<std::uint32_t>(wide)};
  return true;
}

bool get_wall(ProtoReader& in, std::uint32_t field, WallTime& wall) {
  std::uint64_t wide = 0;
  if (!in.fixed64(field, wide)) return false;
  wall.ns = static_cast<std::int64_t>(wide);
  return true;
}

// Counted lists: { 1: repeated bytes }, after a count that bounds the loop.
template <class Each>
Errc get_list(ByteView list, std::uint64_t count, Each&& each) {
  ProtoReader in(list);
  for (std::uint64_t i = 0; i < count; ++i) {
    ByteView item;
    if (!in.bytes(1, item)) return Errc::corrupt;
    if (const Errc e = each(item); e != Errc::ok) return e;
  }
  return in.done() ? Errc::ok : Errc::corrupt;
}

Errc get_age(ByteView item, SyncUpdates::Age& age) {
  ProtoReader in(item);
  std::uint64_t member = 0, ns = 0;
  if (!in.varint(1, member) || !in.fixed64(2, ns) || !in.done() || member > kU32Max) return Errc::corrupt;
  age.member = NodeId{static_cast<std::uint32_t>(member)};
  age.age = Duration{static_cast<std::int64_t>(ns)};
  return age.age < Duration{} ? Errc::corrupt : Errc::ok;
}

}  // namespace

Bytes encode(const SyncRequest& m) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, m.request);
  w.varint(2, m.replica.value);
  w.fixed64(3, bits(m.wall.ns));
  w.fixed64(4, m.time);
  w.varint(5, m.epoch);
  w.bytes(6, m.known.view());
  if (!m.heads.empty()) w.bytes(7, m.heads.view());
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, SyncRequest& out) {
  ProtoReader in(bytes);
  SyncRequest m;
  ByteView known;
  if (!in.varint(1, m.request) || !get_replica(in, 2, m.replica) || !get_wall(in, 3, m.wall) ||
      !in.fixed64(4, m.time) || !in.varint(5, m.epoch) || !in.bytes(6, known) || !m.replica) {
    return Errc::corrupt;
  }
  ByteView heads;
  if (!in.done() && (!in.bytes(7, heads) || !in.done() || heads.empty())) return Errc::corrupt;
  m.heads = Bytes::copy_of(heads);
  m.known = Bytes::copy_of(known);
  out = std::move(m);
  return Errc::ok;
}

Bytes encode(const SyncUpdates& m) {
  WN_CHECK_LE(m.ages.size(), kMembersMax);
  std::vector<std::uint8_t> bytes, ages, updates, item;
  ProtoWriter w(bytes), ages_out(ages), updates_out(updates);
  for (const SyncUpdates::Age& age : m.ages) {
    item.clear();
    ProtoWriter i(item);
    i.varint(1, age.member.value);
    i.fixed64(2, bits(age.age.ns));
    ages_out.bytes(1, item);
  }
  for (const Bytes& update : m.updates) updates_out.bytes(1, update.view());
  w.varint(1, m.request);
  w.varint(2, m.replica.value);
  w.fixed64(3, bits(m.wall.ns));
  w.fixed64(4, m.time);
  w.varint(5, m.epoch);
  w.varint(6, static_cast<std::uint64_t>(m.verdict));
  w.varint(7, m.more ? 1 : 0);
  w.bytes(8, m.known.view());
  w.varint(9, m.ages.size());
  w.bytes(10, ages);
  w.varint(11, m.updates.size());
  w.bytes(12, updates);
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, SyncUpdates& out) {
  ProtoReader in(bytes);
  SyncUpdates m;
  std::uint64_t verdict = 0, more = 0, age_count = 0, update_count = 0;
  ByteView known, ages, updates;
  if (!in.varint(1, m.request) || !get_replica(in, 2, m.replica) || !get_wall(in, 3, m.wall) ||
      !in.fixed64(4, m.time) || !in.varint(5, m.epoch) || !in.varint(6, verdict) || !in.varint(7, more) ||
      !in.bytes(8, known) || !in.varint(9, age_count) || !in.bytes(10, ages) ||
      !in.varint(11, update_count) || !in.bytes(12, updates) || !in.done() || !m.replica || verdict == 0 ||
      verdict > 4 || more > 1) {
    return Errc::corrupt;
  }
  // Every item takes at least two bytes, so the counts are bounded by what was received.
  if (age_count > kMembersMax || updates.size() > kSyncBytesMax * 2 || update_count > updates.size()) {
    return Errc::too_large;
  }
  m.verdict = static_cast<SyncVerdict>(verdict);
  m.more = more == 1;
  m.known = Bytes::copy_of(known);
  Errc e = get_list(ages, age_count, [&](ByteView item) { return get_age(item, m.ages.emplace_back()); });
  if (e != Errc::ok) return e;
  e = get_list(updates, update_count, [&](ByteView item) {
    m.updates.push_back(Bytes::copy_of(item));
    return Errc::ok;
  });
  if (e != Errc::ok) return e;
  out = std::move(m);
  return Errc::ok;
}

Bytes encode(const ImageRequest& m) {
  WN_CHECK_LE(m.wants.size(), kWantsMax * 32);
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.fixed64(1, m.image);
  w.varint(2, m.offset);
  w.varint(3, m.replica.value);
  w.bytes(4, m.session.view());
  w.bytes(5, m.wants.view());
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, ImageRequest& out) {
  ProtoReader in(bytes);
  ImageRequest m;
  ByteView session, wants;
  if (!in.fixed64(1, m.image) || !in.varint(2, m.offset) || !get_replica(in, 3, m.replica) ||
      !in.bytes(4, session) || !in.bytes(5, wants) || !in.done() || !m.replica || wants.size() % 32 != 0) {
    return Errc::corrupt;
  }
  if (wants.size() > kWantsMax * 32 || session.size() > kImagePartBytesMax) return Errc::too_large;
  m.session = Bytes::copy_of(session);
  m.wants = Bytes::copy_of(wants);
  out = std::move(m);
  return Errc::ok;
}

Bytes encode(const ImagePart& m) {
  WN_CHECK_LE(m.bytes.size(), kImagePartBytesMax);
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.fixed64(1, m.image);
  w.varint(2, m.total);
  w.varint(3, m.offset);
  w.varint(4, m.replica.value);
  w.varint(5, m.chunks);
  w.bytes(6, m.name.view());
  w.bytes(7, m.session.view());
  w.bytes(8, m.bytes.view());
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, ImagePart& out) {
  ProtoReader in(bytes);
  ImagePart m;
  ByteView name, session, part;
  if (!in.fixed64(1, m.image) || !in.varint(2, m.total) || !in.varint(3, m.offset) ||
      !get_replica(in, 4, m.replica) || !in.varint(5, m.chunks) || !in.bytes(6, name) ||
      !in.bytes(7, session) || !in.bytes(8, part) || !in.done() || !m.replica || name.size() != 32) {
    return Errc::corrupt;
  }
  if (part.size() > kImagePartBytesMax || session.size() > kImagePartBytesMax) return Errc::too_large;
  m.name = Bytes::copy_of(name);
  m.session = Bytes::copy_of(session);
  m.bytes = Bytes::copy_of(part);
  out = std::move(m);
  return Errc::ok;
}

Bytes encode(const SectionRequest& m) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, m.request);
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, SectionRequest& out) {
  ProtoReader in(bytes);
  return in.varint(1, out.request) && in.done() ? Errc::ok : Errc::corrupt;
}

Bytes encode(const SectionReply& m) {
  WN_CHECK_LE(m.section.size(), kSectionBytesMax);
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  w.varint(1, m.request);
  w.bytes(2, m.section.view());
  std::vector<std::uint8_t> clocks, fields;
  ProtoWriter c(clocks), f(fields);
  for (const SectionReply::Clock& clock : m.clocks) {
    c.varint(1, clock.member.value);
    c.fixed64(2, static_cast<std::uint64_t>(clock.offset_ns));  // two's complement
    c.fixed64(3, clock.error_ns);
  }
  for (const SectionReply::Field& field : m.fields) {
    f.varint(1, field.number);
    f.varint(2, field.place);
  }
  w.bytes(3, clocks);
  w.bytes(4, fields);
  return Bytes::copy_of(ByteView(bytes));
}

namespace {

bool narrow(std::uint64_t wide, std::uint32_t& out) {
  out = static_cast<std::uint32_t>(wide);
  return wide == out;
}

Errc decode_clocks(ByteView bytes, std::vector<SectionReply::Clock>& out) {
  for (ProtoReader in(bytes); !in.done();) {
    std::uint64_t member = 0, offset = 0, error = 0;
    std::uint32_t node = 0;
    if (!in.varint(1, member) || !in.fixed64(2, offset) || !in.fixed64(3, error) || !narrow(member, node))
      return Errc::corrupt;
    const auto signed_offset = static_cast<std::int64_t>(offset);
    if (signed_offset > kClockOffsetMaxNs || signed_offset < -kClockOffsetMaxNs ||
        error > static_cast<std::uint64_t>(kClockOffsetMaxNs) ||
        (!out.empty() && node <= out.back().member.value))
      return Errc::corrupt;
    if (out.size() == kMembersMax) return Errc::too_large;
    out.push_back({.member = NodeId{node}, .offset_ns = signed_offset, .error_ns = error});
  }
  return Errc::ok;
}

Errc decode_fields(ByteView bytes, std::vector<SectionReply::Field>& out) {
  for (ProtoReader in(bytes); !in.done();) {
    std::uint64_t number = 0, place = 0;
    SectionReply::Field field;
    if (!in.varint(1, number) || !in.varint(2, place) || !narrow(number, field.number) ||
        !narrow(place, field.place) || (!out.empty() && field.number <= out.back().number))
      return Errc::corrupt;
    if (out.size() == kSectionFieldsMax) return Errc::too_large;
    out.push_back(field);
  }
  return Errc::ok;
}

}  // namespace

Errc decode(ByteView bytes, SectionReply& out) {
  ProtoReader in(bytes);
  SectionReply m;
  ByteView section, clocks, fields;
  if (!in.varint(1, m.request) || !in.bytes(2, section) || !in.bytes(3, clocks) || !in.bytes(4, fields) ||
      !in.done())
    return Errc::corrupt;
  if (section.size() > kSectionBytesMax) return Errc::too_large;
  if (const Errc e = decode_clocks(clocks, m.clocks); e != Errc::ok) return e;
  if (const Errc e = decode_fields(fields, m.fields); e != Errc::ok) return e;
  m.section = Bytes::copy_of(section);
  out = std::move(m);
  return Errc::ok;
}

}  // namespace wn::realm
