#include "runtime/crdt/wire.h"

#include "runtime/base/check.h"

namespace wn::crdt::wire {

namespace {

bool get_replica(std::uint64_t number, std::uint32_t& replica) {
  replica = static_cast<std::uint32_t>(number);
  return number != 0 && number <= 0xFFFFFFFFU;
}
bool in_counter(std::uint64_t counter) { return counter != 0 && counter <= causality::kDotCounterMax; }
bool in_total(std::int64_t total) { return total >= -kCounterTotalMax && total <= kCounterTotalMax; }

void put_value(std::vector<std::uint8_t>& out, std::uint32_t base, const Value& value) {
  ProtoWriter writer(out);
  const std::uint32_t field = base + static_cast<std::uint32_t>(value.kind());
  switch (value.kind()) {
    case Kind::none:
    case Kind::boolean:
      return writer.varint(field, value.boolean() ? 1 : 0);
    case Kind::integer:
      return writer.varint(field, zigzag(value.integer()));
    case Kind::string:
    case Kind::bytes:
      return writer.bytes(field, value.bytes());
  }
}

bool get_value(ProtoReader& reader, std::uint32_t base, std::size_t bytes_max, Value& value) {
  std::uint64_t number = 0;
  ByteView bytes;
  if (next_varint(reader, base, number)) {
    value = Value{};
    return number == 0;
  }
  if (next_varint(reader, base + 1, number)) {
    value = Value::of(number != 0);
    return number <= 1;
  }
  if (next_varint(reader, base + 2, number)) {
    value = Value::of(unzigzag(number));
    return true;
  }
  if (next_bytes(reader, base + 3, bytes)) {
    value = Value::of(as_text(bytes));
    return bytes.size() <= bytes_max;
  }
  value = Value{};
  if (!next_bytes(reader, base + 4, bytes)) return false;
  value = Value::of(bytes);
  return bytes.size() <= bytes_max;
}

}  // namespace

Nest::~Nest() {
  const std::size_t size = out_.size() - begin_;
  out_[begin_ - 1] = static_cast<std::uint8_t>(size < 0x80 ? size : ((size & 0x7F) | 0x80));
  if (size < 0x80) return;
  std::uint8_t rest[10];
  std::size_t count = 0;
  for (std::size_t left = size >> 7; left != 0; left >>= 7) {
    rest[count++] = static_cast<std::uint8_t>(left < 0x80 ? left : ((left & 0x7F) | 0x80));
  }
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(begin_), rest, rest + count);
}

void put_header(std::vector<std::uint8_t>& out, Dot dot) {
  ProtoWriter writer(out);
  writer.varint(1, kVersion);
  writer.varint(2, dot.replica.value);
  writer.varint(3, dot.counter);
}

void put_member(std::vector<std::uint8_t>& out, const Value& member) { put_value(out, 1, member); }

void put_path(std::vector<std::uint8_t>& out, const Store& store, std::uint32_t slot) {
  std::uint32_t chain[kNestingDepthMax + 1];
  std::size_t depth = 0;
  for (; slot != 0; slot = store.slot(slot).parent) {
    WN_CHECK_LE(depth, kNestingDepthMax);
    chain[depth++] = slot;
  }
  const Nest path(out, 1);
  while (depth-- != 0) {
    const Slot& s = store.slot(chain[depth]);
    if (s.type == Type::member) {
      const Nest key(out, static_cast<std::uint32_t>(s.type));
      put_member(out, s.key.view());
    } else {
      ProtoWriter(out).bytes(static_cast<std::uint32_t>(s.type), s.key.view().bytes());
    }
  }
}

void put_entry(std::vector<std::uint8_t>& out, const Entry& entry, Type type, const Value& value) {
  const Nest item(out, 1);
  ProtoWriter writer(out);
  writer.varint(1, entry.replica);
  writer.varint(2, entry.counter);
  if (!is_register(type)) return;
  writer.fixed64(3, entry.time);
  writer.varint(4, entry.stamp_replica);
  put_value(out, 5, value);
}

void put_dot(std::vector<std::uint8_t>& out, std::uint32_t field, Dot dot) {
  ProtoWriter writer(out);
  writer.head(field, 2 + proto::varint_size(dot.replica.value) + proto::varint_size(dot.counter));
  writer.varint(1, dot.replica.value);
  writer.varint(2, dot.counter);
}

void put_share(std::vector<std::uint8_t>& out, const Share& share, Type type, const Amounts& by) {
  const Nest item(out, 1);
  ProtoWriter writer(out);
  writer.varint(1, share.replica);
  writer.varint(2, share.born);
  writer.varint(3, share.now);
  writer.varint(4, zigzag(share.total));
  if (type == Type::bounded) {
    writer.varint(5, share.peer);
    writer.varint(6, zigzag(share.spent));
  }
  if (share.floor != 0) {
    writer.varint(7, share.floor);
    writer.varint(8, zigzag(share.floor_total));
    writer.varint(9, share.mark_replica);
    writer.varint(10, share.mark_counter);
  }
  if (by.total != 0) writer.varint(11, zigzag(by.total));
  if (by.spent != 0) writer.varint(12, zigzag(by.spent));
}

