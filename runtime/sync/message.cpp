#include "runtime/sync/message.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::sync {
namespace {

void put_varint(std::uint64_t value, std::vector<std::uint8_t>& out) { ProtoWriter(out).raw(value); }
void put_word(std::uint64_t word, std::vector<std::uint8_t>& out) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * i));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
constexpr std::uint64_t expected_count(std::uint32_t index, std::uint64_t items) {
  return 2 * items / (2 + std::uint64_t{index});
}

constexpr std::uint8_t byte_of(const ItemId& item, std::size_t i) {
  return static_cast<std::uint8_t>(item.word[i / 8] >> (56 - 8 * (i % 8)));
}

}  // namespace

void encode(const Frame& frame, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  w.varint(1, static_cast<std::uint64_t>(frame.kind));
  w.fixed64(2, frame.session);
  w.varint(3, frame.request);
  w.fixed64(4, frame.token);
  w.varint(5, frame.a);
  w.varint(6, frame.b);
  w.bytes(7, frame.body);
}

Errc decode(ByteView bytes, Frame& out) {
  ProtoReader in(bytes);
  Frame frame;
  std::uint64_t kind = 0;
  if (!in.varint(1, kind) || kind == 0 || kind >= kKindsEnd || !in.fixed64(2, frame.session) ||
      !in.varint(3, frame.request) || !in.fixed64(4, frame.token) || !in.varint(5, frame.a) ||
      !in.varint(6, frame.b) || !in.bytes(7, frame.body) || !in.done()) {
    return Errc::corrupt;
  }
  frame.kind = static_cast<Kind>(kind);
  out = frame;
  return Errc::ok;
}

void put_nonce(const Nonce& nonce, std::vector<std::uint8_t>& out) {
  put_word(nonce.first, out);
  put_word(nonce.second, out);
}

bool get_nonce(ByteView bytes, Nonce& out) {
  Cursor in(bytes);
  return in.word(out.first) && in.word(out.second) && in.done();
}

SessionKey key_of(std::uint64_t session, const Nonce& asker, const Nonce& giver) {
  const ItemId both{{giver.first, giver.second, session, 0x796E632F6B657931ULL}};
  const ItemHash hash = hash_of({asker.first, asker.second}, both);
  return {hash.check, hash.spread};
}

bool Cursor::byte(std::uint8_t& out) {
  if (done()) return false;
  out = in_[at_++];
  return true;
}

bool Cursor::varint(std::uint64_t& out) {
  out = 0;
  for (std::uint32_t shift = 0; shift < 70; shift += 7) {
    std::uint8_t next = 0;
    if (!byte(next) || (shift == 63 && next > 1)) return false;
    out |= std::uint64_t{next & 0x7FU} << shift;
    if (next < 0x80) return shift == 0 || next != 0;  // minimal only
  }
  return false;
}

bool Cursor::word(std::uint64_t& out) {
  if (in_.size() - at_ < 8) return false;
  out = 0;
  for (std::size_t i = 0; i < 8; ++i) out |= std::uint64_t{in_[at_ + i]} << (8 * i);
  at_ += 8;
  return true;
}

bool Cursor::view(std::size_t size, ByteView& out) {
  if (in_.size() - at_ < size) return false;
  out = in_.subspan(at_, size);
  at_ += size;
  return true;
}

bool Cursor::item(ItemId& out) {
  ByteView bytes;
  if (!view(ItemId::kBytes, bytes)) return false;
  out = item_from(bytes);
  return true;
}

void put_symbol(const Symbol& symbol, std::uint32_t index, std::uint64_t items,
                std::vector<std::uint8_t>& out) {
  append(symbol.sum, out);
  put_word(symbol.check, out);
  put_varint(zigzag(symbol.count - static_cast<std::int64_t>(expected_count(index, items))), out);
}

bool get_symbol(Cursor& in, std::uint32_t index, std::uint64_t items, Symbol& out) {
  std::uint64_t distance = 0;
  if (!in.item(out.sum) || !in.word(out.check) || !in.varint(distance)) return false;
  const std::int64_t expected = static_cast<std::int64_t>(expected_count(index, items));
  return !__builtin_add_overflow(expected, unzigzag(distance), &out.count) && out.count >= 0 &&
         static_cast<std::uint64_t>(out.count) <= items;
}

