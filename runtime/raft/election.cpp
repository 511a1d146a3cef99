// Elections: [raft] section 5.2 and 5.4.1; pre-vote [diss] 9.6; stickiness [diss] 4.2.3 and 6.4.1.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/raft/quorum.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

namespace {

bool stickiness_is_off(const State& s) {
  // Defect no_pre_vote: any node that lost touch can depose a healthy leader.
  return s.options.defect == Defect::no_pre_vote || s.options.defect == Defect::no_pre_vote_no_check_quorum;
}

bool pre_vote_is_on(const State& s) { return s.options.pre_vote && !stickiness_is_off(s); }

void draw_election_timeout(State& s) {
  const Options& o = s.options;
  s.election_timeout = Duration{s.random.at("raft.election-timeout", o.id.value, s.draws++)
                                    .between(o.election_timeout_min.ns, o.election_timeout_max.ns)};
  if (WN_FAULT_POINT(o.fault_points, "raft.election-timeout-shortest"))
    s.election_timeout = o.election_timeout_min;
  if (WN_FAULT_POINT(o.fault_points, "raft.election-timeout-longest"))
    s.election_timeout = o.election_timeout_max;
}

// [raft] 5.4.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate".
bool is_up_to_date(const State& s, const Message& m) {
  if (m.log_term != s.log.last_term()) return m.log_term > s.log.last_term();
  return m.log_index >= s.log.last_index();
}

template <class Each>
void for_each_other_voter(const State& s, Each&& each) {
  MemberList ids = s.configuration().voters;
  for (NodeId id : ids) {
    if (id != s.options.id) each(id);
  }
  for (NodeId id : s.configuration().outgoing) {
    if (id != s.options.id && !ids.contains(id)) each(id);
  }
}

void become_leader(Turn& t) {
  State& s = t.s;
  s.role = Role::leader;
  s.leader = s.options.id;
  start_leading(t);
}

void tally(Turn& t);

void become_candidate(Turn& t, bool transfer) {
  State& s = t.s;
  s.role = Role::candidate;
  s.leader = kNobody;
  s.term = s.term.next();
  s.voted_for = s.options.id;
  s.matched = LogIndex{};
  s.granted.clear();
  s.rejected.clear();
  restart_election_timer(t);
  note(t, TraceKind::raft_vote, s.term.value, s.options.id.value, 1, 0);
  for_each_other_voter(s, [&](NodeId id) {
    // The others must not count this candidacy before it would survive a crash of ours.
    Message& m = send(t, MessageType::vote, id, kWaitForHardState);
    m.log_index = s.log.last_index();
    m.log_term = s.log.last_term();
    m.leadership_transfer = transfer;
  });
  // The own vote counts once it is durable, like anyone's.
  s.self_vote_pending = true;
  if (s.options.defect == Defect::vote_not_persisted) count_own_vote(t);
}

void become_pre_candidate(Turn& t) {
  State& s = t.s;
  s.role = Role::pre_candidate;
  s.leader = kNobody;
  s.granted.clear();
  s.rejected.clear();
  s.granted.insert_sorted(s.options.id);
  s.self_vote_pending = false;
  restart_election_timer(t);
  for_each_other_voter(s, [&](NodeId id) {
    Message& m = send(t, MessageType::pre_vote, id, kWaitForHardState);
    m.term = s.term.next();
    m.log_index = s.log.last_index();
    m.log_term = s.log.last_term();
  });
  tally(t);
}

void tally(Turn& t) {
  State& s = t.s;
  const VoteResult result = joint_vote(s.configuration(), s.granted, s.rejected);
  if (result == VoteResult::pending) return;
  if (s.role == Role::pre_candidate) {
    if (result == VoteResult::won) return become_candidate(t, false);
    sometimes(t, "raft: pre-vote lost");
  } else {
    if (result == VoteResult::won) return become_leader(t);
    sometimes(t, "raft: election lost");
  }
  become_follower(t, s.term, kNobody);
}

}  // namespace

// [diss] 4.2.2: "a server that is not part of its own latest configuration should still start new elections,
// as it might still be needed until the C_new entry is committed": without it nobody might be able to win.
bool may_campaign(const State& s) {
  if (s.quarantine_until.value != 0) return false;
  if (s.incoming.storing) return false;  // a leader's state machine is not replaced under it
  for (auto at = s.configurations.rbegin(); at != s.configurations.rend(); ++at) {
    const Configuration& c = at->configuration;
    if (c.voters.contains(s.options.id) || c.outgoing.contains(s.options.id)) return true;
    if (at->index <= s.commit) return false;
  }
  return false;
}

void restart_election_timer(Turn& t) {
  draw_election_timeout(t.s);
  t.s.election_deadline = t.at.now + t.s.election_timeout;
}

void tick_election(Turn& t) {
  State& s = t.s;
  if (t.at.now < s.election_deadline || !may_campaign(s)) return;
  if (s.role == Role::candidate) sometimes(t, "raft: election timed out");
  if (pre_vote_is_on(s)) {
    become_pre_candidate(t);
  } else {
    become_candidate(t, false);
  }
}

