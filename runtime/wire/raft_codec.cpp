#include "runtime/wire/raft_codec.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/wire/protobuf_format.h"

namespace wn::wire {
namespace {

// ---- writing: one description for measuring and for writing
// ------------------------------------------------

template <class Sink>
void put_members(Sink& sink, std::uint32_t field, const raft::MemberList& members) {
  if (members.empty()) return;
  put_message(sink, field, [&](auto& inner) {
    for (NodeId id : members) inner.varint(id.value);
  });
}

template <class Sink>
void put_configuration(Sink& sink, const raft::Configuration& configuration) {
  put_members(sink, 1, configuration.voters);
  put_members(sink, 2, configuration.outgoing);
  put_members(sink, 3, configuration.learners);
}

template <class Sink>
void put_snapshot(Sink& sink, const raft::SnapshotMeta& meta) {
  put_varint(sink, 1, meta.index.value);
  put_varint(sink, 2, meta.term.value);
  if (meta.configuration != raft::Configuration{}) {
    put_message(sink, 3, [&](auto& inner) { put_configuration(inner, meta.configuration); });
  }
  put_varint(sink, 4, meta.bytes);
  put_fixed32(sink, 5, meta.checksum);
}

template <class Sink>
void put_entry(Sink& sink, const raft::Entry& entry) {
  put_varint(sink, 1, entry.term.value);
  put_varint(sink, 2, static_cast<std::uint64_t>(entry.kind));
  put_fixed32(sink, 3, entry.checksum);
  put_bytes(sink, 4, entry.data.view());
}

// Snapshots travel in two kinds of message alone, and comparing an empty one costs more than a heartbeat.
bool carries_snapshot(raft::MessageType type) {
  return type == raft::MessageType::snapshot_chunk || type == raft::MessageType::snapshot_reply;
}

template <class Sink>
void put_raft_message(Sink& sink, const raft::Message& m) {
  put_varint(sink, 1, static_cast<std::uint64_t>(m.type));
  put_varint(sink, 2, m.from.value);
  put_varint(sink, 3, m.to.value);
  put_varint(sink, 4, m.term.value);
  put_varint(sink, 5, m.log_index.value);
  put_varint(sink, 6, m.log_term.value);
  put_varint(sink, 7, m.commit.value);
  put_varint(sink, 8, m.reject ? 1 : 0);
  put_varint(sink, 9, m.leadership_transfer ? 1 : 0);
  put_varint(sink, 10, m.round);
  for (const raft::Entry& entry : m.entries) {
    put_message(sink, 11, [&](auto& inner) { put_entry(inner, entry); });
  }
  if (carries_snapshot(m.type)) {
    put_message(sink, 12, [&](auto& inner) { put_snapshot(inner, m.snapshot); });
  }
  put_varint(sink, 13, m.offset);
  put_varint(sink, 14, m.length);
  put_bytes(sink, 15, m.data.view());
}

// ---- reading
// -----------------------------------------------------------------------------------------------

constexpr std::uint64_t kAny = ~std::uint64_t{0};

bool read_member(Reader& reader, raft::MemberList& members) {
  std::uint32_t id = 0;
  if (!reader.number(id)) return false;
  const bool ascending = members.empty() || members[members.size() - 1].value < id;
  if (id == 0 || members.full() || !ascending) return reader.damaged();
  members.push_back(NodeId{id});
  return true;
}

// Packed or one by one: a Protobuf reader takes both.
bool read_members(Reader& reader, WireType type, raft::MemberList& members) {
  if (type == WireType::varint) return read_member(reader, members);
  ByteView packed;
  if (type != WireType::bytes) return reader.damaged();
  if (!reader.bytes(packed)) return false;
  Reader inner(packed);
  while (!inner.at_end()) {
    if (!read_member(inner, members)) return reader.damaged();
  }
  return true;
}

bool read_configuration(ByteView bytes, raft::Configuration& out) {
  Reader reader(bytes);
  std::uint32_t field = 0;
  WireType type{};
  while (reader.next(field, type)) {
    switch (field) {
      case 1:
        read_members(reader, type, out.voters);
        break;
      case 2:
        read_members(reader, type, out.outgoing);
        break;
      case 3:
        read_members(reader, type, out.learners);
        break;
      default:
        reader.skip(type);
    }
  }
  return reader.ok();
}

bool read_snapshot(ByteView bytes, raft::SnapshotMeta& out) {
  Reader reader(bytes);
  std::uint32_t field = 0;
  WireType type{};
  ByteView view;
  while (reader.next(field, type)) {
    switch (field << 3 | static_cast<std::uint32_t>(type)) {
      case 1 << 3 | 0:
        reader.varint(out.index.value);
        break;
      case 2 << 3 | 0:
        reader.varint(out.term.value);
        break;
      case 3 << 3 | 2:
        if (reader.bytes(view) && !read_configuration(view, out.configuration)) reader.damaged();
        break;
      case 4 << 3 | 0:
        reader.varint(out.bytes);
        break;
      case 5 << 3 | 5:
        reader.fixed32(out.checksum);
        break;
      default:
        if (field <= 5) return false;
        reader.skip(type);
    }
  }
  return reader.ok();
}

// The part of `frame` that `view` names, sharing its memory.
Bytes share(const Bytes& frame, ByteView view) {
  if (view.empty()) return {};
  return frame.slice(static_cast<std::size_t>(view.data() - frame.data()), view.size());
}

bool read_entry(const Bytes& frame, ByteView bytes, raft::Entry& out) {
  Reader reader(bytes);
  std::uint32_t field = 0;
  WireType type{};
  ByteView data;
  while (reader.next(field, type)) {
    switch (field << 3 | static_cast<std::uint32_t>(type)) {
      case 1 << 3 | 0:
        reader.varint(out.term.value);
        break;
      case 2 << 3 | 0: {
        std::uint32_t kind = 0;
        reader.number(kind, static_cast<std::uint64_t>(raft::EntryKind::configuration));
        out.kind = static_cast<raft::EntryKind>(kind);
        break;
      }
      case 3 << 3 | 5:
        reader.fixed32(out.checksum);
        break;
      case 4 << 3 | 2:
        reader.bytes(data);
        break;
      default:
        if (field <= 4) return false;
        reader.skip(type);
    }
  }
  if (!reader.ok() || data.size() > raft::kEntryBytesMax) return false;
  if (crc32c(data) != out.checksum) return false;
  out.data = share(frame, data);
  return true;
}

bool read_head(Reader& reader, std::uint32_t tag, raft::Message& out) {
  switch (tag) {
    case 2 << 3:
      return reader.number(out.from.value);
    case 3 << 3:
      return reader.number(out.to.value);
    case 4 << 3:
      return reader.varint(out.term.value);
    case 5 << 3:
      return reader.varint(out.log_index.value);
    case 6 << 3:
      return reader.varint(out.log_term.value);
    case 7 << 3:
      return reader.varint(out.commit.value);
    case 8 << 3:
      return reader.boolean(out.reject);
    case 9 << 3:
      return reader.boolean(out.leadership_transfer);
    case 10 << 3:
      return reader.varint(out.round);
    case 13 << 3:
      return reader.varint(out.offset);
    case 14 << 3:
      return reader.number(out.length);
    default:
      return reader.damaged();
  }
}

}  // namespace

std::size_t encoded_bytes(const raft::Message& message) {
  Measure measure;
  put_raft_message(measure, message);
  return kHeaderBytes + measure.size();
}

Bytes encode(const raft::Message& message) {
  const std::size_t total = encoded_bytes(message);
  return Bytes::build(total, [&](std::uint8_t* to) {
    Writer writer(to + kHeaderBytes);
    put_raft_message(writer, message);
    WN_CHECK(writer.at() == to + total);
    seal_frame(to, FrameType{static_cast<std::uint8_t>(message.type)}, total - kHeaderBytes);
  });
}

Errc RaftDecoder::decode(const Bytes& frame, raft::Message& out) {
  FrameView view;
  if (const Errc error = open_frame(frame.view(), view); error != Errc::ok) return error;
  return decode_opened(frame, view, out);
}

Errc RaftDecoder::decode_opened(const Bytes& frame, const FrameView& view, raft::Message& out) {
  const auto type_number = static_cast<std::uint32_t>(view.type);
  if (type_number < 1 || type_number > static_cast<std::uint32_t>(raft::MessageType::timeout_now)) {
    return Errc::bad_input;
  }
  entries_.clear();
  out = raft::Message{};
  out.type = static_cast<raft::MessageType>(type_number);
  Reader reader(frame.view().subspan(kHeaderBytes, view.payload_bytes));
  std::uint32_t field = 0;
  WireType type{};
  ByteView bytes;
  std::uint32_t inner_type = 0;
  while (reader.next(field, type)) {
    const std::uint32_t tag = field << 3 | static_cast<std::uint32_t>(type);
    switch (tag) {
      case 1 << 3:
        reader.number(inner_type);
        break;
      case 11 << 3 | 2: {
        if (!reader.bytes(bytes)) break;
        if (entries_.size() == kEntriesPerFrameMax) return Errc::too_large;
        raft::Entry& entry = entries_.emplace_back();
        if (!read_entry(frame, bytes, entry)) return Errc::bad_input;
        break;
      }
      case 12 << 3 | 2:
        if (reader.bytes(bytes) && !read_snapshot(bytes, out.snapshot)) return Errc::bad_input;
        break;
      case 15 << 3 | 2:
        if (reader.bytes(bytes)) out.data = share(frame, bytes);
        break;
      default:
        if (field > 15) {
          reader.skip(type);
        } else {
          read_head(reader, tag, out);
        }
    }
  }
  if (!reader.ok() || inner_type != type_number || !out.from || !out.to) return Errc::bad_input;
  if (out.log_index.value > kAny - kEntriesPerFrameMax) return Errc::bad_input;
  for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i].index = out.log_index + i + 1;
  out.entries = entries_;
  return Errc::ok;
}

}  // namespace wn::wire
