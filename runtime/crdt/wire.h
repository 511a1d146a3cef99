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

// A nested message that is written before its length is known.
class Nest {
 public:
  Nest(std::vector<std::uint8_t>& out, std::uint32_t field) : out_(out) {
    out_.push_back(static_cast<std::uint8_t>((field << 3) | proto::kBytes));
    out_.push_back(0);
    begin_ = out_.size();
  }
  ~Nest();
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  std::vector<std::uint8_t>& out_;
  std::size_t begin_;
};

// Reads the field when it comes next; else leaves the reader where it was.
inline bool next_bytes(ProtoReader& reader, std::uint32_t field, ByteView& value) {
  ProtoReader probe = reader;
  if (!probe.bytes(field, value)) return false;
  reader = probe;
  return true;
}
inline bool next_varint(ProtoReader& reader, std::uint32_t field, std::uint64_t& value) {
  ProtoReader probe = reader;
  if (!probe.varint(field, value)) return false;
  reader = probe;
  return true;
}

void put_header(std::vector<std::uint8_t>& out, Dot dot);
void put_path(std::vector<std::uint8_t>& out, const Store& store, std::uint32_t slot);
void put_entry(std::vector<std::uint8_t>& out, const Entry& entry, Type type, const Value& value);
inline void put_entry(std::vector<std::uint8_t>& out, const Entry& entry, Type type) {
  put_entry(out, entry, type, entry.value.view());
}
void put_dot(std::vector<std::uint8_t>& out, std::uint32_t field, Dot dot);
void put_share(std::vector<std::uint8_t>& out, const Share& share, Type type, const Amounts& by = {});
void put_member(std::vector<std::uint8_t>& out, const Value& member);  // a member's key

struct PartView {
  ByteView path;
  ByteView payload;
  Type leaf{};
  std::uint32_t depth = 0;
};

// Each reads one item and checks all of it; false: not what its writer would have written.
bool get_header(ProtoReader& reader, Dot& dot);
bool get_part(ProtoReader& reader, const Options& options, PartView& part);
bool get_step(ByteView& path, const Options& options, Type& type, Value& key);  // takes one step off
bool get_entry(ByteView item, Type type, const Options& options, Entry& entry, Value& value);
bool get_dot(ByteView item, Dot& dot);
bool get_share(ByteView item, Type type, Share& share, Amounts& by);

}  // namespace wn::crdt::wire
