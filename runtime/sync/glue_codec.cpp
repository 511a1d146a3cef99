// Sections and covers as bytes. A list is one length-delimited field of packed varints, a fixed number of
// them for each element (a property: its key, its version, how many values, then those).
//
// Section { 1: node, 2: context (replica, counter), 3: properties (high, low, property, version, count, count
//   times (replica, counter, value)), 4: names (parent, name, worknode, stamp, dot), 5: counters (worknode,
//   property, replica, rights, spent, dot), 6: moves (worknode, parent, stamp, dot),
//   7: revocations (token, time, dot), 8: uses (likewise) }
// Cover { 1: how many sections, 2: each, 3: clocks (from, to, offset, error), 4: lenses (from, to, field,
//   field), 5: twists (from, to, bits) }
// Identities of worknodes are two varints (high, low), dots two (replica, counter), stamps two (time,
// replica), signed numbers their bits.
#include "runtime/base/proto_wire.h"
#include "runtime/sync/glue_section.h"

namespace wn::sync {
namespace {

using causality::Dot;
using causality::HlcTime;

struct Out {
  std::vector<std::uint8_t> bytes;
  ProtoWriter writer{bytes};
  Out& operator<<(std::uint64_t value) {
    writer.raw(value);
    return *this;
  }
  Out& operator<<(const WorknodeId& id) { return *this << id.high << id.low; }
  Out& operator<<(const PropertyKey& key) { return *this << key.worknode << std::uint64_t{key.property}; }
  Out& operator<<(const Dot& dot) { return *this << std::uint64_t{dot.replica.value} << dot.counter; }
  Out& operator<<(const causality::Stamp& stamp) {
    return *this << stamp.time.value << std::uint64_t{stamp.replica.value};
  }
  Out& operator<<(const DottedValue& v) { return *this << v.dot << v.value; }
  Out& operator<<(const NameClaim& c) {
    return *this << c.parent << c.name << c.worknode << c.stamp << c.dot;
  }
  Out& operator<<(const CounterClaim& c) {
    return *this << c.counter << std::uint64_t{c.replica.value} << c.rights << c.spent << c.dot;
  }
  Out& operator<<(const MoveClaim& c) { return *this << c.worknode << c.parent << c.stamp << c.dot; }
  Out& operator<<(const TokenClaim& c) { return *this << c.token << c.time << c.dot; }
  Out& operator<<(const ClockOffset& c) {
    return *this << std::uint64_t{c.from} << std::uint64_t{c.to} << static_cast<std::uint64_t>(c.offset_ns)
                 << c.error_ns;
  }
  Out& operator<<(const LensPair& c) {
    return *this << std::uint64_t{c.from} << std::uint64_t{c.to} << std::uint64_t{c.field_from}
                 << std::uint64_t{c.field_to};
  }
  Out& operator<<(const Twist& c) { return *this << std::uint64_t{c.from} << std::uint64_t{c.to} << c.bits; }
};

struct In {
  ProtoReader reader;
  bool ok = true;
  explicit In(ByteView bytes) : reader(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    ok = ok && reader.raw(value);
    return value;
  }
  std::uint32_t small() {
    const std::uint64_t value = number();
    ok = ok && value <= ~std::uint32_t{0};
    return static_cast<std::uint32_t>(value);
  }
  void get(WorknodeId& id) {
    id.high = number();
    id.low = number();
  }
  void get(PropertyKey& key) {
    get(key.worknode);
    key.property = small();
  }
  void get(Dot& dot) {
    dot.replica = ReplicaId{small()};
    dot.counter = number();
    ok = ok && (dot.replica.value == 0) == (dot.counter == 0) && dot.counter <= causality::kDotCounterMax;
  }
  void get(causality::Stamp& stamp) {
    stamp.time = HlcTime{number()};
    stamp.replica = ReplicaId{small()};
  }
  void get(NameClaim& c) {
    get(c.parent);
    c.name = number();
    get(c.worknode);
    get(c.stamp);
    get(c.dot);
  }
  void get(CounterClaim& c) {
    get(c.counter);
    c.replica = ReplicaId{small()};
    c.rights = number();
    c.spent = number();
    get(c.dot);
  }
  void get(MoveClaim& c) {
    get(c.worknode);
    get(c.parent);
    get(c.stamp);
    get(c.dot);
  }
  void get(TokenClaim& c) {
    c.token = number();
    c.time = number();
    get(c.dot);
  }
  void get(ClockOffset& c) {
    c.from = small();
    c.to = small();
    c.offset_ns = static_cast<std::int64_t>(number());
    c.error_ns = number();
  }
  void get(LensPair& c) {
    c.from = small();
    c.to = small();
    c.field_from = small();
    c.field_to = small();
  }
  void get(Twist& c) {
    c.from = small();
    c.to = small();
    c.bits = number();
  }
};

template <class Items>
void put(ProtoWriter& w, std::uint32_t field, const Items& items) {
  Out out;
  for (const auto& item : items) out << item;
  w.bytes(field, out.bytes);
}

// Ascending, without duplicates, at most `most`.
template <class Items>
Errc get(ProtoReader& in, std::uint32_t field, std::size_t most, Items& items) {
  ByteView bytes;
  if (!in.bytes(field, bytes)) return Errc::corrupt;
  for (In list(bytes); !list.reader.done();) {
    if (items.size() == most) return Errc::too_large;
    typename Items::value_type item{};
    list.get(item);
    if (!list.ok || (!items.empty() && !(items.back() < item))) return Errc::corrupt;
    items.push_back(item);
  }
  return Errc::ok;
}

Errc get_properties(ProtoReader& in, Section& out) {
  ByteView bytes;
  if (!in.bytes(3, bytes)) return Errc::corrupt;
  std::vector<DottedValue> dotted;
  for (In list(bytes); !list.reader.done();) {
    PropertyKey key;
    list.get(key);
    const std::uint32_t version = list.small();
    const std::uint32_t count = list.small();
    if (!list.ok) return Errc::corrupt;
    if (count > kDotsPerPropertyMax) return Errc::too_large;
    dotted.clear();
    for (std::uint32_t i = 0; i < count && list.ok; ++i) {
      DottedValue value;
      list.get(value.dot);
      value.value = list.number();
      if (i > 0 && !(dotted.back().dot < value.dot)) return Errc::corrupt;
      dotted.push_back(value);
    }
    if (!list.ok) return Errc::corrupt;
    if (const Errc e = out.add(key, version, dotted); e != Errc::ok)
      return e == Errc::too_large ? e : Errc::corrupt;
  }
  return Errc::ok;
}

Errc get_context(ProtoReader& in, Section& out) {
  if (const Errc e = get(in, 2, kContextReplicasMax, out.context); e != Errc::ok) return e;
  for (std::size_t i = 0; i < out.context.size(); ++i) {
    if (!out.context[i] || (i > 0 && out.context[i - 1].replica == out.context[i].replica))
      return Errc::corrupt;
  }
  return Errc::ok;
}

}  // namespace

void encode(const Section& section, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  w.varint(1, section.node.value);
  put(w, 2, section.context);
  Out properties;
  for (std::size_t i = 0; i < section.keys.size(); ++i) {
    const PropertyState& state = section.states[i];
    properties << section.keys[i] << std::uint64_t{state.schema_version} << std::uint64_t{state.count};
    for (const DottedValue& value : section.values_of(i)) properties << value;
  }
  w.bytes(3, properties.bytes);
  put(w, 4, section.names);
  put(w, 5, section.counters);
  put(w, 6, section.moves);
  put(w, 7, section.revocations);
  put(w, 8, section.uses);
}

Errc decode(ByteView bytes, Section& out) {
  ProtoReader in(bytes);
  Section section(out.keys.get_allocator().resource());
  std::uint64_t node = 0;
  if (!in.varint(1, node) || node > ~std::uint32_t{0}) return Errc::corrupt;
  section.node = NodeId{static_cast<std::uint32_t>(node)};
  Errc e = get_context(in, section);
  if (e == Errc::ok) e = get_properties(in, section);
  if (e == Errc::ok) e = get(in, 4, kSectionClaimsMax, section.names);
  if (e == Errc::ok) e = get(in, 5, kSectionClaimsMax, section.counters);
  if (e == Errc::ok) e = get(in, 6, kSectionClaimsMax, section.moves);
  if (e == Errc::ok) e = get(in, 7, kSectionClaimsMax, section.revocations);
  if (e == Errc::ok) e = get(in, 8, kSectionClaimsMax, section.uses);
  if (e == Errc::ok && !in.done()) e = Errc::corrupt;
  if (e == Errc::ok) out = std::move(section);
  return e;
}

void encode(const Cover& cover, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  std::vector<std::uint8_t> section;
  w.varint(1, cover.sections.size());
  for (const Section& each : cover.sections) {
    section.clear();
    encode(each, section);
    w.bytes(2, section);
  }
  put(w, 3, cover.clocks);
  put(w, 4, cover.lenses);
  put(w, 5, cover.twists);
}

Errc decode(ByteView bytes, Cover& out) {
  ProtoReader in(bytes);
  std::pmr::memory_resource* memory = out.sections.get_allocator().resource();
  Cover cover(memory);
  std::uint64_t count = 0;
  if (!in.varint(1, count)) return Errc::corrupt;
  if (count > kSectionsMax) return Errc::too_large;
  for (std::uint64_t i = 0; i < count; ++i) {
    ByteView section;
    if (!in.bytes(2, section)) return Errc::corrupt;
    if (const Errc e = decode(section, cover.sections.emplace_back(memory)); e != Errc::ok) return e;
  }
  Errc e = get(in, 3, kEdgeFactsMax, cover.clocks);
  if (e == Errc::ok) e = get(in, 4, kEdgeFactsMax, cover.lenses);
  if (e == Errc::ok) e = get(in, 5, kEdgeFactsMax, cover.twists);
  if (e == Errc::ok && !in.done()) e = Errc::corrupt;
  if (e == Errc::ok) out = std::move(cover);
  return e;
}

}  // namespace wn::sync
