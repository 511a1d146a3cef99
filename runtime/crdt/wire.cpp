#include "runtime/crdt/wire.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::crdt::wire {

namespace {

bool in_total(std::int64_t total) { return total >= -kCounterTotalMax && total <= kCounterTotalMax; }

void put_value(Out& out, std::uint32_t base, const Value& value) {
  const std::uint32_t field = base + static_cast<std::uint32_t>(value.kind());
  switch (value.kind()) {
    case Kind::none:
    case Kind::boolean:
      return out.varint(field, value.boolean() ? 1 : 0);
    case Kind::integer:
      return out.varint(field, zigzag(value.integer()));
    case Kind::string:
    case Kind::bytes:
      return out.bytes(field, value.bytes());
  }
}

bool get_value(In& reader, std::uint32_t base, std::size_t bytes_max, Value& value) {
  std::uint64_t number = 0;
  ByteView bytes;
  if (reader.varint(base, number)) {
    value = Value{};
    return number == 0;
  }
  if (reader.varint(base + 1, number)) {
    value = Value::of(number != 0);
    return number <= 1;
  }
  if (reader.varint(base + 2, number)) {
    value = Value::of(unzigzag(number));
    return true;
  }
  if (reader.bytes(base + 3, bytes)) {
    value = Value::of(as_text(bytes));
    return bytes.size() <= bytes_max;
  }
  value = Value{};
  if (!reader.bytes(base + 4, bytes)) return false;
  value = Value::of(bytes);
  return bytes.size() <= bytes_max;
}

}  // namespace

// The length needs more than the byte that was kept for it: moves the message up.
void Nest::widen(std::size_t size) {
  std::uint8_t length[10];
  const auto count = static_cast<std::size_t>(Out::put_raw(length, size) - length);
  std::uint8_t* end = out_.room(count) + count - 1;
  std::uint8_t* begin = out_.bytes_.data() + begin_;
  std::copy_backward(begin, begin + size, end);
  std::copy(length, length + count, begin - 1);
  out_.size_ += count - 1;
}

void put_header(Out& out, Dot dot) {
  out.varint(1, kVersion);
  out.varint(2, dot.replica.value);
  out.varint(3, dot.counter);
}

void put_member(Out& out, const Value& member) { put_value(out, 1, member); }

void put_path(Out& out, const Store& store, std::uint32_t slot) {
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
      out.bytes(static_cast<std::uint32_t>(s.type), s.key.view().bytes());
    }
  }
}

void put_entry(Out& out, const Entry& entry, Type type, const Value& value, Dot header) {
  const Nest item(out, 1);
  if (entry.dot() != header) {
    out.varint(1, entry.replica);
    out.varint(2, entry.counter);
  }
  if (!is_register(type)) return;
  out.fixed64(3, entry.time);
  if (entry.stamp_replica != entry.replica) out.varint(4, entry.stamp_replica);
  put_value(out, 5, value);
}

void put_dot(Out& out, std::uint32_t field, Dot dot) {
  const Nest item(out, field);
  out.varint(1, dot.replica.value);
  out.varint(2, dot.counter);
}

void put_share(Out& out, const Share& share, Type type, const Amounts& by) {
  const Nest item(out, 1);
  out.varint(1, share.replica);
  out.varint(2, share.born);
  out.varint(3, share.now);
  out.varint(4, zigzag(share.total));
  if (type == Type::bounded) {
    out.varint(5, share.peer);
    out.varint(6, zigzag(share.spent));
  }
  if (share.floor != 0) {
    out.varint(7, share.floor);
    out.varint(8, zigzag(share.floor_total));
    out.varint(9, share.mark_replica);
    out.varint(10, share.mark_counter);
  }
  if (by.total != 0) out.varint(11, zigzag(by.total));
  if (by.spent != 0) out.varint(12, zigzag(by.spent));
}

bool get_step(ByteView& path, const Options& options, Type& type, Value& key) {
  In reader(path);
  const std::uint32_t field = reader.field();
  ByteView bytes;
  if (field < 1 || field > static_cast<std::uint32_t>(Type::member) || !reader.bytes(field, bytes))
    return false;
  type = static_cast<Type>(field);
  path = reader.rest();
  if (type == Type::member) {
    In member(bytes);
    return get_value(member, 1, options.value_bytes_max, key) && member.done();
  }
  key = Value::of(as_text(bytes));
  return bytes.size() <= options.key_bytes_max;
}

bool get_part(In& reader, const Options& options, PartView& part) {
  ByteView bytes;
  if (!reader.bytes(4, bytes)) return false;
  In inner(bytes);
  if (!inner.bytes(1, part.path) || !inner.bytes(2, part.payload) || !inner.done()) return false;
  ByteView path = part.path;
  Type above = Type::map;
  for (part.depth = 0; !path.empty(); ++part.depth) {
    if (part.depth > options.max_nesting_depth) return false;
    if (!get_step(path, options, part.leaf, part.key)) return false;
    const bool fits =
        above == Type::map ? part.leaf != Type::member : above == Type::set && part.leaf == Type::member;
    if (!fits) return false;
    above = part.leaf;
  }
  // A member is no level of its own.
  const std::uint32_t levels = part.depth - (part.leaf == Type::member ? 1 : 0);
  return part.depth != 0 && part.leaf != Type::set && levels <= options.max_nesting_depth;
}

bool get_entry(ByteView item, Type type, const Options& options, Dot header, Entry& entry, Value& value) {
  In reader(item);
  std::uint64_t replica = 0;
  entry.replica = header.replica.value;
  entry.counter = header.counter;
  if (reader.varint(1, replica)) {
    if (!get_replica(replica, entry.replica)) return false;
    if (!reader.varint(2, entry.counter) || !in_counter(entry.counter) || entry.dot() == header) return false;
  }
  if (!header && replica == 0) return false;  // a state says it
  entry.stamp_replica = 0;
  entry.time = 0;
  if (is_register(type)) {
    if (!reader.fixed64(3, entry.time)) return false;
    entry.stamp_replica = entry.replica;
    if (reader.varint(4, replica)) {
      if (replica > 0xFFFFFFFFU || replica == entry.replica) return false;
      entry.stamp_replica = static_cast<std::uint32_t>(replica);
    }
    if (!get_value(reader, 5, options.value_bytes_max, value)) return false;
  }
  return reader.done();
}

bool get_share(ByteView item, Type type, Share& share, Amounts& by) {
  In reader(item);
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
  if (reader.varint(7, share.floor)) {
    if (share.floor < share.born || share.floor > share.now || !reader.varint(8, total)) return false;
    share.floor_total = unzigzag(total);
    if (!in_total(share.floor_total) || (type == Type::bounded && share.floor_total != 0)) return false;
    if (type == Type::g_counter && (share.floor_total < 0 || share.floor_total > share.total)) return false;
    if (!reader.varint(9, number) || !get_replica(number, share.mark_replica)) return false;
    if (!reader.varint(10, share.mark_counter) || !in_counter(share.mark_counter)) return false;
  }
  if (reader.varint(11, total)) by.total = unzigzag(total);
  if (reader.varint(12, spent)) by.spent = unzigzag(spent);
  return in_total(by.total) && in_total(by.spent) && reader.done();
}

}  // namespace wn::crdt::wire
