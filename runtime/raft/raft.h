#pragma once
// RaftCore: consensus as a value that steps. No clock, no I/O, no randomness of its own, no threads.
//
//   core.step(moment, input, effects);   // effects is cleared first and filled
//
// Order of effects is the contract, and the driver's duty:
//   1. start `persist` (if any); 2. send messages whose `wait_for` is 0 or already durable, at once; hold the
//   others until Persisted{ticket >= wait_for} has been stepped; 3. apply `committed`; 4. answer reads and
//   refusals. Messages and `committed` point into the core's log: encode or apply them before the next step.
//
// Invariants are in invariants.h and are checked after every step in tests and under simulation.
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "runtime/raft/types.h"

namespace wn::raft {

struct Moment {
  Instant now;        // local monotonic clock; never decreases between steps
  Instant lease_now;  // the clock on which leases are measured: `now`, unless a defect says otherwise
};

// ---- inputs -------------------------------------------------------------------------------------------
struct Tick {};  // `now` has reached next_deadline() (an early tick is harmless)
struct Receive {
  const Message* message;
};
// Appends commands to the log, all or none. `context` comes back in refusals. On success the entries get the
// indices [last_index() + 1 - n, last_index()] after the step.
struct Propose {
  std::span<const Bytes> commands;
  std::uint64_t context = 0;
};
// Moves to these voters and learners through a joint configuration; leaves the joint one by itself. A node
// that is added starts as a learner and is promoted by the core once it has caught up, before the joint phase
// begins.
struct ChangeMembership {
  MemberList voters;
  MemberList learners;
  std::uint64_t context = 0;
};
struct TransferLeadership {
  NodeId to;
  std::uint64_t context = 0;
};
// Asks for a linearizable read point; answered in Effects::reads or refused ([diss] 6.4).
struct RequestRead {
  std::uint64_t context = 0;
};
struct Persisted {
  std::uint64_t ticket = 0;
};  // everything up to this ticket is durable
// The state machine's own snapshot at meta.index is durable: the log up to it may be forgotten.
struct SnapshotTaken {
  SnapshotMeta meta;
};
// The image received by SnapshotChunk effects is durable and the state machine now stands on it (or, with
// ok = false, could not be stored or did not match its checksum).
struct SnapshotStored {
  SnapshotMeta meta;
  bool ok = true;
};
// The driver had stopped the timers of a group without work (no Ticks came) and starts them again. Touches
// timers alone: a leader heartbeats at the next Tick and gives its followers a full election timeout to be
// heard again, others wait for a freshly drawn election timeout. No lease is extended. `leader_lives`: the
// driver knows that the leader's node is well; then no vote is given away for election_timeout_min, as if it
// had been heard now.
struct Rearm {
  bool leader_lives = false;
};
// As if the election timeout had passed. Ignored by a leader and by who may not campaign.
struct Campaign {};

using Input = std::variant<Tick, Receive, Propose, ChangeMembership, TransferLeadership, RequestRead,
                           Persisted, SnapshotTaken, SnapshotStored, Rearm, Campaign>;

// ---- effects ------------------------------------------------------------------------------------------
struct Persist {
  std::uint64_t ticket = 0;  // 0 = nothing to persist in this step; tickets ascend by 1
  bool hard_state_changed = false;
  HardState hard_state;
  LogIndex truncate_from;  // 0 = none; else drop entries >= this index before appending
  std::span<const Entry> entries;
};
struct Outgoing {
  Message message;
  std::uint64_t wait_for = 0;
};
struct ReadReady {
  std::uint64_t context = 0;
  LogIndex index;
  bool by_lease = false;
};  // serve once applied >= index
struct Refusal {
  std::uint64_t context = 0;
  Errc code = Errc::ok;
  NodeId leader;
};  // leader: hint, may be nobody
struct SnapshotChunk {  // write `data` at `offset` of the incoming image `meta`; `last` = all bytes are here
  SnapshotMeta meta;
  NodeId from;
  std::uint64_t offset = 0;
  Bytes data;
  bool last = false;
};
struct Note {
  TraceKind kind{};
  std::array<std::uint64_t, 5> field{};
};

struct Effects {
  Persist persist;
  std::vector<Outgoing> messages;
  std::span<const Entry> committed;  // newly committed, contiguous, ascending
  std::vector<ReadReady> reads;
  std::vector<Refusal> refusals;
  std::vector<SnapshotChunk> chunks;
  // Membership or transfer asked for by `context` is complete (the final configuration is committed / the
  // other node leads).
  std::vector<std::uint64_t> completed;
  std::vector<Note> notes;  // for the Probe
  std::vector<Claim> sometimes;
  void clear();
};

struct Status {
  Role role = Role::follower;
  Term term;
  NodeId leader;  // as far as this node knows
  NodeId voted_for;
  LogIndex commit;
  LogIndex last_index;
  LogIndex durable_index;  // last entry that Persisted has covered
  SnapshotMeta snapshot;
  Configuration configuration;  // the latest in the log, committed or not
  LogIndex quarantine_until;
  Instant lease_until;  // leader only
};

struct State;  // state.h: the plain struct that the room's files work on

class RaftCore {
 public:
  RaftCore(const Options& options, Restored restored, Instant now);
  // Goes on from a state that a core of these options was in, between two steps (exhaustive search).
  explicit RaftCore(const State& state);
  ~RaftCore();
  RaftCore(const RaftCore&) = delete;
  RaftCore& operator=(const RaftCore&) = delete;

  void step(const Moment& moment, const Input& input, Effects& effects);
  // When the next Tick is due; Instant::max() when nothing is (a removed node).
  Instant next_deadline() const;
  Status status() const;
  // A leader without work: nothing to send, commit, confirm or change, and every follower but those that are
  // known to be `gone` has the whole log.
  bool quiet(const MemberList& gone = {}) const;
  // nullptr when compacted or beyond the end.
  const Entry* entry_at(LogIndex index) const;
  // The configuration in force at `index`, for SnapshotMeta. REQUIRES snapshot.index <= index <= last_index.
  const Configuration& configuration_at(LogIndex index) const;
  // Which entry put it in force there. The same REQUIRES.
  LogIndex configuration_index_at(LogIndex index) const;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace wn::raft
