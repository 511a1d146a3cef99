#include "runtime/store/record.h"

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/base/proto_wire.h"

namespace wn::store {
namespace {

template <class T>
void put(std::uint8_t* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
template <class T>
T take(const std::uint8_t* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(T{from[i]} << (8 * i)));
  return value;
}

}  // namespace

std::uint32_t append_record(std::vector<std::uint8_t>& out, Header header, ByteView payload) {
  WN_CHECK_LE(payload.size(), kPayloadBytesMax);
  const std::size_t at = out.size();
  out.resize(at + kHeaderBytes);
  std::uint8_t* to = out.data() + at;
  put<std::uint32_t>(to + 4, crc32c(payload));
  put<std::uint32_t>(to + 8, static_cast<std::uint32_t>(payload.size()));
  put<std::uint16_t>(to + 12, static_cast<std::uint16_t>(header.type));
  put<std::uint16_t>(to + 14, header.version);
  put<std::uint64_t>(to + 16, header.sequence);
  put<std::uint64_t>(to + 24, header.batch);
  put<std::uint32_t>(to + 32, header.chain);
  put<std::uint32_t>(to + 36, header.owner.value);
  const std::uint32_t checksum = crc32c({to + 4, kHeaderBytes - 4});
  put<std::uint32_t>(to, checksum);
  out.insert(out.end(), payload.begin(), payload.end());
  return checksum;
}

std::optional<Header> read_header(ByteView bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < kHeaderBytes) return std::nullopt;
  const std::uint8_t* from = bytes.data() + at;
  Header header;
  header.checksum = take<std::uint32_t>(from);
  if (header.checksum != crc32c({from + 4, kHeaderBytes - 4})) return std::nullopt;
  header.payload_checksum = take<std::uint32_t>(from + 4);
  header.length = take<std::uint32_t>(from + 8);
  header.type = static_cast<RecordType>(take<std::uint16_t>(from + 12));
  header.version = take<std::uint16_t>(from + 14);
  header.sequence = take<std::uint64_t>(from + 16);
  header.batch = take<std::uint64_t>(from + 24);
  header.chain = take<std::uint32_t>(from + 32);
  header.owner = NodeId{take<std::uint32_t>(from + 36)};
  return header;
}

std::optional<Record> read_record(ByteView bytes, std::size_t at, bool skip_payload) {
  const std::optional<Header> header = read_header(bytes, at);
  if (!header || header->length > kPayloadBytesMax) return std::nullopt;
  if (bytes.size() - at - kHeaderBytes < header->length) return std::nullopt;
  const ByteView payload = bytes.subspan(at + kHeaderBytes, header->length);
  if (!skip_payload && crc32c(payload) != header->payload_checksum) return std::nullopt;
  return Record{*header, payload};
}

void encode(const SegmentHead& head, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter w(out);
  w.varint(1, head.number);
  w.varint(2, head.previous_sequence);
  w.varint(3, head.hard_state.term.value);
  w.varint(4, head.hard_state.voted_for.value);
  w.varint(5, head.last_index.value);
  w.varint(6, head.last_term.value);
}

bool decode(ByteView payload, SegmentHead& head) {
  ProtoReader r(payload);
  std::uint64_t voted = 0;
  if (!r.varint(1, head.number) || !r.varint(2, head.previous_sequence)) return false;
  if (!r.varint(3, head.hard_state.term.value) || !r.varint(4, voted) || voted > 0xFFFFFFFFU) return false;
  if (!r.varint(5, head.last_index.value) || !r.varint(6, head.last_term.value)) return false;
  head.hard_state.voted_for = NodeId{static_cast<std::uint32_t>(voted)};
  return r.done();
}

void encode(const raft::HardState& hard_state, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter w(out);
  w.varint(1, hard_state.term.value);
  w.varint(2, hard_state.voted_for.value);
}

bool decode(ByteView payload, raft::HardState& hard_state) {
  ProtoReader r(payload);
  std::uint64_t voted = 0;
  if (!r.varint(1, hard_state.term.value) || !r.varint(2, voted) || voted > 0xFFFFFFFFU) return false;
  hard_state.voted_for = NodeId{static_cast<std::uint32_t>(voted)};
  return r.done();
}

