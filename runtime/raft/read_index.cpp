// Linearizable reads without a log entry: [diss] 6.4, [raft] section 8.
// A round is a number that the leader sends with heartbeats and appends and that followers send back. Once a
// quorum has returned round r, the leader knows that it still led after r was begun.
#include <algorithm>

#include "runtime/raft/quorum.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

namespace {

// Defect read_before_noop: a new leader takes its commit index for the read index, though it may not know yet
// what the leader before it committed ([diss] 6.4, step 1; etcd #7331).
bool commit_is_current(const State& s) {
  return own_term_committed(s) || s.options.defect == Defect::read_before_noop;
}

}  // namespace

bool retries_reuse_rounds(const State& s) { return s.options.defect == Defect::read_context_reused; }

void on_request_read(Turn& t, std::uint64_t context) {
  State& s = t.s;
  if (s.role != Role::leader) return refuse(t, context, Errc::not_leader);
  // Defect read_without_quorum: a leader that was deposed without noticing answers from the past.
  if (s.options.defect == Defect::read_without_quorum) {
    t.out.reads.push_back(ReadReady{.context = context, .index = s.commit});
    note(t, TraceKind::raft_read, s.commit.value, s.term.value, 0);
    return;
  }
  if (own_term_committed(s) && lease_holds(t) &&
      !WN_FAULT_POINT(s.options.fault_points, "raft.lease-not-used")) {
    sometimes(t, "raft: read served by lease");
    t.out.reads.push_back(ReadReady{.context = context, .index = s.commit, .by_lease = true});
    note(t, TraceKind::raft_read, s.commit.value, s.term.value, 1);
    return;
  }
  if (s.reads.size() >= s.options.pending_reads_max) {
    sometimes(t, "raft: read refused, too many pending");
    return refuse(t, context, Errc::overloaded);
  }
  if (s.options.lease_reads && s.lease_until != Instant{}) sometimes(t, "raft: lease expired before use");
  sometimes(t, "raft: read waited for a quorum");
  // [diss] 6.4, steps 1 and 2: the leader's commit index is the read index once an entry of its term is
  // committed; before that, the first entry of its term is a bound from above of all that was committed.
  const LogIndex index = commit_is_current(s) ? s.commit : s.term_start;
  // All reads that come while a round is under way share the next one.
  const bool under_way = !s.reads.empty();
  s.reads.push_back(PendingRead{.context = context, .index = index});
  // Defect read_context_reused: they share the one under way, and so do its retries (tick_leader): an answer
  // that was on its way since before this read came confirms it, whoever leads by now (etcd #20418).
  if (under_way && retries_reuse_rounds(s)) s.reads.back().round = s.reads.front().round;
  if (under_way) return;
  begin_round(t);
  broadcast_heartbeat(t);
  answer_reads(t);
}

void begin_round(Turn& t) {
  State& s = t.s;
  ++s.round;
  s.round_sent[s.round % kRoundsRemembered] = t.at.lease_now;
  for (auto read = s.reads.rbegin(); read != s.reads.rend() && read->round == 0; ++read)
    read->round = s.round;
  confirm_rounds(t);
}

void confirm_rounds(Turn& t) {
  State& s = t.s;
  const auto confirmed = static_cast<std::uint64_t>(quorum_value(s.configuration(), [&](NodeId id) {
    if (id == s.options.id) return static_cast<std::int64_t>(s.round);
    const Progress* p = find_progress(s, id);
    return p != nullptr ? static_cast<std::int64_t>(p->acked_round) : std::int64_t{0};
  }));
  if (confirmed <= s.confirmed_round) return;
  s.confirmed_round = confirmed;
  renew_lease(t);
  answer_reads(t);
}

void answer_reads(Turn& t) {
  State& s = t.s;
  if (s.reads.empty() || !commit_is_current(s)) return;
  std::size_t done = 0;
  while (done < s.reads.size() && s.reads[done].round != 0 && s.reads[done].round <= s.confirmed_round) {
    const PendingRead& read = s.reads[done++];
    t.out.reads.push_back(ReadReady{.context = read.context, .index = read.index});
    note(t, TraceKind::raft_read, read.index.value, s.term.value, 0);
  }
  if (done == 0) return;
  s.reads.erase(s.reads.begin(), s.reads.begin() + static_cast<std::ptrdiff_t>(done));
  // Those that came meanwhile: one round for all of them.
  if (s.reads.empty() || s.reads.front().round != 0) return;
  begin_round(t);
  broadcast_heartbeat(t);
}

void refuse_reads(Turn& t) {
  for (const PendingRead& read : t.s.reads) refuse(t, read.context, Errc::not_leader);
  t.s.reads.clear();
}

}  // namespace wn::raft
