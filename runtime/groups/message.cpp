#include "runtime/groups/message.h"

namespace wn::groups {

namespace {

constexpr std::uint64_t kU32 = 0xFFFF'FFFF;

bool carries_snapshot(raft::MessageType type) {
  return type == raft::MessageType::snapshot_chunk || type == raft::MessageType::snapshot_reply;
}

void put_message(ProtoWriter& out, const raft::Message& m) {
  out.varint(3, static_cast<std::uint64_t>(m.type));
  out.varint(4, m.term.value);
  out.varint(5, m.log_index.value);
  out.varint(6, m.log_term.value);
  out.varint(7, m.commit.value);
  out.varint(8, (m.reject ? 1U : 0U) | (m.leadership_transfer ? 2U : 0U));
  out.varint(9, m.round);
  if (m.type == raft::MessageType::append) {
    out.varint(10, m.entries.size());
    for (const raft::Entry& entry : m.entries) put(out, 11, entry);
  }
  if (!carries_snapshot(m.type)) return;
  put(out, 12, m.snapshot);
  out.varint(13, m.offset);
  out.varint(14, m.length);
  out.bytes(15, m.data.view());
}

bool take_entries(ProtoReader& in, Item& item, std::vector<raft::Entry>& entries) {
  std::uint64_t count = 0;
  if (!in.varint(10, count) || count > kEntriesMax - entries.size()) return false;
  item.entries_at = entries.size();
  item.entries = count;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!take(in, 11, entries.emplace_back())) return false;
  }
  return true;
}

bool take_message(ProtoReader& in, Item& item, std::vector<raft::Entry>& entries) {
  raft::Message& m = item.message;
  std::uint64_t flags = 0;
  if (!take_number(in, 3, m.type, static_cast<std::uint64_t>(raft::MessageType::timeout_now)) ||
      m.type < raft::MessageType::pre_vote || !in.varint(4, m.term.value) ||
      !in.varint(5, m.log_index.value) || !in.varint(6, m.log_term.value) || !in.varint(7, m.commit.value) ||
      !take_number(in, 8, flags, 3) || !in.varint(9, m.round)) {
    return false;
  }
  m.reject = (flags & 1) != 0;
  m.leadership_transfer = (flags & 2) != 0;
  // Sums of these with sizes must not wrap.
  if (m.log_index.value >> 62 != 0 || m.term.value >> 62 != 0) return false;
  if (m.type == raft::MessageType::append && !take_entries(in, item, entries)) return false;
  if (!carries_snapshot(m.type)) return true;
  ByteView data;
  if (!take(in, 12, m.snapshot) || !in.varint(13, m.offset) || !take_number(in, 14, m.length, kU32) ||
      !in.bytes(15, data)) {
    return false;
  }
  m.data = Bytes::copy_of(data);
  return true;
}

bool take_item(ByteView view, Item& item, std::vector<raft::Entry>& entries) {
  ProtoReader in(view);
  if (!take_number(in, 1, item.kind, kItemKindEnd - 1) || item.kind < ItemKind::raft) return false;
  if (!in.varint(2, item.group.value) || !item.group) return false;
  switch (item.kind) {
    case ItemKind::raft:
      return take_message(in, item, entries) && in.done();
    case ItemKind::sleep:
      return in.varint(3, item.term.value) && in.varint(4, item.index.value) && in.done();
    case ItemKind::removed:
      return in.varint(3, item.index.value) && take(in, 4, item.members) && in.done();
    case ItemKind::ask: {
      ByteView data;
      if (!in.varint(3, item.other.value) || !in.varint(4, item.number) || !in.bytes(5, data) || !in.done()) {
        return false;
      }
      item.data = Bytes::copy_of(data);
      return data.size() <= kTransferBytesMax;
    }
    case ItemKind::reply:
      return in.varint(3, item.other.value) && in.varint(4, item.number) &&
             take_number(in, 5, item.reply, kReplyKindEnd - 1) && item.reply >= ReplyKind::accepted &&
             take_number(in, 6, item.node.value, kU32) && in.done();
  }
  return false;
}

}  // namespace

void append_item(Buffer& batch, const Item& item) {
  Buffer buffer;
  ProtoWriter out(buffer);
  out.varint(1, static_cast<std::uint64_t>(item.kind));
  out.varint(2, item.group.value);
  switch (item.kind) {
    case ItemKind::raft:
      put_message(out, item.message);
      break;
    case ItemKind::sleep:
      out.varint(3, item.term.value);
      out.varint(4, item.index.value);
      break;
    case ItemKind::removed:
      out.varint(3, item.index.value);
      put(out, 4, item.members);
      break;
    case ItemKind::ask:
      out.varint(3, item.other.value);
      out.varint(4, item.number);
      out.bytes(5, item.data.view());
      break;
    case ItemKind::reply:
      out.varint(3, item.other.value);
      out.varint(4, item.number);
      out.varint(5, static_cast<std::uint64_t>(item.reply));
      out.varint(6, item.node.value);
      break;
  }
  ProtoWriter(batch).bytes(1, buffer);
}

Errc decode_batch(ByteView bytes, NodeId from, NodeId to, Batch& out) {
  out.items.clear();
  out.entries.clear();
  ProtoReader in(bytes);
  while (!in.done()) {
    ByteView view;
    if (!in.bytes(1, view)) return Errc::bad_input;
    if (out.items.size() == kItemsMax) return Errc::too_large;
    if (!take_item(view, out.items.emplace_back(), out.entries)) return Errc::bad_input;
  }
  for (Item& item : out.items) {
    item.message.from = from;
    item.message.to = to;
    item.message.entries = {out.entries.data() + item.entries_at, item.entries};
  }
  return Errc::ok;
}

Bytes encode_alive(std::uint64_t incarnation) {
  Buffer buffer;
  ProtoWriter(buffer).fixed64(1, incarnation);
  return to_bytes(buffer);
}

Errc decode_alive(ByteView bytes, std::uint64_t& incarnation) {
  ProtoReader in(bytes);
  return in.fixed64(1, incarnation) && in.done() ? Errc::ok : Errc::bad_input;
}

}  // namespace wn::groups
