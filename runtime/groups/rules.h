#pragma once
// The rules that change State, by concern; one .cpp file each. Internal to the room.
#include "runtime/groups/state.h"

namespace wn::groups {

// ---- drive.cpp: one group's core
Replica* find(State& s, GroupId group);
const Replica* find(const State& s, GroupId group);
inline void note(Turn& t, TraceKind kind, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                 std::uint64_t d = 0, std::uint64_t e = 0) {
  t.out.notes.push_back({.kind = kind, .field = {a, b, c, d, e}});
}
inline void sometimes(Turn& t, Claim claim) { t.out.sometimes.push_back(claim); }
Work& work(Replica& r);
// Steps the core and carries out what it wants. May doom the replica, which lives until settle().
void step(Turn& t, Replica& r, const raft::Input& input);
// Appends one command. False: refused; `code` says how.
bool propose(Turn& t, Replica& r, const LogCommand& command, std::uint64_t ticket, AnswerCode& code);
void write_record(Turn& t, Bytes record);
void send(Turn& t, NodeId to, const Item& item);
void arm(State& s, Replica& r);
// The end of every public call: what was put off, then frames.
void settle(Turn& t);
bool leads(const Replica& r);

// ---- life.cpp: replicas come and go
Replica& add_replica(State& s, GroupId group);
// Makes the core of a replica whose `restored`, `image` and machine are in place.
void start_core(State& s, Replica& r, Instant now, bool newborn);
void create_born(Turn& t, GroupId parent, GroupId group, const Bytes& image,
                 const raft::Configuration& members, bool campaign);
Replica* create_blank(Turn& t, GroupId group, NodeId leader);
void drop_doomed(Turn& t);
void note_members(State& s, const Replica& r);
raft::SnapshotMeta first_snapshot(const raft::Configuration& configuration, const Bytes& image);

// ---- apply.cpp: committed entries, snapshots
void apply_entries(Turn& t, Replica& r, std::span<const raft::Entry> entries);
void take_chunks(Turn& t, Replica& r, const std::vector<raft::SnapshotChunk>& chunks);
void image_stored(Turn& t, Replica& r);
void take_snapshot_if_due(Turn& t, Replica& r);
void tell_ownership(Turn& t, const Replica& r);

// ---- client.cpp
void answer(Turn& t, std::uint64_t ticket, const Answer& result);
void refuse_waiting(Turn& t, std::uint64_t ticket, AnswerCode code, Errc error = Errc::ok);
// The answer that says where else to ask.
Answer misdirected(const State& s, const Replica* r, WorknodeId worknode);
std::uint64_t wait(Turn& t, Waiting waiting, Duration patience);
void answer_read(Turn& t, std::uint64_t ticket);
void answer_entry(Turn& t, Replica& r, const raft::Entry& entry, const Applied& applied);
void expire_waiting(Turn& t);
void drop_waiting_of(Turn& t, GroupId group);

// ---- handover.cpp
void drive_hand_over(Turn& t, Replica& r);
Instant hand_over_deadline(const Replica& r);
void on_ask(Turn& t, NodeId from, const Item& item);
void on_reply(Turn& t, NodeId from, const Item& item);
void hand_over_decided(Turn& t, Replica& r, GroupId from, std::uint64_t number);
void hand_over_ended(Turn& t, Replica& r, std::uint64_t number, const Outcome& outcome);

// ---- sleep.cpp
void wake(Turn& t, Replica& r);
bool is_quiet(const State& s, const Replica& r);  // of a leader: nothing to do for those that live
void sleep_if_idle(Turn& t, Replica& r);
void on_sleep(Turn& t, NodeId from, const Item& item);
void heard_from(Turn& t, NodeId from);
void on_alive(Turn& t, NodeId from, std::uint64_t incarnation);
void tick_peers(Turn& t);
bool lives(const State& s, NodeId node);

// ---- directory.cpp
void learn(State& s, WorknodeId worknode, const Location& location);
Location locate(const State& s, WorknodeId worknode);
NodeId leader_of(const State& s, GroupId group);
void learn_group(State& s, GroupId group, const raft::MemberList& members);

}  // namespace wn::groups
