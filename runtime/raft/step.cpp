// Dispatch: one input to its rule, then the leader's upkeep, then the effects in their contracted order.
#include <algorithm>
#include <tuple>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

void Effects::clear() {
  persist = Persist{};
  messages.clear();
  committed = {};
  reads.clear();
  refusals.clear();
  chunks.clear();
  completed.clear();
  notes.clear();
  sometimes.clear();
}

void note(Turn& t, TraceKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
          std::uint64_t e) {
  t.out.notes.push_back(Note{.kind = kind, .field = {a, b, c, d, e}});
}

Message& send(Turn& t, MessageType type, NodeId to, std::uint64_t wait_for) {
  Outgoing& out = t.out.messages.emplace_back();
  out.wait_for = wait_for;
  out.message.type = type;
  out.message.from = t.s.options.id;
  out.message.to = to;
  out.message.term = t.s.term;
  return out.message;
}

void refuse(Turn& t, std::uint64_t context, Errc code) {
  t.out.refusals.push_back(Refusal{.context = context, .code = code, .leader = t.s.leader});
  note(t, TraceKind::raft_refused, static_cast<std::uint64_t>(code));
}

namespace {

void check_options(const Options& o) {
  WN_CHECK(o.id);
  WN_CHECK_GT(o.election_timeout_min.ns, 0);
  WN_CHECK_GE(o.election_timeout_max, o.election_timeout_min);
  WN_CHECK_GT(o.heartbeat_interval.ns, 0);
  WN_CHECK_LT(o.heartbeat_interval, o.election_timeout_min);
  WN_CHECK_LT(o.clock_drift_margin_ppm, 1'000'000U);
  WN_CHECK_GT(o.append_entries_max, 0U);
  WN_CHECK_GT(o.snapshot_chunk_bytes_max, 0U);
  WN_CHECK_GT(o.log_entries_max, 0U);
}

bool from_leader(MessageType type) {
  return type == MessageType::append || type == MessageType::heartbeat || type == MessageType::snapshot_chunk;
}

// A message of a past term. Silence would wedge a node whose term ran ahead while it was cut off: the leader
// would never learn of that term, so it is answered with ours and the sender steps down.
void answer_past_term(Turn& t, const Message& m) {
  if (from_leader(m.type)) {
    Message& reply = send(t, MessageType::append_reply, m.from, kWaitForHardState);
    reply.reject = true;
    reply.log_index = t.s.log.last_index();
    reply.log_term = t.s.log.last_term();
  } else if (m.type == MessageType::pre_vote) {
    send(t, MessageType::pre_vote_reply, m.from, kWaitForHardState).reject = true;
  } else if (m.type == MessageType::vote) {
    send(t, MessageType::vote_reply, m.from, kWaitForHardState).reject = true;
  }
}

// [raft] figure 2: "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
// follower". False when the message is to be dropped instead.
bool follow_higher_term(Turn& t, const Message& m) {
  switch (m.type) {
    case MessageType::pre_vote:
      return true;  // carries a term that its sender has not entered
    case MessageType::pre_vote_reply:
      if (!m.reject) return true;  // ditto
      break;
    case MessageType::vote:
      // Dropped by on_vote; a withheld vote must not raise the term either.
      if (!m.leadership_transfer && votes_are_withheld(t)) return true;
      break;
    case MessageType::timeout_now:
      return false;  // only the leader of our own term may ask for this
    default:
      break;
  }
  become_follower(t, m.term, from_leader(m.type) ? m.from : kNobody);
  return true;
}

void on_message(Turn& t, const Message& m) {
  if (m.to != t.s.options.id || m.from == t.s.options.id || !m.from) return;
  if (m.term < t.s.term) return answer_past_term(t, m);
  if (m.term > t.s.term && !follow_higher_term(t, m)) return;
  switch (m.type) {
    case MessageType::pre_vote:
      return on_pre_vote(t, m);
    case MessageType::vote:
      return on_vote(t, m);
    case MessageType::pre_vote_reply:
    case MessageType::vote_reply:
      return on_vote_reply(t, m);
    case MessageType::append:
      return on_append(t, m);
    case MessageType::append_reply:
      return on_append_reply(t, m);
    case MessageType::heartbeat:
      return on_heartbeat(t, m);
    case MessageType::heartbeat_reply:
      return on_heartbeat_reply(t, m);
    case MessageType::snapshot_chunk:
      return on_snapshot_chunk(t, m);
    case MessageType::snapshot_reply:
      return on_snapshot_reply(t, m);
    case MessageType::timeout_now:
      return on_timeout_now(t, m);
  }
}

void on_tick(Turn& t) {
  learn_outcome_of_transfer(t);
  if (t.s.role == Role::leader) {
    tick_leader(t);
  } else {
    tick_election(t);
  }
}

struct Dispatch {
  Turn& t;
  void operator()(const Tick&) const { on_tick(t); }
  void operator()(const Receive& in) const { on_message(t, *in.message); }
  void operator()(const Propose& in) const { on_propose(t, in); }
  void operator()(const ChangeMembership& in) const { on_change_membership(t, in); }
  void operator()(const TransferLeadership& in) const { on_transfer(t, in); }
  void operator()(const RequestRead& in) const { on_request_read(t, in.context); }
  void operator()(const Persisted& in) const { on_persisted(t, in.ticket); }
  void operator()(const SnapshotTaken& in) const { on_snapshot_taken(t, in.meta); }
  void operator()(const SnapshotStored& in) const { on_snapshot_stored(t, in); }
  void operator()(const Rearm& in) const { on_rearm(t, in.leader_lives); }
  void operator()(const Campaign&) const { on_campaign(t); }
};

void hand_over_persist(Turn& t) {
  State& s = t.s;
  const HardState hard{.term = s.term, .voted_for = s.voted_for};
  // Defect vote_not_persisted: term and vote stay in memory alone, which section 5.2 forbids.
  const bool hard_changed =
      hard != s.hard_state_handed_over && s.options.defect != Defect::vote_not_persisted;
  const bool appended = s.step_append_from.value != 0 && s.step_append_from <= s.log.last_index();
  if (!hard_changed && !appended && s.step_truncate_from.value == 0) return;
  Persist& p = t.out.persist;
  p.ticket = ++s.issued_ticket;
  if (s.options.defect != Defect::vote_not_persisted) p.hard_state = hard;
  p.hard_state_changed = hard_changed;
  if (hard_changed) {
    s.hard_state_handed_over = hard;
    s.hard_state_ticket = p.ticket;
  }
  p.truncate_from = s.step_truncate_from;
  if (appended) p.entries = s.log.span(s.step_append_from, s.log.last_index());
  s.marks.push_back(TicketMark{.ticket = p.ticket, .last = s.log.last_index()});
}

void hand_over_committed(Turn& t) {
  State& s = t.s;
  if (s.commit <= s.handed_over) return;
  t.out.committed = s.log.span(s.handed_over.next(), s.commit);
  s.handed_over = s.commit;
  for (const Entry& entry : t.out.committed) {
    note(t, TraceKind::raft_commit, entry.index.value, s.term.value, entry.term.value, entry.checksum);
  }
}

void resolve_waits(Turn& t) {
  const State& s = t.s;
  for (Outgoing& out : t.out.messages) {
    if (out.wait_for == kWaitForAll) {
      out.wait_for = s.issued_ticket;
    } else if (out.wait_for == kWaitForHardState) {
      out.wait_for = s.hard_state_ticket;
    }
    if (out.wait_for <= s.durable_ticket) out.wait_for = 0;
  }
}

void note_state(Turn& t) {
  const State& s = t.s;
  note(t, TraceKind::raft_state, static_cast<std::uint64_t>(s.role), s.term.value, s.leader.value,
       s.voted_for.value, s.commit.value);
}

}  // namespace

