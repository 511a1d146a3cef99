#pragma once
// Inside the room: the bytes of deltas and states. Protobuf wire encoding, canonical for one state:
//
//   Delta  1: version = 1   2: replica   3: counter (both 0 for a state)   4: Part, repeated
//   Part   1: path          2: payload, by the type of the path's last step
//   path   for every step a bytes field whose NUMBER is the step's type and whose bytes are the key;
//          a member's key is an encoded value
//   entries (map, member, lww, mv)
//          1: { 1: replica  2: counter  [lww, mv: 3: time, fixed64  4: stamp's replica  5 + kind: value] },
//          repeated 2: overwritten dot { 1: replica  2: counter }, repeated
//   shares 1: { 1: replica  2: born  3: now  4: total  [bounded: 5: peer  6: spent]
//               [when cut: 7: floor  8: floor total  9, 10: mark]
//               [when not 0: 11, 12: what the operation added] }, repeated. Signed numbers in zigzag.
//   text   see text_wire.h
#include <vector>

#include "runtime/base/proto_wire.h"
#include "runtime/crdt/slot.h"

namespace wn::crdt::wire {

inline constexpr std::uint64_t kVersion = 1;

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

// Appends to a vector of the caller as ProtoWriter does (field numbers below 16), in line. What it has
// written is in the vector once flush() was called or it is gone.
class Out {
 public:
  explicit Out(std::vector<std::uint8_t>& bytes) : bytes_(bytes), size_(bytes.size()) {}
  ~Out() { flush(); }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  void flush() { bytes_.resize(size_); }

  void varint(std::uint32_t field, std::uint64_t value) {
    std::uint8_t* at = room(11);
    *at++ = static_cast<std::uint8_t>(field << 3);
    size_ = static_cast<std::size_t>(put_raw(at, value) - bytes_.data());
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    std::uint8_t* at = room(9);
    *at++ = static_cast<std::uint8_t>((field << 3) | proto::kFixed64);
    for (int i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
    size_ += 9;
  }
  void bytes(std::uint32_t field, ByteView value) {
    std::uint8_t* at = room(11 + value.size());
    *at++ = static_cast<std::uint8_t>((field << 3) | proto::kBytes);
    at = put_raw(at, value.size());
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    size_ = static_cast<std::size_t>(at - bytes_.data()) + value.size();
  }

 private:
  friend class Nest;
  static constexpr std::size_t kStep = 256;  // the vector grows by as much at a time while it is written
  std::uint8_t* room(std::size_t size) {
    if (size_ + size > bytes_.size()) bytes_.resize(size_ + size + kStep);
    return bytes_.data() + size_;
  }
  static std::uint8_t* put_raw(std::uint8_t* at, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<std::uint8_t>(value | 0x80);
    *at++ = static_cast<std::uint8_t>(value);
    return at;
  }
  std::vector<std::uint8_t>& bytes_;
  std::size_t size_;
};

// A nested message that is written before its length is known.
class Nest {
 public:
  Nest(Out& out, std::uint32_t field) : out_(out) {
    std::uint8_t* at = out_.room(2);
    at[0] = static_cast<std::uint8_t>((field << 3) | proto::kBytes);
    begin_ = out_.size_ += 2;
  }
  ~Nest() {
    const std::size_t size = out_.size_ - begin_;
    if (size < 0x80) {
      out_.bytes_[begin_ - 1] = static_cast<std::uint8_t>(size);
    } else {
      widen(size);
    }
  }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  void widen(std::size_t size);
  Out& out_;
  std::size_t begin_;
};

// Reads what Out and ProtoWriter write, as ProtoReader does (field numbers below 16), in line: merging is
// mostly this. Each call leaves the reader where it was when another field comes next.
class In {
 public:
  explicit In(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool done() const { return at_ == end_; }
  std::uint32_t field() const { return *at_ >> 3; }  // of what comes next. REQUIRES !done()

  [[nodiscard]] bool varint(std::uint32_t field, std::uint64_t& value) {
    return tag(field, proto::kVarint) && raw(value);
  }
  [[nodiscard]] bool fixed64(std::uint32_t field, std::uint64_t& value) {
    if (!tag(field, proto::kFixed64) || end_ - at_ < 8) return false;
    value = 0;
    for (int i = 0; i < 8; ++i) value |= std::uint64_t{at_[i]} << (8 * i);
    at_ += 8;
    return true;
  }
  [[nodiscard]] bool bytes(std::uint32_t field, ByteView& value) {
    std::uint64_t size = 0;
    if (!tag(field, proto::kBytes) || !raw(size) || size > static_cast<std::uint64_t>(end_ - at_))
      return false;
    value = ByteView(at_, size);
    at_ += size;
    return true;
  }
  ByteView rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

 private:
  bool tag(std::uint32_t field, std::uint32_t type) {
    if (at_ == end_ || *at_ != ((field << 3) | type)) return false;
    ++at_;
    return true;
  }
  bool raw(std::uint64_t& value) {
    if (at_ != end_ && *at_ < 0x80) [[likely]] {
      value = *at_++;
      return true;
    }
    value = 0;
    for (std::uint32_t shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const std::uint8_t byte = *at_++;
      if (shift == 63 && byte > 1) return false;
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return shift == 0 || byte != 0;  // minimal only
    }
    return false;
  }
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

void put_header(Out& out, Dot dot);
void put_path(Out& out, const Store& store, std::uint32_t slot);
// `header`: the dot of the delta; no dot in a state.
void put_entry(Out& out, const Entry& entry, Type type, const Value& value, Dot header);
inline void put_entry(Out& out, const Entry& entry, Type type, Dot header) {
  put_entry(out, entry, type, entry.value.view(), header);
}
void put_dot(Out& out, std::uint32_t field, Dot dot);
void put_share(Out& out, const Share& share, Type type, const Amounts& by = {});
void put_member(Out& out, const Value& member);  // a member's key

struct PartView {
  ByteView path;
  ByteView payload;
  Type leaf{};
  Value key;  // of the path's last step
  std::uint32_t depth = 0;
};

// Each reads one item and checks all of it; false: not what its writer would have written.
inline bool get_replica(std::uint64_t number, std::uint32_t& replica) {
  replica = static_cast<std::uint32_t>(number);
  return number != 0 && number <= 0xFFFFFFFFU;
}
inline bool in_counter(std::uint64_t counter) { return counter != 0 && counter <= causality::kDotCounterMax; }
inline bool get_header(In& reader, Dot& dot) {
  std::uint64_t version = 0;
  std::uint64_t replica = 0;
  if (!reader.varint(1, version) || version != kVersion) return false;
  if (!reader.varint(2, replica) || !reader.varint(3, dot.counter)) return false;
  dot.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
  if (replica == 0) return dot.counter == 0;
  return replica <= 0xFFFFFFFFU && in_counter(dot.counter);
}
bool get_part(In& reader, const Options& options, PartView& part);
bool get_step(ByteView& path, const Options& options, Type& type, Value& key);  // takes one step off
bool get_entry(ByteView item, Type type, const Options& options, Dot header, Entry& entry, Value& value);
inline bool get_dot(ByteView item, Dot& dot) {
  In reader(item);
  std::uint64_t replica = 0;
  return reader.varint(1, replica) && get_replica(replica, dot.replica.value) &&
         reader.varint(2, dot.counter) && in_counter(dot.counter) && reader.done();
}
bool get_share(ByteView item, Type type, Share& share, Amounts& by);

}  // namespace wn::crdt::wire
