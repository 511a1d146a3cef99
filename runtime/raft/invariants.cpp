#include "runtime/raft/invariants.h"

namespace wn::raft {

namespace {

const char* check_positions(const State& s) {
  if (s.log.base_index() > s.snapshot.index) return "entries that no snapshot covers are kept";
  if (s.snapshot.index > s.commit) return "a snapshot covers committed entries only";
  if (s.commit > s.log.last_index()) return "the commit index lies within the log";
  if (s.handed_over != s.commit) return "all committed entries have been handed over";
  if (s.durable_index > s.log.last_index()) return "the durable index lies within the log";
  if (s.log.last_term() > s.term) return "the term is at least that of the last entry";
  if (s.durable_ticket > s.issued_ticket) return "only issued tickets become durable";
  if (s.marks.size() > s.issued_ticket - s.durable_ticket) return "every mark awaits a ticket";
  return nullptr;
}

const char* check_configurations(const State& s) {
  if (s.configurations.empty()) return "there always is a configuration";
  if (s.configurations.front().index > s.snapshot.index) return "the snapshot's configuration is known";
  for (std::size_t i = 1; i < s.configurations.size(); ++i) {
    if (s.configurations[i].index <= s.configurations[i - 1].index) return "configurations ascend";
  }
  if (s.configuration_index() > s.log.last_index()) return "the configuration in use is in the log";
  return nullptr;
}

const char* check_role(const State& s) {
  switch (s.role) {
    case Role::follower:
      break;
    case Role::pre_candidate:
    case Role::candidate:
      if (s.leader) return "a candidate knows no leader";
      if (s.quarantine_until.value != 0) return "a quarantined node does not campaign";
      if (s.role == Role::candidate && s.voted_for != s.options.id) return "a candidate votes for itself";
      break;
    case Role::leader:
      if (s.leader != s.options.id) return "a leader knows that it leads";
      if (s.voted_for != s.options.id) return "a leader voted for itself";
      if (s.quarantine_until.value != 0) return "a quarantined node does not lead";
      break;
  }
  if (s.role != Role::leader && !s.progress.empty()) return "only a leader tracks followers";
  if (s.role != Role::leader && !s.reads.empty()) return "only a leader holds reads";
  if (s.lease_forfeited && s.lease_until != Instant{}) return "a forfeited lease is gone";
  return nullptr;
}

const char* check_progress(const State& s) {
  if (s.confirmed_round > s.round) return "only rounds that began are confirmed";
  NodeId last;
  for (const Progress& p : s.progress) {
    if (p.id <= last) return "followers are in order";
    last = p.id;
    if (p.id == s.options.id) return "a leader does not track itself";
    if (!s.departing && !s.configuration().contains(p.id)) return "only members are tracked";
    if (p.match >= p.next) return "match is below next";
    if (p.match > s.log.last_index()) return "match lies within the leader's log";
    if (p.next > s.log.last_index().next()) return "next is at most one beyond the leader's log";
    if (p.acked_round > s.round) return "only rounds that began are acknowledged";
    if (p.state != ProgressState::replicate && !p.window.empty()) return "only replication pipelines";
    if (p.state == ProgressState::snapshot && p.image_offset > p.image.bytes)
      return "chunks lie in the image";
  }
  return nullptr;
}

const char* check_bounds(const State& s) {
  if (s.reads.size() > s.options.pending_reads_max) return "pending reads are bounded";
  if (s.role == Role::leader && s.log.last_index() - s.snapshot.index > 2 * s.options.log_entries_max + 64) {
    // Twice: a follower may hold more than it would accept as a leader.
    return s.options.log_entries_max > 1024 ? "the log in memory is bounded" : nullptr;
  }
  return nullptr;
}

}  // namespace

Observed observe(const State& s) {
  return Observed{.role = s.role,
                  .term = s.term,
                  .voted_for = s.voted_for,
                  .commit = s.commit,
                  .handed_over = s.handed_over,
                  .snapshot = s.snapshot.index,
                  .last_index = s.log.last_index(),
                  .issued_ticket = s.issued_ticket,
                  .durable_ticket = s.durable_ticket,
                  .round = s.round,
                  .lease_forfeited = s.lease_forfeited};
}

const char* check_now(const State& s) {
  if (const char* broken = check_positions(s)) return broken;
  if (const char* broken = check_configurations(s)) return broken;
  if (const char* broken = check_role(s)) return broken;
  if (const char* broken = check_progress(s)) return broken;
  return check_bounds(s);
}

const char* check_step(const Observed& before, const State& s) {
  if (s.term < before.term) return "the term never decreases";
  if (s.term == before.term && before.voted_for && s.voted_for != before.voted_for)
    return "one vote in a term";
  if (s.commit < before.commit) return "the commit index never decreases";
  if (s.snapshot.index < before.snapshot) return "the snapshot never moves back";
  if (s.durable_ticket < before.durable_ticket) return "what is durable stays durable";
  if (s.issued_ticket > before.issued_ticket + 1) return "at most one ticket in a step";
  if (s.role == Role::leader && before.role == Role::leader) {
    if (s.term != before.term) return "a leader leads one term";
    // [raft] figure 3, Leader Append-Only.
    if (s.log.last_index() < before.last_index) return "a leader never deletes entries of its log";
    if (s.round < before.round) return "rounds ascend";
    if (before.lease_forfeited && !s.lease_forfeited) return "a lease is forfeited for the whole term";
  }
  // A vote that needs no disk (a planted bug) lets a single voter win within one step.
  const bool votes_reach_the_disk = s.options.defect != Defect::vote_not_persisted;
  if (s.role == Role::leader && before.role == Role::follower && votes_reach_the_disk) {
    return "a leader was a candidate first";
  }
  return nullptr;
}

}  // namespace wn::raft
