#pragma once
// Small parts that the room's encodings share. Every put has a take that is total on hostile bytes.
#include <vector>

#include "runtime/base/proto_wire.h"
#include "runtime/groups/types.h"

namespace wn::groups {

using Buffer = std::vector<std::uint8_t>;

inline Bytes to_bytes(const Buffer& buffer) { return Bytes::copy_of(ByteView(buffer)); }
constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

// Fields `field` and `field` + 1.
inline void put(ProtoWriter& out, std::uint32_t field, WorknodeId id) {
  out.varint(field, id.high);
  out.varint(field + 1, id.low);
}
[[nodiscard]] inline bool take(ProtoReader& in, std::uint32_t field, WorknodeId& id) {
  return in.varint(field, id.high) && in.varint(field + 1, id.low);
}

// One packed field: ids, ascending.
void put(ProtoWriter& out, std::uint32_t field, const raft::MemberList& members);
[[nodiscard]] bool take(ProtoReader& in, std::uint32_t field, raft::MemberList& members);

void put(ProtoWriter& out, std::uint32_t field, const std::vector<WorknodeId>& set);
[[nodiscard]] bool take(ProtoReader& in, std::uint32_t field, std::vector<WorknodeId>& set);

// A nested message.
void put(ProtoWriter& out, std::uint32_t field, const raft::SnapshotMeta& meta);
[[nodiscard]] bool take(ProtoReader& in, std::uint32_t field, raft::SnapshotMeta& meta);

void put(ProtoWriter& out, std::uint32_t field, const raft::Entry& entry);
[[nodiscard]] bool take(ProtoReader& in, std::uint32_t field, raft::Entry& entry);

template <class T>
[[nodiscard]] bool take_number(ProtoReader& in, std::uint32_t field, T& out, std::uint64_t max) {
  std::uint64_t value = 0;
  if (!in.varint(field, value) || value > max) return false;
  out = static_cast<T>(value);
  return true;
}

}  // namespace wn::groups