void become_follower(Turn& t, Term term, NodeId leader) {
  State& s = t.s;
  WN_CHECK_GE(term, s.term);
  const bool was_leader = s.role == Role::leader;
  const bool changed = s.role != Role::follower || term != s.term;
  if (term > s.term) {
    s.term = term;
    s.voted_for = kNobody;
    s.matched = LogIndex{};
  }
  s.role = Role::follower;
  s.leader = leader;
  s.granted.clear();
  s.rejected.clear();
  s.self_vote_pending = false;
  if (changed) restart_election_timer(t);
  if (!was_leader) return;
  sometimes(t, "raft: leader stepped down");
  refuse_reads(t);
  give_up_change(t);
  if (s.transfer.active) s.transfer.stood_down = true;
  forfeit_lease(t);
  s.progress.clear();
  s.matched = LogIndex{};
}

void heard_from_leader(Turn& t, NodeId leader) {
  State& s = t.s;
  if (s.role != Role::follower) become_follower(t, s.term, leader);
  s.leader = leader;
  s.election_deadline = t.at.now + s.election_timeout;
  s.sticky_until = t.at.now + s.options.election_timeout_min;
  if (s.transfer.active) learn_outcome_of_transfer(t);
}

bool votes_are_withheld(const Turn& t) {
  const State& s = t.s;
  if (stickiness_is_off(s)) return false;
  if (t.at.now < s.withhold_until) return true;
  if (s.role != Role::leader) return t.at.now < s.sticky_until;
  const std::int64_t heard = quorum_value(s.configuration(), [&](NodeId id) {
    if (id == s.options.id) return t.at.now.ns;
    const Progress* p = find_progress(t.s, id);
    return p != nullptr ? p->last_contact.ns : std::int64_t{0};
  });
  return t.at.now < Instant{heard} + s.options.election_timeout_min;
}

void on_pre_vote(Turn& t, const Message& m) {
  State& s = t.s;
  // [diss] 9.6: "the candidate would win … and the voter has not received heartbeats for an election
  // timeout".
  if (votes_are_withheld(t)) {
    sometimes(t, "raft: vote ignored while a leader is alive");
    return;
  }
  const bool granted = m.term > s.term && is_up_to_date(s, m) && s.quarantine_until.value == 0;
  note(t, TraceKind::raft_vote, m.term.value, m.from.value, granted ? 1 : 0, 1);
  Message& reply = send(t, MessageType::pre_vote_reply, m.from, kWaitForHardState);
  reply.reject = !granted;
  if (granted) reply.term = m.term;  // the term that the candidate would enter
}

void on_vote(Turn& t, const Message& m) {
  State& s = t.s;
  // Also in a term that this node has already entered: what it promised to a leader of an older one still
  // holds.
  if (!m.leadership_transfer && votes_are_withheld(t)) {
    sometimes(t, "raft: vote ignored while a leader is alive");
    return;
  }
  WN_CHECK_EQ(m.term, s.term);
  const bool free = s.voted_for == m.from || (!s.voted_for && !s.leader);
  const bool granted =
      s.role == Role::follower && free && is_up_to_date(s, m) && s.quarantine_until.value == 0;
  if (granted) {
    s.voted_for = m.from;
    restart_election_timer(t);
  } else if (!is_up_to_date(s, m)) {
    sometimes(t, "raft: vote denied to a candidate with an older log");
  }
  note(t, TraceKind::raft_vote, s.term.value, m.from.value, granted ? 1 : 0, 0);
  send(t, MessageType::vote_reply, m.from, kWaitForHardState).reject = !granted;
}

void on_vote_reply(Turn& t, const Message& m) {
  State& s = t.s;
  const bool pre = m.type == MessageType::pre_vote_reply;
  if (s.role != (pre ? Role::pre_candidate : Role::candidate)) return;
  if (m.term != (pre && !m.reject ? s.term.next() : s.term)) return;
  if (!s.is_voter(m.from) || s.granted.contains(m.from) || s.rejected.contains(m.from)) return;
  MemberList& side = m.reject ? s.rejected : s.granted;
  if (!side.insert_sorted(m.from)) return;
  tally(t);
}

void count_own_vote(Turn& t) {
  State& s = t.s;
  if (s.role != Role::candidate || !s.self_vote_pending) return;
  s.self_vote_pending = false;
  if (s.is_voter(s.options.id)) s.granted.insert_sorted(s.options.id);
  tally(t);
}

void on_timeout_now(Turn& t, const Message& m) {
  State& s = t.s;
  if (s.role != Role::follower || s.leader != m.from || !may_campaign(s)) return;
  sometimes(t, "raft: campaign on transfer");
  // [diss] 3.10: "starts a new election immediately"; no pre-vote, because the leader itself wishes it.
  become_candidate(t, true);
}

void on_rearm(Turn& t, bool leader_lives) {
  State& s = t.s;
  if (s.role == Role::leader) {
    s.heartbeat_deadline = t.at.now;
    for (Progress& p : s.progress) p.last_contact = t.at.now;
    return;
  }
  restart_election_timer(t);
  if (leader_lives && s.leader) s.sticky_until = t.at.now + s.options.election_timeout_min;
}

void on_campaign(Turn& t) {
  State& s = t.s;
  if (s.role == Role::leader || !may_campaign(s)) return;
  s.election_deadline = t.at.now;
  tick_election(t);
}

}  // namespace wn::raft
