#pragma once
// State: everything that one node's Groups know, as one plain struct. The rules that change it are free
// functions in this room's .cpp files, by concern (rules.h). Internal to the room.
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/groups/groups.h"
#include "runtime/groups/machine.h"
#include "runtime/groups/message.h"
#include "runtime/raft/state.h"

namespace wn::groups {

// A hand-over that this leader is asked to absorb, and has proposed.
struct Absorbing {
  GroupId from;
  std::uint64_t number = 0;
  NodeId asker;
  Instant give_up;  // propose it again from then on
};

// What only a group with something under way needs.
struct Work {
  std::vector<std::uint8_t> incoming;  // bytes of the image that is arriving
  Bytes arriving;                      // all of them, being stored
  raft::SnapshotMeta arriving_meta;
  std::vector<Absorbing> absorbing;
  // The hand-over that this leader drives.
  Instant retry_at;
  std::uint32_t asked = 0;  // how often; picks the member to ask
  NodeId hint;
  Term end_proposed;  // release or unfreeze is in the log, by the leader of this term
};

// One group's replica here.
struct Replica {
  Replica(GroupId id, const MachineLimits& limits, std::pmr::memory_resource* memory)
      : group(id), machine(id, limits, memory) {}

  GroupId group;
  std::uint64_t life = 0;                    // no two replicas here ever had the same, also of one group
  std::unique_ptr<raft::Restored> restored;  // until begin()
  std::unique_ptr<raft::RaftCore> core;
  Machine machine;
  LogIndex applied;
  Bytes image;  // of the machine at the core's snapshot
  bool asleep = false;
  bool was_member = false;
  raft::MemberList counted;  // those whose Peer::groups has this one
  bool doomed = false;       // to be dropped at the end of this call
  Instant busy_at;           // something was asked or moved
  Instant born_at;
  Instant armed = Instant::max();  // its place in State::schedule
  std::unique_ptr<Work> work;
};

enum class WaitingKind : std::uint8_t { write, read, change };

struct Waiting {
  WaitingKind kind{};
  GroupId group;
  Command command;
  ChangeKind change{};
  std::uint64_t context = 0;
  LogIndex index;  // write, change: its entry
  Term term;
  std::uint64_t number = 0;  // change: the hand-over that it waits for
  Instant deadline;
};

struct Peer {
  Instant heard;
  std::uint64_t incarnation = 0;  // 0: not known
  bool suspected = false;
  std::uint32_t groups = 0;  // replicas here that it has a part in
};

struct Tombstone {             // a replica that was here
  raft::HardState hard_state;  // its votes stay given
  raft::MemberList members;    // where the group went; none: the replica never had an image
};

struct Neighbour {  // a group, as far as known
  raft::MemberList members;
  NodeId leader;
};

struct Promise {  // something waits for the journal
  std::uint64_t record = 0;
  GroupId group;
  std::uint64_t life = 0;
  std::uint64_t ticket = 0;  // 0: the arriving image is stored
};

// Messages to a peer, of one call: those that may leave, and those that rest on a record.
struct Outbox {
  Buffer now;
  Buffer later;
  std::uint64_t after = 0;  // of `later`
};

struct State {
  State(const Options& o, std::pmr::memory_resource* m);

  Options options;
  std::pmr::memory_resource* memory;
  MachineLimits limits;
  GroupId genesis;
  Random random{0};
  std::uint64_t incarnation = 0;
  bool began = false;
  Instant now;  // of the latest call

  std::pmr::map<GroupId, Replica> replicas;
  std::pmr::map<GroupId, Tombstone> tombstones;
  std::uint64_t lives = 0;
  std::size_t awake = 0;
  std::pmr::set<std::pair<Instant, GroupId>> schedule;
  std::vector<GroupId> doomed;
  std::vector<std::pair<GroupId, std::uint64_t>> blanks;       // group, life: replicas without a first image
  std::vector<std::pair<GroupId, std::uint64_t>> to_campaign;  // group, life

  // Operations and changes that wait, by ticket.
  std::pmr::map<std::uint64_t, Waiting> waiting;
  std::pmr::map<std::pair<GroupId, LogIndex>, std::uint64_t> by_entry;
  std::pmr::set<std::pair<Instant, std::uint64_t>> expiry;
  std::uint64_t tickets = 0;

  // The journal.
  std::uint64_t records = 0;
  std::uint64_t durable = 0;     // of those
  std::uint64_t structural = 0;  // the last one that is no replica's Persist: all that follows rests on it
  std::deque<Promise> promises;

  // Peers.
  std::pmr::map<NodeId, Peer> peers;
  std::pmr::map<NodeId, Outbox> outbox;
  Instant next_alive = Instant::max();
  Instant last_alive;

  // Hints.
  std::pmr::map<WorknodeId, Location> directory;
  std::pmr::map<GroupId, Neighbour> neighbours;

  raft::Effects scratch;
  Batch batch;
  std::vector<Item> to_self;
};

// One public call in the making.
struct Turn {
  State& s;
  const Moment& at;
  Effects& out;
};

}  // namespace wn::groups
