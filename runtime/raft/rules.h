#pragma once
// The rules that change State, by concern; one .cpp file each. Internal to the room.
// A Turn is one step in the making: the state, the moment, and the effects so far.
#include "runtime/raft/state.h"

namespace wn::raft {

struct Turn {
  State& s;
  const Moment& at;
  Effects& out;
};

// Outgoing::wait_for, until the end of the step turns it into a ticket.
inline constexpr std::uint64_t kWaitForAll = ~std::uint64_t{0};            // everything handed over so far
inline constexpr std::uint64_t kWaitForHardState = ~std::uint64_t{0} - 1;  // term and vote

// ---- step.cpp
void note(Turn& t, TraceKind kind, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
          std::uint64_t d = 0, std::uint64_t e = 0);
inline void sometimes(Turn& t, Claim claim) { t.out.sometimes.push_back(claim); }
// A message of the current term; the reference is good until the next send.
Message& send(Turn& t, MessageType type, NodeId to, std::uint64_t wait_for = 0);
void refuse(Turn& t, std::uint64_t context, Errc code);
// The configuration in force at `index`. REQUIRES the first known one is not after it.
const ConfigurationAt& in_force_at(const State& s, LogIndex index);

// ---- election.cpp
void tick_election(Turn& t);
bool may_campaign(const State& s);
void restart_election_timer(Turn& t);
void become_follower(Turn& t, Term term, NodeId leader);
// A message of the current term from its leader.
void heard_from_leader(Turn& t, NodeId leader);
bool votes_are_withheld(const Turn& t);
void on_pre_vote(Turn& t, const Message& m);
void on_vote(Turn& t, const Message& m);
void on_vote_reply(Turn& t, const Message& m);
void on_timeout_now(Turn& t, const Message& m);
void count_own_vote(Turn& t);
void on_rearm(Turn& t, bool leader_lives);
void on_campaign(Turn& t);

// ---- replication.cpp
void on_propose(Turn& t, const Propose& propose);
// Appends one entry of the current term. REQUIRES leader.
LogIndex append_own(Turn& t, EntryKind kind, const Bytes& data);
// Appends any entry; follower and leader alike end up here.
void append_entry(Turn& t, const Entry& entry);
void on_append(Turn& t, const Message& m);
void on_append_reply(Turn& t, const Message& m);
void on_heartbeat(Turn& t, const Message& m);
void on_heartbeat_reply(Turn& t, const Message& m);
void tick_leader(Turn& t);
void broadcast_heartbeat(Turn& t);
void send_what_is_due(Turn& t);
void start_leading(Turn& t);
Progress* find_progress(State& s, NodeId id);

// ---- commit.cpp
void on_persisted(Turn& t, std::uint64_t ticket);
void advance_commit_as_leader(Turn& t);
void advance_commit_to(Turn& t, LogIndex index);
bool own_term_committed(const State& s);
void leave_quarantine_if_repaired(Turn& t);

// ---- snapshot.cpp
void send_chunk(Turn& t, Progress& p);
void tick_chunks(Turn& t);
void on_snapshot_chunk(Turn& t, const Message& m);
void on_snapshot_reply(Turn& t, const Message& m);
void on_snapshot_taken(Turn& t, const SnapshotMeta& meta);
void on_snapshot_stored(Turn& t, const SnapshotStored& stored);

// ---- membership.cpp
void adopt_configuration(Turn& t, LogIndex index, const Configuration& configuration);
void drop_configurations_from(Turn& t, LogIndex index);
void match_progress_to_configuration(Turn& t);
void note_configuration(Turn& t);
void on_change_membership(Turn& t, const ChangeMembership& change);
void on_transfer(Turn& t, const TransferLeadership& transfer);
// Moves a change and a transfer on as far as they can go now.
void advance_change(Turn& t);
void advance_transfer(Turn& t);
void give_up_change(Turn& t);
void learn_outcome_of_transfer(Turn& t);

// ---- read_index.cpp
void on_request_read(Turn& t, std::uint64_t context);
void begin_round(Turn& t);
void confirm_rounds(Turn& t);
void answer_reads(Turn& t);
void refuse_reads(Turn& t);
bool retries_reuse_rounds(const State& s);  // a planted bug

// ---- lease.cpp
void renew_lease(Turn& t);
bool lease_holds(const Turn& t);
void forfeit_lease(Turn& t);

}  // namespace wn::raft
