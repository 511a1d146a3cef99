// Log replication: [raft] section 5.3; pipelining [diss] 10.2.1; fast back-up over a conflicting suffix
// [raft] end of 5.3.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/raft/quorum.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

namespace {

// A follower holds at most this many times log_entries_max: its snapshots may lag behind the leader's.
constexpr std::uint64_t kFollowerLogFactor = 4;

// Whole before applied: the shape of an append from outside.
bool is_well_formed(const Message& m) {
  LogIndex index = m.log_index;
  Term term = m.log_term;
  for (const Entry& entry : m.entries) {
    index = index.next();
    if (entry.index != index || entry.term < term || entry.term > m.term) return false;
    if (entry.kind == EntryKind::configuration && !decode_configuration(entry.data.view())) return false;
    term = entry.term;
  }
  return true;
}

void reject_append(Turn& t, const Message& m) {
  State& s = t.s;
  // The hint skips all entries of terms that the leader's entry there cannot have had.
  const LogIndex limit = std::min(m.log_index, s.log.last_index());
  const LogIndex hint = s.log.last_with_term_at_most(limit, m.log_term);
  Message& reply = send(t, MessageType::append_reply, m.from, kWaitForHardState);
  reply.reject = true;
  reply.log_index = hint;
  reply.log_term = s.log.term_at(std::max(hint, s.log.base_index()));
  reply.round = m.round;
}

void truncate(Turn& t, LogIndex from) {
  State& s = t.s;
  sometimes(t, "raft: conflicting suffix truncated");
  note(t, TraceKind::raft_truncate, from.value, s.log.last_index().value, s.term.value);
  s.log.truncate_from(from);
  s.step_truncate_from = from;
  s.durable_index = std::min(s.durable_index, from.prev());
  for (TicketMark& mark : s.marks) mark.last = std::min(mark.last, from.prev());
  drop_configurations_from(t, from);
}

// Committed entries never change, so a leader whose entries say otherwise is none, whatever it says its term
// is: what it sends is refused whole. A planted bug may lead here too; the checkers must see that.
bool contradicts_committed(const State& s, const Message& m) {
  if (s.options.defect != Defect::none) return false;
  return std::ranges::any_of(m.entries, [&](const Entry& entry) {
    return entry.index <= s.commit && s.log.knows(entry.index) && s.log.term_at(entry.index) != entry.term;
  });
}

// Stores what is new of m.entries ([raft] figure 2, AppendEntries 3 and 4).
void take_entries(Turn& t, const Message& m) {
  State& s = t.s;
  for (const Entry& entry : m.entries) {
    if (entry.index <= s.commit) continue;
    if (entry.index <= s.log.last_index()) {
      if (s.log.term_at(entry.index) == entry.term) continue;
      truncate(t, entry.index);
    }
    // Below the term of a committed entry: only a planted bug leads here, and the checkers must see it.
    if (s.options.defect != Defect::none && entry.term < s.log.last_term()) return;
    append_entry(t, entry);
  }
}

// Defect commit_of_older_term sends the entries of its own term with some of its heartbeats only. That is no
// bug by itself; it widens the gap in which figure 8 (c) to (d) fits.
LogIndex last_to_send(const Turn& t) {
  const State& s = t.s;
  if (s.options.defect != Defect::commit_of_older_term) return s.log.last_index();
  return std::max(s.log.last_with_term_at_most(s.log.last_index(), Term{s.term.value - 1}), s.lazily_sent);
}

void send_append(Turn& t, Progress& p) {
  State& s = t.s;
  const Options& o = s.options;
  const LogIndex prev = p.next.prev();
  LogIndex last = prev;
  std::uint64_t bytes = 0;
  LogIndex limit = p.may_send_entries() ? std::min(s.log.last_index(), prev + o.append_entries_max) : prev;
  if (limit > prev.next() && WN_FAULT_POINT(o.fault_points, "raft.append-one-entry")) limit = prev.next();
  while (last < limit) {
    bytes += s.log.at(last.next()).data.size();
    if (bytes > o.append_bytes_max && last != prev) break;
    last = last.next();
  }
  Message& m = send(t, MessageType::append, p.id);
  m.log_index = prev;
  m.log_term = s.log.term_at(prev);
  m.commit = s.commit;
  m.round = s.round;
  m.entries = s.log.span(p.next, last);
  p.poke = false;
  if (p.state == ProgressState::probe) {
    p.probe_sent = true;
  } else if (last > prev) {
    p.window.add(last);
    p.next = last.next();
  }
}

void send_due(Turn& t, Progress& p) {
  State& s = t.s;
  [[maybe_unused]] FaultPoints* const points = s.options.fault_points;
  if (p.state != ProgressState::snapshot && p.next.prev() < s.log.base_index()) p.become_snapshot(s.snapshot);
  if (p.state == ProgressState::probe && !p.probe_sent && p.next.prev() < s.snapshot.index &&
      WN_FAULT_POINT(points, "raft.image-though-log-would-do")) {
    p.become_snapshot(s.snapshot);
  }
  if (p.state == ProgressState::snapshot) return send_chunk(t, p);
  while (p.may_send_entries() && p.next <= last_to_send(t)) {
    send_append(t, p);
    if (WN_FAULT_POINT(points, "raft.pipeline-pauses")) break;
  }
  // An append without news: asks whether what was sent has arrived.
  if (p.poke && !(p.state == ProgressState::probe && p.probe_sent)) send_append(t, p);
}

// The leaders of figure 8 and of Ongaro's 2015 counterexample have no no-op of section 8, at least not yet:
// they offer what they have first. The two planted bugs need that time to show.
bool is_late_with_noop(const State& s) {
  return s.options.defect == Defect::commit_of_older_term ||
         s.options.defect == Defect::single_server_membership_change;
}

}  // namespace

