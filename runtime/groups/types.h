#pragma once
// Values of the room: what a client of STRONG state says, what it hears, and how ownership changes.
// Plain values, no behaviour. Thread rule: values.
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/strong.h"
#include "runtime/raft/types.h"

namespace wn::groups {

inline constexpr std::size_t kGroupsMax = 65'536;             // replicas on one node
inline constexpr std::size_t kSetMax = 1024;                  // worknodes named by one split or transfer
inline constexpr std::size_t kWorknodesMax = 65'536;          // records in one group
inline constexpr std::size_t kTransferBytesMax = 384U << 10;  // state carried by one hand-over
inline constexpr std::size_t kSourcesMax = 4096;              // groups that ever handed over to one group
inline constexpr std::size_t kBatchBytesMax = 512U
                                              << 10;  // of one frame between nodes, as far as items allow
inline constexpr std::size_t kPeersMax = 256;         // nodes that this one shares groups with

// A Raft group. 0 is none. Those of the first epoch are named by Options; a split's new group is named by a
// hash of its parent and the log index of the split, so that all replicas give the same name.
struct GroupId : Strong<GroupId, std::uint64_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};

// The numbers are those of the frames that carry them (wire::FrameType).
enum class MessageKind : std::uint8_t {
  batch = 48,  // messages of many groups to one peer
  alive = 49,  // a node says that it lives: the one heartbeat of all its idle groups
};

// What a worknode's STRONG value can do. It is one 64-bit integer; a worknode without one reads as "not
// found".
enum class Function : std::uint8_t {
  get = 1,  // linearizable
  put,      // := value
  cas,      // := value if it is `expected`; else refused (precondition)
  add,      // += value (absent counts as 0; wraps)
};
inline constexpr std::uint8_t kFunctionEnd = 5;

// One operation of a client. (client, operation) takes effect at most once on a worknode, however often it is
// sent, while the client is among the last Options::sessions_max that wrote to the worknode; operation
// numbers of one client ascend, and it has at most one unanswered operation on a worknode.
struct Command {
  std::uint64_t context = 0;  // the caller's own; comes back in the answer
  NodeId client;              // the session
  std::uint64_t operation = 0;
  std::uint32_t attempt = 0;  // 1, 2, 3 … of this operation
  WorknodeId worknode;
  Function function = Function::get;
  std::int64_t value = 0;
  std::int64_t expected = 0;
  // Where the asker believes the worknode to be (what a refusal has told it); a node that knows less believes
  // it.
  GroupId group;
  std::uint64_t epoch = 0;
  friend bool operator==(const Command&, const Command&) = default;
};

enum class AnswerCode : std::uint8_t {
  done = 1,
  refused,      // decided, took no effect: `error` says why (precondition of a cas; a change that cannot be)
  not_leader,   // took no effect here: ask `node`, when there is one, else later
  wrong_group,  // took no effect: the worknode belongs to `group`; ask `node`, when there is one
  moving,       // took no effect: the worknode is changing hands; ask again soon
  overloaded,   // took no effect: a limit was reached
  expired,  // the session is no longer known and this is not the first attempt: whether it took effect is not
            // known
  unknown,  // may have taken effect or may still: ask again with the same operation number
};
inline constexpr std::uint8_t kAnswerCodeEnd = 9;
std::string_view to_string(AnswerCode code);

struct Answer {
  std::uint64_t context = 0;
  NodeId client;  // of a Change: nobody
  std::uint64_t operation = 0;
  std::uint32_t attempt = 0;
  AnswerCode code = AnswerCode::unknown;
  Errc error = Errc::ok;  // of `refused` and `overloaded`
  bool found = false;     // get: there is a value. cas refused: there was a value
  std::int64_t value =
      0;  // get: the value; put, cas, add: the new value; cas refused: the value that was there
  WorknodeId worknode;
  GroupId group;  // that served or refused; wrong_group: the owner, as far as known; split: the new group
  std::uint64_t epoch = 0;  // of the worknode's ownership, as far as known
  NodeId node;              // hint: who leads `group`
};

enum class ChangeKind : std::uint8_t {
  split = 1,  // `group` gives `worknodes` to a new group with the same members
  transfer,   // `group` gives `worknodes` to `to`
  merge,      // `group` gives all that it owns to `to` and is dissolved
  move,       // the replicas of `group` move to `members`
  lead,       // `group` is led by `members[0]` from now on
};
inline constexpr std::uint8_t kChangeKindEnd = 6;

// Asked of the leader of `group`; others answer not_leader. Answered once it is complete, or refused, or
// `unknown` after Options::change_timeout: then it goes on all the same, driven by whoever leads.
struct Change {
  std::uint64_t context = 0;
  ChangeKind kind = ChangeKind::split;
  GroupId group;
  GroupId to;                         // transfer, merge
  WorknodeId root;                    // split: the root of the new group's subtree
  std::vector<WorknodeId> worknodes;  // split, transfer: ascending, at most kSetMax; all owned by `group`
  raft::MemberList members;  // move: the voters; transfer, merge: where `to` lives, when the caller knows
};

// Where a worknode's group is believed to be: a hint, corrected by refusals. Higher epochs are newer.
struct Location {
  GroupId group;
  std::uint64_t epoch = 0;
  NodeId node;  // believed to lead it; nobody: not known
};

// One group of the first epoch. The first of them is the genesis group: it owns every worknode that was never
// given to another group, so that each worknode has exactly one owner from the start.
struct GroupConfig {
  GroupId group;
  WorknodeId root;
  raft::MemberList members;
  std::vector<WorknodeId> worknodes;  // ascending; none for the genesis group
};

}  // namespace wn::groups
