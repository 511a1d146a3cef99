#pragma once
// Groups: all Raft groups of one node, as one value that steps: STRONG state. Each group owns a set of
// worknodes (a subtree, mostly) and replicates one register for each. No clock, no thread, no I/O: time and
// randomness come in as numbers.
//
// The contract with the driver (runtime/host), the same as runtime/realm's:
//   - effects come in order. `journal` records are appended in their order. What is sent names the record
//   that
//     it rests on (Outgoing::after) and leaves once that one is durable: a vote, an acknowledgement; most
//     rest on none, so a leader's entries travel while its own disk writes them ([diss] 10.2.1). Answers rest
//     on what is committed, which a majority's disks have, and wait for nothing. As records become durable
//     the driver says so by durable(): the groups vote, acknowledge and commit by what the disk has, not by
//     what they wished ([raft] figure 2, "persistent state").
//   - at a start the driver gives back the image and the records that it finds, then calls begin().
//
// Promises
//   - linearizable: reads go through the leader's lease or a quorum round ([diss] 6.4) and wait until that
//     index is applied; nothing is read from a replica that only believes that it leads.
//   - at most once: sessions travel with the worknode that they protect.
//   - one owner: who owns a worknode is replicated state of the groups themselves, never derived from the
//     EVENTUAL tree. A split or a transfer names the worknodes; the owner checks them. A transfer freezes
//     them at the giver, is absorbed at the taker by an entry that carries their state, and is released at
//     the giver; each step is one log entry, idempotent, driven on by whoever leads the giver, so the state
//     lives somewhere at all times. Each hand-over makes the worknode's epoch one greater.
//   - idle groups cost nothing: when all replicas of a group have all of its log and nobody asks, its leader
//     puts it to sleep. Asleep it has no deadline and sends nothing. Nodes that share groups say to each
//     other that they live, once for all groups; when a node falls silent, the groups that it led wake and
//     elect. A message or a request wakes a group. Sleep extends no lease (leases end by the clock).
//
// Errors: clients get typed answers; hostile bytes are refused whole, with a note. Limits: Options, types.h.
// Memory: groups, records and sessions from the resource given; the Raft cores and encoded bytes use the
// heap. Thread rule: one thread. Determinism: a pure function of its inputs. Sources: [raft], [diss] as in
// runtime/raft; hibernation after TiKV's, liveness by node after CockroachDB's leader leases (SIGMOD'26) and
// Redpanda's heartbeat manager.
#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/fault_point.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"
#include "runtime/groups/types.h"
#include "runtime/raft/raft.h"

namespace wn::groups {

struct Options {
  NodeId node;
  // Of the first epoch, the same on all nodes, also on those without a replica; ascending by id but for the
  // first, the genesis group.
  std::vector<GroupConfig> groups;

  // Of every group's Raft core; `id` and `jitter_seed` are set here. Windows are small, for there are many
  // groups.
  raft::Options raft = {.inflight_messages_max = 8,
                        .append_entries_max = 256,
                        .log_entries_max = 8192,
                        .pending_reads_max = 1024,
                        .compaction_tail_entries = 32};

  std::size_t groups_max = 16'384;       // replicas here, at most kGroupsMax
  std::size_t worknodes_max = 16'384;    // records in a group, at most kWorknodesMax
  std::uint32_t sessions_max = 64;       // remembered for a worknode
  std::uint32_t forwards_max = 4096;     // "given to" remembered by a group that is not the genesis group
  std::uint32_t pending_max = 8192;      // operations and changes that wait here, all groups together
  std::uint32_t directory_max = 65'536;  // hints
  std::uint64_t snapshot_every = 256;    // entries

  Duration submit_timeout = seconds(2);  // an operation that is not decided by then is answered `unknown`
  Duration change_timeout = seconds(10);
  Duration retry_interval = milliseconds(200);  // of a hand-over's messages
  Duration sleep_after = seconds(1);            // without work, before a group sleeps
  Duration alive_interval = milliseconds(500);
  Duration suspect_after = milliseconds(1600);  // without any message of a node
  bool sleep = true;                            // false: groups stay awake, for comparison
  Defect defect = Defect::none;
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};

using raft::Moment;

struct Outgoing {
  NodeId to;
  MessageKind kind{};
  Bytes payload;
  std::uint64_t after = 0;  // leaves when so many of records() are durable; 0: at once
};
struct Note {
  TraceKind kind{};
  std::array<std::uint64_t, 5> field{};
};

// Reused from step to step; the driver carries out and clears.
struct Effects {
  std::vector<Bytes> journal;
  std::vector<Outgoing> sends;
  std::vector<Answer> answers;
  std::vector<Note> notes;
  std::vector<Claim> sometimes;
  void clear();
};

struct GroupStatus {
  GroupId group;
  WorknodeId root;
  std::uint64_t epoch = 0;  // of the group: one more with each change of what it owns
  bool genesis = false;
  bool dissolved = false;
  bool asleep = false;
  bool handing_over = false;  // a transfer is under way
  raft::Role role = raft::Role::follower;
  Term term;
  NodeId leader;
  LogIndex applied;
  LogIndex commit;
  std::uint64_t digest = 0;  // of all that was applied
  raft::Configuration configuration;
  std::size_t worknodes = 0;  // records that it owns
};

struct State;  // state.h

class Groups {
 public:
  Groups(const Options& options, std::pmr::memory_resource* memory);
  ~Groups();
  Groups(Groups&&) noexcept;
  Groups& operator=(Groups&&) noexcept;

  // ---- start. In this order: the image, if there is one; the records; begin. `draw` is fresh randomness and
  // differs from start to start.
  Errc restore_image(ByteView image);
  Errc replay(ByteView record);
  void begin(const Moment& moment, std::uint64_t draw, Effects& effects);

  // ---- the journal
  std::uint64_t records() const;  // made since begin()
  // The first `records` of them are durable. Harmless when that is not new.
  void durable(const Moment& moment, std::uint64_t records, Effects& effects);
  // Everything, canonical: what restore_image() takes. Records made before it are superfluous once it is
  // durable.
  Bytes image() const;

  // ---- clients, and forwarded operations of other nodes' clients. Answers come among Effects::answers, of
  // this call or of a later one, exactly one for each context.
  void submit(const Moment& moment, const Command& command, Effects& effects);
  void change(const Moment& moment, const Change& change, Effects& effects);

  // ---- peers
  void receive(const Moment& moment, NodeId from, MessageKind kind, ByteView payload, Effects& effects);
  void tick(const Moment& moment, std::uint64_t draw, Effects& effects);
  Instant next_deadline() const;  // Instant::max(): none

  // ---- the directory: hints
  Location locate(WorknodeId worknode) const;
  // What a refusal, or an answer, of another node says.
  void learn(WorknodeId worknode, const Location& location);

  // ---- looking in
  std::vector<GroupStatus> status() const;  // ascending by group
  Result<GroupStatus> status_of(GroupId group) const;
  std::vector<WorknodeId> owned_by(GroupId group) const;  // as applied here; ascending
  std::size_t awake() const;                              // groups that are not asleep
  std::string broken_invariant() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace wn::groups
