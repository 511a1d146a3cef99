// The core and its effects, in the order of raft.h's contract.
#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/node/rules.h"
#include "runtime/raft/invariants.h"

namespace wn::node {
namespace {

// A planted bug breaks invariants on purpose, and the checkers must find it from outside: no abort then.
bool checks_invariants(const State& s) {
  return s.options.check_invariants && s.options.defect == Defect::none;
}

void require(const char* broken_invariant) {
  if (broken_invariant == nullptr) return;
  detail::check_failed("Raft invariant", broken_invariant, std::source_location::current());
}

void step_core(State& s, const raft::Moment& moment, const raft::Input& input) {
  if (!checks_invariants(s)) return s.core->step(moment, input, s.effects);
  const raft::Observed before = raft::observe(s.core->state());
  s.core->step(moment, input, s.effects);
  require(raft::check_now(s.core->state()));
  require(raft::check_step(before, s.core->state()));
}

raft::Moment moment(const State& s) {
  const Instant now = s.backend.clock.monotonic_now();
  // Defect lease_on_wall_clock: a clock that may step measures how long leadership is promised (an NTP step
  // back prolongs the lease beyond the followers' patience).
  if (s.options.defect == Defect::lease_on_wall_clock) {
    return {.now = now, .lease_now = Instant{s.backend.clock.wall_now().ns}};
  }
  return {.now = now, .lease_now = now};
}

void tell_probe(State& s) {
  for (const raft::Note& note : s.effects.notes) {
    s.backend.probe.emit(note.kind, note.field);
    if (note.kind == TraceKind::raft_state) {
      s.role = static_cast<raft::Role>(note.field[0]);
      s.leader = NodeId{static_cast<std::uint32_t>(note.field[2])};
    }
  }
  for (const Claim& claim : s.effects.sometimes) s.backend.probe.sometimes(claim);
}

void persist(State& s) {
  const raft::Persist& persist = s.effects.persist;
  if (persist.ticket == 0) return;
  s.issued_ticket = persist.ticket;
  s.log.persist(persist, s.planned);
  submit_planned(s);
}

void send_messages(State& s) {
  for (const raft::Outgoing& out : s.effects.messages) {
    if (out.message.type == raft::MessageType::snapshot_chunk) {
      start_chunk_read(s, out);
    } else {
      send_or_hold(s, out.wait_for, out.message);
    }
  }
}

// The core knows what is committed; the store alone would have to guess from the length of its log.
void lift_quarantine(State& s) {
  if (!s.quarantined || s.core->status().quarantine_until.value != 0) return;
  s.quarantined = false;
  s.log.lift_quarantine(s.planned);
  submit_planned(s);
}

// The commands of the last proposal that are now in the log, so that their callers can be answered.
void note_proposed(State& s) {
  if (s.proposers.empty()) return;
  std::size_t next = 0;
  for (const raft::Entry& entry : s.effects.persist.entries) {
    if (entry.kind != raft::EntryKind::command || next == s.proposers.size()) continue;
    s.commands.push_back({.index = entry.index, .term = entry.term, .caller = s.proposers[next++]});
  }
  WN_CHECK(next == 0 || next == s.proposers.size());
}

}  // namespace

void step(State& s, const raft::Input& input) {
  WN_CHECK(s.phase == Phase::serving);
  const bool led = s.role == raft::Role::leader;
  step_core(s, moment(s), input);
  tell_probe(s);
  note_proposed(s);
  persist(s);
  lift_quarantine(s);
  send_messages(s);
  apply_committed(s);
  take_chunks(s);
  if (!s.effects.reads.empty()) on_reads_ready(s);
  if (!s.effects.refusals.empty()) on_refusals(s);
  if (!s.effects.completed.empty()) on_completed(s);
  if (led && s.role != raft::Role::leader) abandon_clients(s);
}

void receive_raft(State& s, NodeId from, const Bytes& frame, const wire::FrameView& view) {
  const Errc error = s.decoder.decode_opened(frame, view, s.incoming);
  if (error != Errc::ok || s.incoming.from != from || s.incoming.to != s.options.id) {
    s.backend.probe.sometimes("node: invalid message dropped");
    return;
  }
  step(s, raft::Receive{&s.incoming});
  if (from == s.leader) s.leader_heard = s.backend.clock.monotonic_now();
}

void send_frame(State& s, NodeId to, std::uint8_t type, Bytes frame) {
  // Datagrams may be lost: a full queue is one more way, and all protocols above retry.
  if (WN_FAULT_POINT(s.backend.fault_points, "node.outgoing-queue-full") ||
      s.backend.network.send(to, std::move(frame), type) != Errc::ok) {
    s.backend.probe.sometimes("node: outgoing queue full");
  }
}

void send_or_hold(State& s, std::uint64_t wait_for, const raft::Message& message) {
  const auto type = static_cast<std::uint8_t>(message.type);
  if (wait_for <= s.durable_ticket) return send_frame(s, message.to, type, wire::encode(message));
  if (s.held.size() >= s.options.limits.held_messages_max ||
      WN_FAULT_POINT(s.backend.fault_points, "node.no-room-to-hold")) {
    s.backend.probe.sometimes("node: held message dropped");
    return;
  }
  s.held.push_back({.wait_for = wait_for, .to = message.to, .type = type, .frame = wire::encode(message)});
}

void release_held(State& s) {
  std::size_t kept = 0;
  for (HeldFrame& held : s.held) {
    if (held.wait_for <= s.durable_ticket) {
      send_frame(s, held.to, held.type, std::move(held.frame));
    } else {
      s.held[kept++] = std::move(held);
    }
  }
  s.held.resize(kept);
}

void arm_timer(State& s) {
  // A deadline that moved later stays armed: the timer fires early, finds nothing due and arms anew. That is
  // once per election timeout instead of once per heartbeat.
  Instant due = s.core->next_deadline();
  if (due >= s.armed) return;
  if (WN_FAULT_POINT(s.backend.fault_points, "node.timer-early")) {
    const Instant now = s.backend.clock.monotonic_now();
    if (due > now && due != Instant::max()) due = now + (due - now) / 2;
  }
  s.armed = due;
  s.backend.clock.arm(kRaftTimer, due);
}

}  // namespace wn::node
