#pragma once
// The functions that work on State, by concern; one .cpp file each. Internal to the room.
#include "runtime/rpc/state.h"

namespace wn::rpc {

// ---- peers.cpp: who is known, and how much is held for them
// Null: the table is full, or (`make` = false) the peer is not known.
Peer* peer_of(State& s, const Moment& moment, NodeId node, bool make);
// Is there room for so much more for this peer, over all? Its own shares are the caller's to ask.
bool has_room(const State& s, const Peer& peer, std::size_t bytes);
void hold(State& s, Peer& peer, std::size_t Peer::* share, std::size_t bytes);
void let_go(State& s, Peer& peer, std::size_t Peer::* share, std::size_t bytes);
void mark_dirty(State& s, NodeId node, Peer& peer);
const MethodSpec* method_of(const State& s, std::uint32_t method);
// What a call counts for, on either side: the same numbers are on the wire.
constexpr std::size_t cost_of(std::size_t request_bytes, std::size_t arguments, std::size_t capability_bytes,
                              std::size_t response_bytes, std::size_t response_items) {
  return kOverheadBytes + request_bytes + capability_bytes + response_bytes +
         (arguments + response_items) * kItemBytes;
}
template <class Timed>
void arm(State& s, Timed& timed, bool incoming, std::uint64_t id, Instant at) {
  if (timed.armed == at) return;
  if (timed.armed < Instant::max()) s.timers.erase({.at = timed.armed, .incoming = incoming, .id = id});
  if (at < Instant::max()) s.timers.insert({.at = at, .incoming = incoming, .id = id});
  timed.armed = at;
}
constexpr std::size_t live_share(const Options& o) { return o.peer_bytes_max / 4; }
constexpr std::size_t running_share(const Options& o) { return o.peer_bytes_max / 2; }
constexpr std::size_t outcome_share(const Options& o) { return o.peer_bytes_max / 4; }

// ---- outgoing.cpp: calls of ours
std::expected<CallId, Status> make_call(State& s, const Moment& moment, const CallSpec& spec,
                                        Effects& effects);
void cancel_call(State& s, const Moment& moment, std::uint64_t id, Effects& effects);
void cancel_children(State& s, const Moment& moment, Incoming parent, Effects& effects);
// Ends the call; what it waited for goes on.
void complete(State& s, std::uint64_t id, Status status, Errc error, Payload result, Effects& effects);
void live_due(State& s, const Moment& moment, std::uint64_t id, Effects& effects);
Duration backoff(const State& s, const Live& live);
// Another attempt with the next flush.
void send_again(State& s, Live& live);
// The callee has restarted: what was sent to its earlier incarnation.
void callee_restarted(State& s, NodeId node, Peer& peer, Effects& effects);

// ---- replies.cpp: answers to them
void on_replies(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);

// ---- incoming.cpp: calls of others
void on_calls(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
void on_cancels(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);

// ---- entries.cpp: their life
// The earlier calls that it rests on are looked up; it is delivered, waits on, or breaks. Then those behind
// it.
void resolve(State& s, const Moment& moment, Peer& peer, Effects& effects);
Errc answer_entry(State& s, const Moment& moment, std::uint64_t serial, Answer answer, Effects& effects);
void finish(State& s, Peer& peer, Entry& entry, Answer answer);
void withdraw(State& s, const Moment& moment, Peer& peer, Entry& entry, Status reason, Effects& effects);
void entry_due(State& s, const Moment& moment, std::uint64_t serial, Effects& effects);
// Not for good: the call is about to be tried anew.
void forget_outcome(State& s, Peer& peer, std::uint64_t serial, bool for_good = true);
void queue_reply(State& s, Peer& peer, Entry& entry);

// ---- flush.cpp
void flush_peers(State& s, const Moment& moment, Effects& effects);
RepliesHead replies_head(const State& s, Peer* peer);

// ---- invariants.cpp
std::string broken_invariant(const State& s);

}  // namespace wn::rpc
