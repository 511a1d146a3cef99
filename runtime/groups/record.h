#pragma once
// Record: one line of the node's journal about groups, and a group in the node's image. decode() is total.
//   persist   what a Raft core wants durable: term and vote, a truncation, entries
//   create    a replica begins, on this snapshot
//   snapshot  the machine's image at `meta`; entries up to it are superfluous
//   remove    the replica is gone; its term and vote are kept, and where the group went
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/groups/codec.h"
#include "runtime/groups/types.h"

namespace wn::groups {

enum class RecordKind : std::uint8_t { persist = 1, create, snapshot, remove };
inline constexpr std::uint8_t kRecordKindEnd = 5;

struct Record {
  RecordKind kind = RecordKind::persist;
  GroupId group;
  raft::HardState hard_state;
  LogIndex truncate_from;
  raft::SnapshotMeta meta;
  Bytes image;
  raft::MemberList members;  // remove
  std::vector<raft::Entry> entries;
};

// `entries` instead of record.entries, which need not be copied.
Bytes encode(const Record& record, std::span<const raft::Entry> entries);
[[nodiscard]] Errc decode(ByteView bytes, Record& out);

}  // namespace wn::groups