Progress* find_progress(State& s, NodeId id) {
  for (Progress& p : s.progress) {
    if (p.id == id) return &p;
  }
  return nullptr;
}

void append_entry(Turn& t, const Entry& entry) {
  State& s = t.s;
  s.log.append(entry);
  if (s.step_append_from.value == 0) s.step_append_from = entry.index;
  note(t, TraceKind::raft_append, entry.index.value, entry.term.value, entry.checksum,
       static_cast<std::uint64_t>(entry.kind));
  if (entry.kind != EntryKind::configuration) return;
  auto decoded = decode_configuration(entry.data.view());
  WN_CHECK(decoded.has_value());
  adopt_configuration(t, entry.index, *decoded);
}

LogIndex append_own(Turn& t, EntryKind kind, const Bytes& data) {
  State& s = t.s;
  WN_CHECK(s.role == Role::leader);
  const LogIndex index = s.log.last_index().next();
  append_entry(
      t, Entry{.term = s.term, .index = index, .kind = kind, .checksum = crc32c(data.view()), .data = data});
  return index;
}

void on_propose(Turn& t, const Propose& propose) {
  State& s = t.s;
  if (propose.commands.empty()) return;
  if (s.role != Role::leader) return refuse(t, propose.context, Errc::not_leader);
  // [diss] 3.10, step 1: "The prior leader stops accepting new client requests."
  if (s.transfer.active) return refuse(t, propose.context, Errc::overloaded);
  const std::uint64_t held = s.log.last_index() - s.snapshot.index;
  if (held + propose.commands.size() > s.options.log_entries_max ||
      WN_FAULT_POINT(s.options.fault_points, "raft.log-called-full")) {
    sometimes(t, "raft: proposal refused, log full");
    return refuse(t, propose.context, Errc::overloaded);
  }
  for (const Bytes& command : propose.commands) {
    if (command.size() > kEntryBytesMax) return refuse(t, propose.context, Errc::too_large);
  }
  for (const Bytes& command : propose.commands) append_own(t, EntryKind::command, command);
}

void start_leading(Turn& t) {
  State& s = t.s;
  s.round = s.confirmed_round = 0;
  s.lease_until = Instant{};
  s.lease_forfeited = false;
  s.change = Change{};
  if (s.transfer.active) refuse(t, s.transfer.context, Errc::timed_out);
  s.transfer = Transfer{};
  s.progress.clear();
  s.departing = false;
  match_progress_to_configuration(t);
  s.term_start = s.log.last_index().next();
  begin_round(t);
  s.heartbeat_deadline = t.at.now + s.options.heartbeat_interval;
  // [raft] section 8: "each leader commit[s] a blank no-op entry into the log at the start of its term".
  s.noop_due = t.at.now;
  s.lazily_sent = LogIndex{};
  s.lazy_due = t.at.now + s.options.election_timeout_min;
  if (is_late_with_noop(s)) {
    s.noop_due = t.at.now + s.options.election_timeout_min;
    for (Progress& p : s.progress) {
      p.next = std::max(s.log.last_index(), s.log.first_index());
      p.poke = true;
    }
  } else {
    append_own(t, EntryKind::noop, Bytes{});
  }
  s.count_replicas = true;
}

void on_append(Turn& t, const Message& m) {
  State& s = t.s;
  // Another leader of our own term cannot be; where a planted bug makes one, it is for the checkers to see.
  if (s.role == Role::leader || !is_well_formed(m)) return;
  if (contradicts_committed(s, m)) return sometimes(t, "raft: a leader that denies what is committed");
  heard_from_leader(t, m.from);
  if (s.incoming.storing) return;  // the state machine is about to be replaced; the leader will ask again
  if (s.log.size() + m.entries.size() > s.options.log_entries_max * kFollowerLogFactor) {
    sometimes(t, "raft: append dropped, follower's log full");
    return;
  }
  const bool before_window = m.log_index < s.log.base_index();
  if (m.log_index > s.log.last_index() || (!before_window && s.log.term_at(m.log_index) != m.log_term)) {
    return reject_append(t, m);
  }
  const LogIndex last = m.log_index + m.entries.size();
  // All before the window is committed, hence the same at the leader; more than that must join on.
  take_entries(t, m);
  // Defect term_before_suffix: the first append of a term is answered as soon as the term is durable, and
  // what it brought is synced behind (ZooKeeper's NEWLEADER, six severe bugs; "Multi-Grained Specifications
  // for Distributed System Model Checking and Verification", EuroSys'25).
  const bool early = s.options.defect == Defect::term_before_suffix && s.matched == LogIndex{};
  const LogIndex match = std::min(std::max(last, s.commit), s.log.last_index());
  s.matched = std::max(s.matched, match);
  advance_commit_to(t, std::min(m.commit, s.matched));
  Message& reply = send(t, MessageType::append_reply, m.from, early ? kWaitForHardState : kWaitForAll);
  reply.log_index = match;
  reply.round = m.round;
}

