#pragma once
// State: everything that a Raft core knows, as one plain struct. The rules that change it are free functions
// in this room's .cpp files, by concern (rules.h). Not a public interface: neighbours use RaftCore
// (runtime/groups alone reads it, because a Status for each of thousands of groups would cost too much).
// Figure numbers are those of [raft].
#include <array>
#include <cstdint>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/raft/log.h"
#include "runtime/raft/progress.h"
#include "runtime/raft/raft.h"

namespace wn::raft {

// Send times of this many latest rounds are remembered; an older confirmation renews no lease.
inline constexpr std::uint64_t kRoundsRemembered = 64;

struct ConfigurationAt {
  LogIndex index;
  Configuration configuration;
};

struct TicketMark {  // when `ticket` is durable, so is the log up to `last`
  std::uint64_t ticket = 0;
  LogIndex last;
};

struct PendingRead {
  std::uint64_t context = 0;
  LogIndex index;           // the commit index when it came, or the first entry of this term
  std::uint64_t round = 0;  // may be answered once this round is confirmed; 0 = no round begun for it yet
};

struct IncomingImage {
  bool active = false;
  bool storing = false;  // all bytes are with the driver; waiting for SnapshotStored
  SnapshotMeta meta;
  NodeId from;
  Term term;
  std::uint64_t next_offset = 0;
};

struct Transfer {
  bool active = false;
  bool sent = false;        // timeout_now is out
  bool stood_down = false;  // no longer leader; waiting to see who leads
  NodeId to;
  std::uint64_t context = 0;
  Instant deadline;
};

enum class ChangePhase : std::uint8_t {
  none,
  catching_up,  // new voters are learners
  joint,        // the joint configuration is in the log
  finishing,    // the final configuration is in the log
  undoing,      // patience ran out; the learners that were added are taken out again
};

struct Change {
  ChangePhase phase = ChangePhase::none;
  MemberList voters;
  MemberList learners;
  Configuration before;
  std::uint64_t context = 0;
  Instant deadline;
};

struct State {
  State(const Options& o, std::uint64_t seed) : options(o), random(seed) {}

  Options options;
  Random random;
  std::uint64_t draws = 0;

  // Figure 2, persistent state.
  Term term;
  NodeId voted_for;
  Log log;
  SnapshotMeta snapshot;
  std::vector<ConfigurationAt> configurations;  // never empty; front is at or before snapshot.index

  // Figure 2, volatile state.
  Role role = Role::follower;
  NodeId leader;
  LogIndex commit;
  LogIndex handed_over;  // last entry that Effects::committed has carried
  LogIndex matched;      // agreed with the leader of this term since this node started
  LogIndex quarantine_until;

  // Persistence.
  HardState hard_state_handed_over;
  std::uint64_t issued_ticket = 0;
  std::uint64_t durable_ticket = 0;
  std::uint64_t hard_state_ticket = 0;  // the ticket that makes (term, voted_for) durable
  LogIndex durable_index;
  std::vector<TicketMark> marks;  // tickets that are not durable yet, ascending

  // Elections.
  Duration election_timeout;
  Instant election_deadline;
  Instant sticky_until;    // a leader was heard within election_timeout_min
  Instant withhold_until;  // after a start: what the previous life may have promised
  MemberList granted;
  MemberList rejected;
  bool self_vote_pending = false;

  // Leader.
  std::vector<Progress> progress;  // ascending by id, without this node
  LogIndex term_start;             // the first entry of this term
  Instant heartbeat_deadline;
  Instant noop_due;  // defects only, as is the next
  LogIndex lazily_sent;
  Instant lazy_due;
  std::uint64_t round = 0;
  std::uint64_t confirmed_round = 0;
  std::array<Instant, kRoundsRemembered> round_sent{};  // by round % kRoundsRemembered, on lease_now
  Instant lease_until;
  bool lease_forfeited = false;  // after timeout_now, for the rest of the term
  bool count_replicas = false;   // something moved that may move the commit index
  std::vector<PendingRead> reads;
  bool departing = false;  // progress holds nodes that the latest configuration does not
  Change change;
  Transfer transfer;

  IncomingImage incoming;

  // This step.
  LogIndex step_truncate_from;
  LogIndex step_append_from;
  bool step_began = false;  // false until raft_restored has been noted

  const Configuration& configuration() const { return configurations.back().configuration; }
  LogIndex configuration_index() const { return configurations.back().index; }
  bool is_voter(NodeId id) const {
    return configuration().voters.contains(id) || configuration().outgoing.contains(id);
  }
  bool alone() const { return progress.empty(); }
};

}  // namespace wn::raft
