#pragma once
// The values that a Raft core steps on and produces.
// Papers: [raft] Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm (Extended)", 2014;
//         [diss] Ongaro, "Consensus: Bridging Theory and Practice", 2014.
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/bounded_vector.h"
#include "runtime/base/bytes.h"
#include "runtime/base/defect.h"
#include "runtime/base/fault_point.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

namespace wn::raft {

inline constexpr std::size_t kMembersMax = 16;  // voters + outgoing voters + learners, each list
inline constexpr std::uint64_t kEntryBytesMax = 512U << 10;

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };
enum class EntryKind : std::uint8_t { command = 0, noop = 1, configuration = 2 };

struct Entry {
  Term term;
  LogIndex index;
  EntryKind kind = EntryKind::command;
  std::uint32_t checksum = 0;  // crc32c(data); carried so that traces and checkers can compare entries
  Bytes data;                  // configuration entries: encode(Configuration)
};

using MemberList = BoundedVector<NodeId, kMembersMax>;  // ascending, no duplicates

// Joint consensus ([raft] section 6): while `outgoing` is not empty, a decision needs a majority of `voters`
// and a majority of `outgoing`. Learners receive the log and never vote ([diss] 4.2.1).
struct Configuration {
  MemberList voters;
  MemberList outgoing;
  MemberList learners;
  bool joint() const { return !outgoing.empty(); }
  bool contains(NodeId id) const {
    return voters.contains(id) || outgoing.contains(id) || learners.contains(id);
  }
  friend bool operator==(const Configuration&, const Configuration&) = default;
};
Bytes encode(const Configuration& configuration);
Result<Configuration> decode_configuration(ByteView bytes);  // total on hostile bytes

struct HardState {  // what must survive a crash besides the log ([raft] figure 2, "persistent state")
  Term term;
  NodeId voted_for;
  friend bool operator==(const HardState&, const HardState&) = default;
};

struct SnapshotMeta {
  LogIndex index;  // last entry that the snapshot covers; 0 = no snapshot
  Term term;       // that entry's term
  Configuration configuration;
  std::uint64_t bytes = 0;     // size of the state machine's image
  std::uint32_t checksum = 0;  // crc32c of the whole image
  friend bool operator==(const SnapshotMeta&, const SnapshotMeta&) = default;
};

enum class MessageType : std::uint8_t {
  pre_vote = 1,
  pre_vote_reply,
  vote,
  vote_reply,
  append,
  append_reply,
  heartbeat,
  heartbeat_reply,
  snapshot_chunk,
  snapshot_reply,
  timeout_now,
};

// One struct for all types, so that messages live in flat vectors. Unused fields are zero.
struct Message {
  MessageType type{};
  NodeId from;
  NodeId to;
  Term term;
  // pre_vote, vote: the candidate's last entry. append: the entry before `entries`.
  // append_reply: match index when accepted; on reject, (log_index, log_term) is the follower's hint for the
  // leader's next probe. heartbeat_reply: how far this follower has matched its log with this leader since it
  // started, so that a follower that restarted with less is noticed.
  LogIndex log_index;
  Term log_term;
  LogIndex commit;      // append, heartbeat: leader's commit index (heartbeat: capped at the match)
  bool reject = false;  // replies
  bool leadership_transfer = false;  // pre_vote, vote: sent on TimeoutNow, ignores stickiness ([diss] 4.2.3)
  std::uint64_t round = 0;           // append, heartbeat and their replies: read and lease confirmation round
  // append: valid until the next step of the core that made it (outgoing) or of the decoder (incoming).
  std::span<const Entry> entries;
  // snapshot_chunk: outgoing ones carry no data; the driver reads `length` bytes at `offset` of the image
  // that `snapshot` names, puts them in `data` and sends. snapshot_reply: names `snapshot`, `offset` = next
  // byte wanted; `reject` = the stored image was bad, start over. An installed image is answered by
  // append_reply.
  SnapshotMeta snapshot;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Bytes data;
};

struct Options {
  NodeId id;
  // Timers, on the local monotonic clock. The election timeout is drawn uniformly from [min, max].
  Duration election_timeout_min = milliseconds(300);
  Duration election_timeout_max = milliseconds(600);
  Duration heartbeat_interval = milliseconds(50);
  // Leader lease: valid until (send time of the last quorum-confirmed round) +
  // election_timeout_min * (1,000,000 - clock_drift_margin_ppm) / 1,000,000. Safe while any two monotonic
  // clocks differ in rate by less than the margin.
  bool lease_reads = true;
  std::uint32_t clock_drift_margin_ppm = 100'000;
  bool pre_vote = true;
  bool check_quorum = true;
  // Pipelining: per follower, at most this many append messages in flight and bytes/entries in each.
  std::uint32_t inflight_messages_max = 64;
  std::uint32_t append_entries_max = 1024;
  std::uint64_t append_bytes_max = 256U << 10;
  std::uint64_t snapshot_chunk_bytes_max = 64U << 10;
  // Proposals are refused (overloaded) when this many entries are in memory above the snapshot.
  std::uint64_t log_entries_max = 1U << 17;
  std::uint32_t pending_reads_max = 4096;
  // After a snapshot this many covered entries stay in memory, so that a slightly slow follower needs no
  // image.
  std::uint64_t compaction_tail_entries = 1024;
  // A membership change is refused (timed_out) and undone when a new voter has not caught up for this long; a
  // leadership transfer is refused after election_timeout_max.
  Duration catch_up_patience = seconds(10);
  // A new voter counts as caught up when it is at most this many entries behind the leader.
  std::uint64_t catch_up_entries_max = 64;
  // Every random choice of this core is a pure function of this number (drawn once per incarnation).
  std::uint64_t jitter_seed = 0;
  Defect defect = Defect::none;
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};

// What a core starts from: a blank disk is a default Restored with the bootstrap configuration as a snapshot
// at index 0.
struct Restored {
  HardState hard_state;
  SnapshotMeta snapshot;       // configuration at snapshot.index, or the bootstrap configuration
  std::vector<Entry> entries;  // snapshot.index + 1 …, contiguous
  // The disk once held entries up to here and no longer does (found corrupt). Until the log has been
  // repaired past this index by a leader, the node neither campaigns nor votes.
  LogIndex quarantine_until;
  // This replica has had no earlier life in which it may have promised anything: it withholds no votes at
  // first.
  bool newborn = false;
};

}  // namespace wn::raft