void encode(const raft::Entry& entry, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter w(out);
  w.varint(1, entry.index.value);
  w.varint(2, entry.term.value);
  w.varint(3, static_cast<std::uint64_t>(entry.kind));
  w.fixed32(4, entry.checksum);
  w.bytes(5, entry.data.view());
}

bool decode(ByteView payload, raft::Entry& entry) {
  ProtoReader r(payload);
  std::uint64_t kind = 0;
  ByteView data;
  if (!r.varint(1, entry.index.value) || !r.varint(2, entry.term.value) || !r.varint(3, kind)) return false;
  if (!r.fixed32(4, entry.checksum) || !r.bytes(5, data) || !r.done()) return false;
  if (entry.index.value == 0 || kind > static_cast<std::uint64_t>(raft::EntryKind::configuration))
    return false;
  entry.kind = static_cast<raft::EntryKind>(kind);
  entry.data = Bytes::copy_of(data);
  return true;
}

void encode(const Mark& mark, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter w(out);
  w.varint(1, mark.synced_sequence);
  w.varint(2, mark.segment);
  w.varint(3, mark.offset);
  w.varint(4, mark.last_index.value);
  w.varint(5, mark.hard_state.term.value);
  w.varint(6, mark.hard_state.voted_for.value);
  w.varint(7, mark.quarantine_until.value);
  w.varint(8, mark.snapshot_index.value);
}

bool decode(ByteView payload, Mark& mark) {
  ProtoReader r(payload);
  std::uint64_t voted = 0;
  if (!r.varint(1, mark.synced_sequence) || !r.varint(2, mark.segment) || !r.varint(3, mark.offset))
    return false;
  if (!r.varint(4, mark.last_index.value) || !r.varint(5, mark.hard_state.term.value)) return false;
  if (!r.varint(6, voted) || voted > 0xFFFFFFFFU || !r.varint(7, mark.quarantine_until.value)) return false;
  if (!r.varint(8, mark.snapshot_index.value)) return false;
  mark.hard_state.voted_for = NodeId{static_cast<std::uint32_t>(voted)};
  return r.done();
}

namespace {
void write_members(ProtoWriter& w, std::uint32_t field, const raft::MemberList& members) {
  w.varint(field, members.size());
  for (NodeId id : members) w.varint(field, id.value);
}
bool read_members(ProtoReader& r, std::uint32_t field, raft::MemberList& members) {
  std::uint64_t count = 0;
  if (!r.varint(field, count) || count > raft::kMembersMax) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t id = 0;
    if (!r.varint(field, id) || id == 0 || id > 0xFFFFFFFFU) return false;
    const NodeId node{static_cast<std::uint32_t>(id)};
    if (!members.empty() && !(members[members.size() - 1] < node)) return false;
    members.push_back(node);
  }
  return true;
}
}  // namespace

void encode(const raft::SnapshotMeta& meta, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter w(out);
  w.varint(1, meta.index.value);
  w.varint(2, meta.term.value);
  w.varint(3, meta.bytes);
  w.fixed32(4, meta.checksum);
  write_members(w, 5, meta.configuration.voters);
  write_members(w, 6, meta.configuration.outgoing);
  write_members(w, 7, meta.configuration.learners);
}

bool decode(ByteView payload, raft::SnapshotMeta& meta) {
  ProtoReader r(payload);
  if (!r.varint(1, meta.index.value) || !r.varint(2, meta.term.value) || !r.varint(3, meta.bytes))
    return false;
  if (!r.fixed32(4, meta.checksum) || !read_members(r, 5, meta.configuration.voters)) return false;
  if (!read_members(r, 6, meta.configuration.outgoing)) return false;
  return read_members(r, 7, meta.configuration.learners) && r.done() && meta.index.value != 0;
}

void encode_truncate(LogIndex from, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter(out).varint(1, from.value);
}
bool decode_truncate(ByteView payload, LogIndex& from) {
  ProtoReader r(payload);
  return r.varint(1, from.value) && r.done() && from.value != 0;
}

void encode_base(LogIndex index, Term term, std::vector<std::uint8_t>& out) {
  out.clear();
  ProtoWriter w(out);
  w.varint(1, index.value);
  w.varint(2, term.value);
}
bool decode_base(ByteView payload, LogIndex& index, Term& term) {
  ProtoReader r(payload);
  return r.varint(1, index.value) && r.varint(2, term.value) && r.done() && index.value != 0;
}

}  // namespace wn::store
