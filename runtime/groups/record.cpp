#include "runtime/groups/record.h"

namespace wn::groups {

namespace {
constexpr std::uint64_t kU32 = 0xFFFF'FFFF;
}

Bytes encode(const Record& r, std::span<const raft::Entry> entries) {
  Buffer buffer;
  ProtoWriter out(buffer);
  out.varint(1, static_cast<std::uint64_t>(r.kind));
  out.varint(2, r.group.value);
  out.varint(3, r.hard_state.term.value);
  out.varint(4, r.hard_state.voted_for.value);
  out.varint(5, r.truncate_from.value);
  if (r.kind == RecordKind::create || r.kind == RecordKind::snapshot) {
    put(out, 6, r.meta);
    out.bytes(7, r.image.view());
  }
  if (r.kind == RecordKind::remove) put(out, 8, r.members);
  out.varint(9, entries.size());
  for (const raft::Entry& entry : entries) put(out, 10, entry);
  return to_bytes(buffer);
}

Errc decode(ByteView bytes, Record& r) {
  ProtoReader in(bytes);
  std::uint64_t count = 0;
  if (!take_number(in, 1, r.kind, kRecordKindEnd - 1) || r.kind < RecordKind::persist ||
      !in.varint(2, r.group.value) || !r.group || !in.varint(3, r.hard_state.term.value) ||
      !take_number(in, 4, r.hard_state.voted_for.value, kU32) || !in.varint(5, r.truncate_from.value)) {
    return Errc::corrupt;
  }
  if (r.kind == RecordKind::create || r.kind == RecordKind::snapshot) {
    ByteView image;
    if (!take(in, 6, r.meta) || !in.bytes(7, image) || image.size() != r.meta.bytes) return Errc::corrupt;
    r.image = Bytes::copy_of(image);
  }
  if (r.kind == RecordKind::remove && !take(in, 8, r.members)) return Errc::corrupt;
  if (!in.varint(9, count)) return Errc::corrupt;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!take(in, 10, r.entries.emplace_back())) return Errc::corrupt;
  }
  return in.done() ? Errc::ok : Errc::corrupt;
}

}  // namespace wn::groups