bool get_header(ProtoReader& reader, Dot& dot) {
  std::uint64_t version = 0;
  std::uint64_t replica = 0;
  if (!reader.varint(1, version) || version != kVersion) return false;
  if (!reader.varint(2, replica) || !reader.varint(3, dot.counter)) return false;
  dot.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
  if (replica == 0) return dot.counter == 0;
  return replica <= 0xFFFFFFFFU && in_counter(dot.counter);
}

bool get_step(ByteView& path, const Options& options, Type& type, Value& key) {
  const std::uint32_t field = path[0] >> 3;
  ByteView bytes;
  ProtoReader reader(path);
  if (field < 1 || field > static_cast<std::uint32_t>(Type::member) || !reader.bytes(field, bytes))
    return false;
  type = static_cast<Type>(field);
  path = path.subspan(1 + proto::varint_size(bytes.size()) + bytes.size());
  if (type == Type::member) {
    ProtoReader member(bytes);
    return get_value(member, 1, options.value_bytes_max, key) && member.done();
  }
  key = Value::of(as_text(bytes));
  return bytes.size() <= options.key_bytes_max;
}

bool get_part(ProtoReader& reader, const Options& options, PartView& part) {
  ByteView bytes;
  if (!reader.bytes(4, bytes)) return false;
  ProtoReader inner(bytes);
  if (!inner.bytes(1, part.path) || !inner.bytes(2, part.payload) || !inner.done()) return false;
  ByteView path = part.path;
  Type above = Type::map;
  Value key;
  for (part.depth = 0; !path.empty(); ++part.depth) {
    if (part.depth > options.max_nesting_depth) return false;
    if (!get_step(path, options, part.leaf, key)) return false;
    const bool fits =
        above == Type::map ? part.leaf != Type::member : above == Type::set && part.leaf == Type::member;
    if (!fits) return false;
    above = part.leaf;
  }
  // A member is no level of its own.
  const std::uint32_t levels = part.depth - (part.leaf == Type::member ? 1 : 0);
  return part.depth != 0 && part.leaf != Type::set && levels <= options.max_nesting_depth;
}

bool get_entry(ByteView item, Type type, const Options& options, Entry& entry, Value& value) {
  ProtoReader reader(item);
  std::uint64_t replica = 0;
  if (!reader.varint(1, replica) || !get_replica(replica, entry.replica)) return false;
  if (!reader.varint(2, entry.counter) || !in_counter(entry.counter)) return false;
  if (is_register(type)) {
    if (!reader.fixed64(3, entry.time) || !reader.varint(4, replica) || replica > 0xFFFFFFFFU) return false;
    entry.stamp_replica = static_cast<std::uint32_t>(replica);
    if (!get_value(reader, 5, options.value_bytes_max, value)) return false;
  }
  return reader.done();
}

bool get_dot(ByteView item, Dot& dot) {
  ProtoReader reader(item);
  std::uint64_t replica = 0;
  return reader.varint(1, replica) && get_replica(replica, dot.replica.value) &&
         reader.varint(2, dot.counter) && in_counter(dot.counter) && reader.done();
}

bool get_share(ByteView item, Type type, Share& share, Amounts& by) {
  ProtoReader reader(item);
  std::uint64_t number = 0;
  std::uint64_t total = 0;
  std::uint64_t spent = 0;
  if (!reader.varint(1, number) || !get_replica(number, share.replica)) return false;
  if (!reader.varint(2, share.born) || !in_counter(share.born)) return false;
  if (!reader.varint(3, share.now) || !in_counter(share.now) || share.now < share.born) return false;
  if (!reader.varint(4, total)) return false;
  share.total = unzigzag(total);
  if (type == Type::bounded) {
    if (!reader.varint(5, number) || !get_replica(number, share.peer) || !reader.varint(6, spent))
      return false;
    share.spent = unzigzag(spent);
    if (share.total < 0 || share.spent < 0 || !in_total(share.spent)) return false;
  }
  if (!in_total(share.total) || (type == Type::g_counter && share.total < 0)) return false;
  if (next_varint(reader, 7, share.floor)) {
    if (share.floor < share.born || share.floor > share.now || !reader.varint(8, total)) return false;
    share.floor_total = unzigzag(total);
    if (!in_total(share.floor_total) || (type == Type::bounded && share.floor_total != 0)) return false;
    if (type == Type::g_counter && (share.floor_total < 0 || share.floor_total > share.total)) return false;
    if (!reader.varint(9, number) || !get_replica(number, share.mark_replica)) return false;
    if (!reader.varint(10, share.mark_counter) || !in_counter(share.mark_counter)) return false;
  }
  if (next_varint(reader, 11, total)) by.total = unzigzag(total);
  if (next_varint(reader, 12, spent)) by.spent = unzigzag(spent);
  return in_total(by.total) && in_total(by.spent) && reader.done();
}

}  // namespace wn::crdt::wire
