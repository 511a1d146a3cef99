#pragma once
// What nodes say to each other about groups: a batch carries items of many groups to one peer.
//   raft     a message of the group's Raft core
//   sleep    from its leader: all is replicated and committed up to `index` in `term`; stop your timers
//   removed  to one that left unknowingly: the committed configuration at `index` is `members`, without you
//   ask      from the leader of `other` to a member of `group`: absorb hand-over `number`, here is its `data`
//   reply    the answer, to the asker (`group` is the giver, `other` the taker)
//
// Decoders are total on hostile bytes and validate a batch whole: sizes are bounded by the frame's, and by
// kItemsMax and kEntriesMax.
#include <cstdint>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/groups/codec.h"
#include "runtime/groups/types.h"

namespace wn::groups {

inline constexpr std::size_t kItemsMax = 65'536;
inline constexpr std::size_t kEntriesMax = 65'536;  // in one batch

enum class ItemKind : std::uint8_t { raft = 1, sleep, removed, ask, reply };
inline constexpr std::uint8_t kItemKindEnd = 6;

enum class ReplyKind : std::uint8_t { accepted = 1, refused, elsewhere };  // elsewhere: ask `node`, if any
inline constexpr std::uint8_t kReplyKindEnd = 4;

struct Item {
  ItemKind kind = ItemKind::raft;
  GroupId group;
  raft::Message message;  // raft
  Term term;              // sleep
  LogIndex index;         // sleep, removed
  GroupId other;          // ask, reply
  std::uint64_t number = 0;
  ReplyKind reply = ReplyKind::elsewhere;
  NodeId node;
  raft::MemberList members;  // removed: who is in
  Bytes data;
  std::size_t entries_at = 0;  // decoding: where the message's entries begin
  std::size_t entries = 0;
};

// Appends one item, ready to be sent in a batch.
void append_item(Buffer& batch, const Item& item);

struct Batch {
  std::vector<Item> items;  // messages' entries point into `entries`
  std::vector<raft::Entry> entries;
};
// Items come out with message.from = `from` and message.to = `to`. Reuses what `out` holds.
[[nodiscard]] Errc decode_batch(ByteView bytes, NodeId from, NodeId to, Batch& out);

Bytes encode_alive(std::uint64_t incarnation);
[[nodiscard]] Errc decode_alive(ByteView bytes, std::uint64_t& incarnation);

}  // namespace wn::groups