ItemId bound_between(const ItemId& before, const ItemId& item) {
  ItemId bound;
  for (std::size_t i = 0; i < ItemId::kBytes; ++i) {
    bound.word[i / 8] |= std::uint64_t{byte_of(item, i)} << (56 - 8 * (i % 8));
    if (byte_of(before, i) != byte_of(item, i)) break;
  }
  return bound;
}

ItemId after(const ItemId& item) {
  ItemId next = item;
  for (std::size_t i = 4; i-- > 0;) {
    if (++next.word[i] != 0) return next;
  }
  return next;
}

void put_bound(const ItemId& bound, std::vector<std::uint8_t>& out) {
  std::size_t size = ItemId::kBytes;
  while (size > 0 && byte_of(bound, size - 1) == 0) --size;
  out.push_back(static_cast<std::uint8_t>(size));
  for (std::size_t i = 0; i < size; ++i) out.push_back(byte_of(bound, i));
}

bool get_bound(Cursor& in, ItemId& out) {
  std::uint8_t size = 0;
  ByteView bytes;
  if (!in.byte(size) || size > ItemId::kBytes || !in.view(size, bytes)) return false;
  if (size > 0 && bytes.back() == 0) return false;
  out = {};
  for (std::size_t i = 0; i < size; ++i) out.word[i / 8] |= std::uint64_t{bytes[i]} << (56 - 8 * (i % 8));
  return true;
}

void put_question(const Range& range, bool list, std::vector<std::uint8_t>& out) {
  out.push_back(static_cast<std::uint8_t>((list ? 1 : 0) | (range.to_end ? 2 : 0)));
  put_bound(range.low, out);
  if (!range.to_end) put_bound(range.high, out);
}

bool get_question(Cursor& in, Range& range, bool& list) {
  std::uint8_t flags = 0;
  if (!in.byte(flags) || flags > 3 || !get_bound(in, range.low)) return false;
  list = (flags & 1) != 0;
  range.to_end = (flags & 2) != 0;
  return range.to_end || (get_bound(in, range.high) && range.low < range.high);
}

void put_split(const KeyedView& keyed, const Range& range, std::vector<std::uint8_t>& out) {
  const View& view = keyed.view();
  const std::size_t first = view.below(range.low);
  const std::size_t last = range.to_end ? view.size() : view.below(range.high);
  const std::size_t parts = std::clamp<std::size_t>(last - first, 1, kSplit);
  out.push_back(static_cast<std::uint8_t>(Answer::split));
  out.push_back(static_cast<std::uint8_t>(parts));
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t from = first + (last - first) * i / parts;
    const std::size_t to = first + (last - first) * (i + 1) / parts;
    if (i > 0) put_bound(bound_between(view[from - 1], view[from]), out);
    put_varint(to - from, out);
    put_fingerprint(keyed.fingerprint(from, to), out);
  }
}

bool get_split(Cursor& in, const Range& range, std::array<Part, kSplit>& out, std::size_t& parts) {
  std::uint8_t count = 0;
  if (!in.byte(count) || count == 0 || count > kSplit) return false;
  parts = count;
  for (std::size_t i = 0; i < parts; ++i) {
    Part& part = out[i];
    part.low = range.low;
    if (i > 0 && (!get_bound(in, part.low) || part.low <= out[i - 1].low)) return false;
    if (!in.varint(part.count) || !get_fingerprint(in, part.sum)) return false;
  }
  return range.to_end || out[parts - 1].low < range.high;
}

void put_list_head(Answer kind, std::size_t items, std::vector<std::uint8_t>& out) {
  out.push_back(static_cast<std::uint8_t>(kind));
  put_varint(items, out);
}

void put_strata(const Strata& strata, std::vector<std::uint8_t>& out) {
  for (const std::uint16_t sample : strata.sample) {
    out.push_back(static_cast<std::uint8_t>(sample));
    out.push_back(static_cast<std::uint8_t>(sample >> 8));
  }
}

bool get_strata(Cursor& in, Strata& out) {
  ByteView bytes;
  if (!in.view(Strata::kBytes, bytes)) return false;
  for (std::size_t i = 0; i < out.sample.size(); ++i) {
    out.sample[i] = static_cast<std::uint16_t>(bytes[2 * i] | (bytes[2 * i + 1] << 8));
  }
  return true;
}

void put_fingerprint(const Fingerprint& sum, std::vector<std::uint8_t>& out) {
  put_word(sum.low, out);
  put_word(sum.high, out);
}

bool get_fingerprint(Cursor& in, Fingerprint& out) { return in.word(out.low) && in.word(out.high); }

}  // namespace wn::sync