RaftCore::RaftCore(const Options& options, Restored restored, Instant now)
    : state_(std::make_unique<State>(options, options.jitter_seed)) {
  check_options(options);
  State& s = *state_;
  s.snapshot = restored.snapshot;
  s.log.reset(restored.snapshot.index, restored.snapshot.term);
  s.configurations.push_back({restored.snapshot.index, restored.snapshot.configuration});
  for (const Entry& entry : restored.entries) {
    s.log.append(entry);
    if (entry.kind != EntryKind::configuration) continue;
    const auto decoded = decode_configuration(entry.data.view());
    WN_CHECK(decoded.has_value());  // the store has verified the record's checksum
    s.configurations.push_back({entry.index, *decoded});
  }
  s.term = std::max(restored.hard_state.term, s.log.last_term());
  if (s.term == restored.hard_state.term) s.voted_for = restored.hard_state.voted_for;
  s.hard_state_handed_over = {.term = s.term, .voted_for = s.voted_for};
  s.commit = s.handed_over = restored.snapshot.index;
  s.durable_index = s.log.last_index();
  if (restored.quarantine_until > s.commit) s.quarantine_until = restored.quarantine_until;
  s.election_timeout =
      Duration{s.random.at("raft.election-timeout", options.id.value, s.draws++)
                   .between(options.election_timeout_min.ns, options.election_timeout_max.ns)};
  s.election_deadline = now + s.election_timeout;
  // A vote withheld from others while a lease may run must stay withheld over a restart, because what was
  // heard from the leader is not on disk.
  s.withhold_until = options.lease_reads && !restored.newborn ? now + options.election_timeout_min : now;
}