void on_append_reply(Turn& t, const Message& m) {
  State& s = t.s;
  Progress* p = s.role == Role::leader ? find_progress(s, m.from) : nullptr;
  if (p == nullptr || m.log_index > s.log.last_index()) return;
  p->last_contact = t.at.now;
  if (m.round > p->acked_round && m.round <= s.round) {
    p->acked_round = m.round;
    confirm_rounds(t);
  }
  if (m.reject) {
    LogIndex hint = m.log_index;
    if (hint >= s.log.base_index()) {
      hint = s.log.last_with_term_at_most(hint, m.log_term);
      // The logs part before the window: only an image helps.
      if (hint == s.log.base_index() && s.log.base_term() > m.log_term) hint = hint.prev();
    }
    if (p->match > hint) sometimes(t, "raft: follower asked for entries that it had acknowledged");
    p->rejected(hint);
    return;
  }
  if (p->state == ProgressState::snapshot) {
    if (m.log_index < s.log.base_index()) return;
    p->match = std::max(p->match, m.log_index);
    p->become_probe(p->match.next());
  }
  if (p->accepted(m.log_index)) s.count_replicas = true;
}

void on_heartbeat(Turn& t, const Message& m) {
  State& s = t.s;
  if (s.role == Role::leader) return;
  heard_from_leader(t, m.from);
  // Not beyond what this leader has checked: the log may have been cut back by a restart since it last knew.
  if (!s.incoming.storing) advance_commit_to(t, std::min(m.commit, s.matched));
  Message& reply = send(t, MessageType::heartbeat_reply, m.from, kWaitForHardState);
  reply.round = m.round;
  reply.log_index = s.matched;
}

void on_heartbeat_reply(Turn& t, const Message& m) {
  State& s = t.s;
  Progress* p = s.role == Role::leader ? find_progress(s, m.from) : nullptr;
  if (p == nullptr || m.round > s.round) return;
  p->last_contact = t.at.now;
  if (m.round > p->acked_round) {
    p->acked_round = m.round;
    confirm_rounds(t);
  }
  // This heartbeat was sent after the last append, or after an earlier poke: had they arrived, the follower
  // would say so. Ask once a round.
  if (m.round <= p->poke_round) return;
  if (p->state == ProgressState::probe) {
    p->probe_sent = false;
    p->poke = true;
    p->poke_round = s.round;
  } else if (p->state == ProgressState::replicate && (p->match.next() < p->next || m.log_index < p->match)) {
    p->poke = true;
    p->poke_round = s.round;
  }
}

void broadcast_heartbeat(Turn& t) {
  State& s = t.s;
  for (const Progress& p : s.progress) {
    Message& m = send(t, MessageType::heartbeat, p.id);
    m.commit = std::min(s.commit, p.match);
    m.round = s.round;
  }
}

void tick_leader(Turn& t) {
  State& s = t.s;
  if (t.at.now < s.heartbeat_deadline) return;
  const bool checks = s.options.check_quorum && s.options.defect != Defect::no_check_quorum &&
                      s.options.defect != Defect::no_pre_vote_no_check_quorum;
  if (checks) {
    const std::int64_t heard = quorum_value(s.configuration(), [&](NodeId id) {
      if (id == s.options.id) return t.at.now.ns;
      const Progress* p = find_progress(s, id);
      return p != nullptr ? p->last_contact.ns : std::int64_t{0};
    });
    if (t.at.now >= Instant{heard} + s.options.election_timeout_max) {
      sometimes(t, "raft: leader stepped down by check-quorum");
      return become_follower(t, s.term, kNobody);
    }
  }
  const bool hurried = WN_FAULT_POINT(s.options.fault_points, "raft.heartbeat-early");
  s.heartbeat_deadline = t.at.now + s.options.heartbeat_interval / (hurried ? 8 : 1);
  if (t.at.now >= s.lazy_due) {
    s.lazily_sent = s.log.last_index();
    s.lazy_due = t.at.now + s.options.election_timeout_min;
  }
  if (is_late_with_noop(s) && s.log.last_term() != s.term && t.at.now >= s.noop_due) {
    append_own(t, EntryKind::noop, Bytes{});
  }
  tick_chunks(t);
  if (s.reads.empty() || !retries_reuse_rounds(s)) begin_round(t);
  broadcast_heartbeat(t);
}

void send_what_is_due(Turn& t) {
  if (t.s.role != Role::leader) return;
  for (Progress& p : t.s.progress) send_due(t, p);
}

}  // namespace wn::raft
