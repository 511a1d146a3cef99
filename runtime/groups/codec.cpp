#include "runtime/groups/codec.h"

#include <algorithm>

#include "runtime/base/crc32c.h"

namespace wn::groups {

namespace {
constexpr std::uint64_t kU32 = 0xFFFF'FFFF;
}

void put(ProtoWriter& out, std::uint32_t field, const raft::MemberList& members) {
  std::size_t size = 0;
  for (NodeId id : members) size += proto::varint_size(id.value);
  out.head(field, size);
  for (NodeId id : members) out.raw(id.value);
}

bool take(ProtoReader& in, std::uint32_t field, raft::MemberList& members) {
  ByteView packed;
  if (!in.bytes(field, packed)) return false;
  members.clear();
  ProtoReader inner(packed);
  NodeId last;
  while (!inner.done()) {
    std::uint64_t id = 0;
    if (!inner.raw(id) || id > kU32 || id <= last.value || members.full()) return false;
    last = NodeId{static_cast<std::uint32_t>(id)};
    members.push_back(last);
  }
  return true;
}

void put(ProtoWriter& out, std::uint32_t field, const std::vector<WorknodeId>& set) {
  std::size_t size = 0;
  for (WorknodeId id : set) size += proto::varint_size(id.high) + proto::varint_size(id.low);
  out.head(field, size);
  for (WorknodeId id : set) {
    out.raw(id.high);
    out.raw(id.low);
  }
}

bool take(ProtoReader& in, std::uint32_t field, std::vector<WorknodeId>& set) {
  ByteView packed;
  if (!in.bytes(field, packed)) return false;
  set.clear();
  ProtoReader inner(packed);
  while (!inner.done()) {
    WorknodeId id;
    if (!inner.raw(id.high) || !inner.raw(id.low)) return false;
    if (set.size() == kSetMax || !id || (!set.empty() && id <= set.back())) return false;
    set.push_back(id);
  }
  return true;
}

void put(ProtoWriter& out, std::uint32_t field, const raft::SnapshotMeta& meta) {
  Buffer buffer;
  ProtoWriter inner(buffer);
  inner.varint(1, meta.index.value);
  inner.varint(2, meta.term.value);
  put(inner, 3, meta.configuration.voters);
  put(inner, 4, meta.configuration.outgoing);
  put(inner, 5, meta.configuration.learners);
  inner.varint(6, meta.bytes);
  inner.fixed32(7, meta.checksum);
  out.bytes(field, buffer);
}

bool take(ProtoReader& in, std::uint32_t field, raft::SnapshotMeta& meta) {
  ByteView view;
  if (!in.bytes(field, view)) return false;
  ProtoReader inner(view);
  return inner.varint(1, meta.index.value) && inner.varint(2, meta.term.value) &&
         take(inner, 3, meta.configuration.voters) && take(inner, 4, meta.configuration.outgoing) &&
         take(inner, 5, meta.configuration.learners) && inner.varint(6, meta.bytes) &&
         inner.fixed32(7, meta.checksum) && inner.done();
}

void put(ProtoWriter& out, std::uint32_t field, const raft::Entry& entry) {
  const std::uint64_t kind = static_cast<std::uint64_t>(entry.kind);
  const std::size_t data = entry.data.size();
  out.head(field, 3 + proto::varint_size(entry.term.value) + proto::varint_size(entry.index.value) +
                      proto::varint_size(kind) + 5 + 1 + proto::varint_size(data) + data);
  out.varint(1, entry.term.value);
  out.varint(2, entry.index.value);
  out.varint(3, kind);
  out.fixed32(4, entry.checksum);
  out.bytes(5, entry.data.view());
}

bool take(ProtoReader& in, std::uint32_t field, raft::Entry& entry) {
  ByteView view;
  if (!in.bytes(field, view)) return false;
  ProtoReader inner(view);
  ByteView data;
  if (!inner.varint(1, entry.term.value) || !inner.varint(2, entry.index.value) ||
      !take_number(inner, 3, entry.kind, static_cast<std::uint64_t>(raft::EntryKind::configuration)) ||
      !inner.fixed32(4, entry.checksum) || !inner.bytes(5, data) || !inner.done()) {
    return false;
  }
  if (data.size() > raft::kEntryBytesMax || crc32c(data) != entry.checksum) return false;
  entry.data = Bytes::copy_of(data);
  return true;
}

}  // namespace wn::groups