RaftCore::RaftCore(const State& state) : state_(std::make_unique<State>(state)) {
  check_options(state.options);
}

RaftCore::~RaftCore() = default;

void RaftCore::step(const Moment& moment, const Input& input, Effects& effects) {
  State& s = *state_;
  effects.clear();
  Turn t{.s = s, .at = moment, .out = effects};
  s.step_truncate_from = s.step_append_from = LogIndex{};
  if (!s.step_began) {
    s.step_began = true;
    note(t, TraceKind::raft_restored, s.term.value, s.voted_for.value, s.log.last_index().value,
         s.commit.value, s.quarantine_until.value);
    note_configuration(t);
  }
  const auto visible = [&] { return std::tuple(s.role, s.term, s.leader, s.voted_for); };
  const auto before = visible();

  std::visit(Dispatch{t}, input);
  // The upkeep of a leader. Each of these may end its leadership, after which the others do nothing.
  advance_commit_as_leader(t);
  advance_change(t);
  advance_transfer(t);
  send_what_is_due(t);
  leave_quarantine_if_repaired(t);

  hand_over_persist(t);
  hand_over_committed(t);
  resolve_waits(t);
  if (visible() != before) note_state(t);
}

Instant RaftCore::next_deadline() const {
  const State& s = *state_;
  Instant due = Instant::max();
  if (s.role == Role::leader) {
    if (!s.alone()) due = s.heartbeat_deadline;
  } else if (may_campaign(s)) {
    due = s.election_deadline;
  }
  if (s.transfer.active) due = std::min(due, s.transfer.deadline);
  return due;
}

Status RaftCore::status() const {
  const State& s = *state_;
  return Status{.role = s.role,
                .term = s.term,
                .leader = s.leader,
                .voted_for = s.voted_for,
                .commit = s.commit,
                .last_index = s.log.last_index(),
                .durable_index = s.durable_index,
                .snapshot = s.snapshot,
                .configuration = s.configuration(),
                .quarantine_until = s.quarantine_until,
                .lease_until = s.role == Role::leader && !s.lease_forfeited ? s.lease_until : Instant{}};
}

const Entry* RaftCore::entry_at(LogIndex index) const {
  const Log& log = state_->log;
  return index > log.base_index() && index <= log.last_index() ? &log.at(index) : nullptr;
}

bool RaftCore::quiet(const MemberList& gone) const {
  const State& s = *state_;
  if (s.role != Role::leader || s.transfer.active || s.change.phase != ChangePhase::none) return false;
  if (!s.reads.empty() || s.departing || s.configuration().joint()) return false;
  const LogIndex last = s.log.last_index();
  if (s.commit != last || s.durable_index != last || !own_term_committed(s)) return false;
  return std::ranges::all_of(s.progress, [&](const Progress& p) {
    if (gone.contains(p.id)) return true;
    return p.state == ProgressState::replicate && p.match == last && p.window.empty() && !p.poke;
  });
}

const ConfigurationAt& in_force_at(const State& s, LogIndex index) {
  const auto& all = s.configurations;
  WN_CHECK_LE(all.front().index, index);
  auto at = all.end() - 1;
  while (at->index > index) --at;
  return *at;
}

const Configuration& RaftCore::configuration_at(LogIndex index) const {
  return in_force_at(*state_, index).configuration;
}

LogIndex RaftCore::configuration_index_at(LogIndex index) const { return in_force_at(*state_, index).index; }

}  // namespace wn::raft
