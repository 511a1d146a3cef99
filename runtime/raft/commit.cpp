// What is durable and what is committed: [raft] sections 5.3, 5.4.2 and figure 8; quarantine after found
// damage.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/raft/quorum.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

void on_persisted(Turn& t, std::uint64_t ticket) {
  State& s = t.s;
  WN_CHECK_LE(ticket, s.issued_ticket);
  if (ticket <= s.durable_ticket) return;
  s.durable_ticket = ticket;
  std::size_t done = 0;
  while (done < s.marks.size() && s.marks[done].ticket <= ticket) {
    // A mark that a truncation has cut back says less than an earlier one; the log only ever grew since.
    s.durable_index = std::max(s.durable_index, s.marks[done].last);
    ++done;
  }
  s.marks.erase(s.marks.begin(), s.marks.begin() + static_cast<std::ptrdiff_t>(done));
  s.count_replicas = true;
  if (ticket >= s.hard_state_ticket) count_own_vote(t);
}

void advance_commit_as_leader(Turn& t) {
  State& s = t.s;
  if (s.role != Role::leader || !s.count_replicas) return;
  s.count_replicas = false;
  // [diss] 10.2.1: the leader's own copy counts once it is on the leader's disk, not before.
  const auto reached = LogIndex{static_cast<std::uint64_t>(quorum_value(s.configuration(), [&](NodeId id) {
    if (id == s.options.id) return static_cast<std::int64_t>(s.durable_index.value);
    const Progress* p = find_progress(s, id);
    return p != nullptr ? static_cast<std::int64_t>(p->match.value) : std::int64_t{0};
  }))};
  if (reached <= s.commit) return;
  // [raft] 5.4.2: "Only log entries from the leader's current term are committed by counting replicas".
  if (s.log.term_at(reached) != s.term && s.options.defect != Defect::commit_of_older_term) return;
  advance_commit_to(t, reached);
  answer_reads(t);
}

void advance_commit_to(Turn& t, LogIndex index) {
  State& s = t.s;
  const LogIndex to = std::min(index, s.log.last_index());
  if (to <= s.commit) return;
  s.commit = to;
}

bool own_term_committed(const State& s) { return s.commit >= s.term_start; }

void leave_quarantine_if_repaired(Turn& t) {
  State& s = t.s;
  if (s.quarantine_until.value == 0) return;
  if (s.commit < s.quarantine_until || s.durable_index < s.quarantine_until) return;
  s.quarantine_until = LogIndex{};
  sometimes(t, "raft: quarantine left after repair");
  restart_election_timer(t);
}

}  // namespace wn::raft
