// Membership changes through joint consensus, with learners: [raft] section 6, [diss] 4.2 and 4.3.
// Leadership transfer: [diss] 3.10.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

namespace {

std::uint64_t mask_of(const MemberList& members) {
  std::uint64_t mask = 0;
  for (NodeId id : members) mask |= std::uint64_t{1} << (id.value & 63);
  return mask;
}

// The members of both lists; false when they do not fit.
bool merge(MemberList& into, const MemberList& from) {
  return std::ranges::all_of(from, [&](NodeId id) { return into.insert_sorted(id); });
}

bool is_sorted_set(const MemberList& list) {
  NodeId last;
  for (NodeId id : list) {
    if (id <= last) return false;  // also refuses nobody
    last = id;
  }
  return true;
}

bool is_possible(const Configuration& now, const ChangeMembership& wanted) {
  if (wanted.voters.empty() || !is_sorted_set(wanted.voters) || !is_sorted_set(wanted.learners)) return false;
  if (std::ranges::any_of(wanted.learners, [&](NodeId id) { return wanted.voters.contains(id); }))
    return false;
  MemberList all = now.voters;  // everyone who is a member at any time of the change must fit in one list
  return merge(all, now.learners) && merge(all, wanted.voters) && merge(all, wanted.learners);
}

void append_configuration(Turn& t, const Configuration& configuration) {
  append_own(t, EntryKind::configuration, encode(configuration));
}

bool latest_is_committed(const State& s) { return s.configuration_index() <= s.commit; }

bool caught_up(const State& s, NodeId id) {
  if (id == s.options.id) return true;
  for (const Progress& p : s.progress) {
    if (p.id != id) continue;
    return p.state == ProgressState::replicate &&
           p.match + s.options.catch_up_entries_max >= s.log.last_index() &&
           p.match >= s.configuration_index();
  }
  return false;
}

void finish_change(Turn& t) {
  Change& change = t.s.change;
  t.out.completed.push_back(change.context);
  change = Change{};
}

// Defect single_server_membership_change: [diss] 4.1 without its conditions. One server more or less at a
// time, each directly, before an entry of the own term is committed (Ongaro's correction of 2015) and before
// the step before it is: majorities of neighbouring steps meet, those of uncommitted ones further apart need
// not.
void change_server_by_server(Turn& t) {
  State& s = t.s;
  const Change wanted = s.change;
  s.change.phase = ChangePhase::finishing;
  Configuration next = s.configuration();
  for (NodeId id : wanted.voters) {
    if (next.voters.contains(id)) continue;
    next.voters.insert_sorted(id);
    next.learners.erase(id);
    append_configuration(t, next);
  }
  const MemberList all = next.voters;
  for (NodeId id : all) {
    if (wanted.voters.contains(id)) continue;
    next.voters.erase(id);
    append_configuration(t, next);
  }
  if (next.learners == wanted.learners) return;
  next.learners = wanted.learners;
  append_configuration(t, next);
}

void enter_joint(Turn& t) {
  State& s = t.s;
  Change& change = s.change;
  const Configuration& now = s.configuration();
  if (now.voters == change.voters) {
    change.phase = ChangePhase::finishing;
    if (now.learners == change.learners) return finish_change(t);
    return append_configuration(t, {.voters = now.voters, .outgoing = {}, .learners = change.learners});
  }
  change.phase = ChangePhase::joint;
  // A voter that becomes a learner is named in both lists: it votes as outgoing until the joint phase ends.
  append_configuration(t, {.voters = change.voters, .outgoing = now.voters, .learners = change.learners});
}

void leave_joint(Turn& t) {
  State& s = t.s;
  const Configuration now = s.configuration();
  sometimes(t, "raft: joint configuration left");
  append_configuration(t, {.voters = now.voters, .outgoing = {}, .learners = now.learners});
  if (s.change.phase == ChangePhase::joint) s.change.phase = ChangePhase::finishing;
}

void advance_catching_up(Turn& t) {
  State& s = t.s;
  Change& change = s.change;
  if (std::ranges::all_of(change.voters, [&](NodeId id) { return s.is_voter(id) || caught_up(s, id); })) {
    sometimes(t, "raft: learner caught up and promoted");
    return enter_joint(t);
  }
  if (t.at.now < change.deadline) return;
  sometimes(t, "raft: membership change refused, learner too slow");
  refuse(t, change.context, Errc::timed_out);
  change.phase = ChangePhase::undoing;
  append_configuration(t, change.before);
}

// Tells those who left that their leaving is committed, as far as they can know, and forgets them.
void dismiss_departed(Turn& t) {
  State& s = t.s;
  if (!s.departing) return;
  s.departing = false;
  const Configuration& now = s.configuration();
  for (const Progress& p : s.progress) {
    if (now.contains(p.id)) continue;
    Message& m = send(t, MessageType::heartbeat, p.id);
    m.commit = std::min(s.commit, p.match);
    m.round = s.round;
  }
  std::erase_if(s.progress, [&](const Progress& p) { return !now.contains(p.id); });
}

void step_down_if_removed(Turn& t) {
  State& s = t.s;
  if (s.configuration().voters.contains(s.options.id) || s.configuration().joint()) return;
  // [raft] section 6: "the leader steps down (returns to follower state) once it has committed the C_new log
  // entry". A last heartbeat tells the others that it is committed.
  sometimes(t, "raft: removed leader stepped down");
  begin_round(t);
  broadcast_heartbeat(t);
  become_follower(t, s.term, kNobody);
}

}  // namespace

void note_configuration(Turn& t) {
  const ConfigurationAt& latest = t.s.configurations.back();
  note(t, TraceKind::raft_config, latest.index.value, mask_of(latest.configuration.voters),
       mask_of(latest.configuration.outgoing), mask_of(latest.configuration.learners),
       latest.configuration.joint() ? 1 : 0);
}

// [raft] section 6: "a server always uses the latest configuration in its log, regardless of whether the
// entry is committed".
void adopt_configuration(Turn& t, LogIndex index, const Configuration& configuration) {
  State& s = t.s;
  WN_CHECK_GT(index, s.configuration_index());
  s.configurations.push_back({index, configuration});
  note_configuration(t);
  if (s.role != Role::leader) return;
  match_progress_to_configuration(t);
  s.count_replicas = true;
}

void drop_configurations_from(Turn& t, LogIndex index) {
  auto& all = t.s.configurations;
  const std::size_t before = all.size();
  while (all.size() > 1 && all.back().index >= index) all.pop_back();
  if (all.size() != before) note_configuration(t);
}

void match_progress_to_configuration(Turn& t) {
  State& s = t.s;
  const Configuration& now = s.configuration();
  // Those who leave get the entry that says so, and go when it is committed (dismiss_departed).
  s.departing = std::ranges::any_of(s.progress, [&](const Progress& p) { return !now.contains(p.id); });
  for (const MemberList* list : {&now.voters, &now.outgoing, &now.learners}) {
    for (NodeId id : *list) {
      if (id == s.options.id || find_progress(s, id) != nullptr) continue;
      const LogIndex next = std::max(s.log.last_index(), s.log.first_index());
      Progress& added = s.progress.emplace_back(id, next, s.options.inflight_messages_max);
      added.last_contact = t.at.now;
      added.poke = true;
    }
  }
  std::ranges::sort(s.progress, {}, &Progress::id);
}

void on_change_membership(Turn& t, const ChangeMembership& wanted) {
  State& s = t.s;
  if (s.role != Role::leader) return refuse(t, wanted.context, Errc::not_leader);
  if (!is_possible(s.configuration(), wanted)) return refuse(t, wanted.context, Errc::invalid_argument);
  const bool defect = s.options.defect == Defect::single_server_membership_change;
  const bool busy = s.change.phase != ChangePhase::none || s.configuration().joint() || s.transfer.active ||
                    (!defect && (!latest_is_committed(s) || !own_term_committed(s)));
  if (busy) {
    sometimes(t, "raft: membership change refused, another is under way");
    return refuse(t, wanted.context, Errc::overloaded);
  }
  s.change = Change{.phase = ChangePhase::catching_up,
                    .voters = wanted.voters,
                    .learners = wanted.learners,
                    .before = s.configuration(),
                    .context = wanted.context,
                    .deadline = t.at.now + s.options.catch_up_patience};
  if (defect) return change_server_by_server(t);
  Configuration with_learners = s.configuration();
  for (NodeId id : wanted.voters) {
    if (!with_learners.voters.contains(id)) with_learners.learners.insert_sorted(id);
  }
  // When all are learners or voters already, advance_change goes on from here in the same step.
  if (with_learners != s.configuration()) append_configuration(t, with_learners);
}

void advance_change(Turn& t) {
  State& s = t.s;
  if (s.role != Role::leader) return;
  if (!latest_is_committed(s)) return;
  switch (s.change.phase) {
    case ChangePhase::catching_up:
      advance_catching_up(t);
      break;
    case ChangePhase::finishing:
      if (!s.configuration().joint()) finish_change(t);
      break;
    case ChangePhase::undoing:
      s.change = Change{};
      break;
    case ChangePhase::none:
    case ChangePhase::joint:
      break;
  }
  // Also the joint configuration of an earlier leader is left, by whoever leads when it is committed.
  if (latest_is_committed(s) && s.configuration().joint()) leave_joint(t);
  if (!latest_is_committed(s)) return;
  dismiss_departed(t);
  step_down_if_removed(t);
}

void give_up_change(Turn& t) {
  Change& change = t.s.change;
  if (change.phase == ChangePhase::none) return;
  // After the joint configuration is in the log the outcome is not known here: the next leader decides it.
  if (change.phase == ChangePhase::catching_up) {
    refuse(t, change.context, Errc::not_leader);
  } else if (change.phase != ChangePhase::undoing) {
    refuse(t, change.context, Errc::cancelled);
  }
  change = Change{};
}

void on_transfer(Turn& t, const TransferLeadership& wanted) {
  State& s = t.s;
  if (s.role != Role::leader) return refuse(t, wanted.context, Errc::not_leader);
  if (wanted.to == s.options.id) return t.out.completed.push_back(wanted.context);
  if (!s.configuration().voters.contains(wanted.to)) return refuse(t, wanted.context, Errc::invalid_argument);
  if (s.transfer.active) return refuse(t, wanted.context, Errc::overloaded);
  s.transfer = Transfer{.active = true,
                        .to = wanted.to,
                        .context = wanted.context,
                        .deadline = t.at.now + s.options.election_timeout_max};
}

void advance_transfer(Turn& t) {
  State& s = t.s;
  if (s.role != Role::leader || !s.transfer.active || s.transfer.sent) return;
  const Progress* p = find_progress(s, s.transfer.to);
  if (p == nullptr || p->match != s.log.last_index()) return;
  // The votes that this causes ignore all promises, so the lease must be gone first, and for good: they may
  // arrive late.
  forfeit_lease(t);
  send(t, MessageType::timeout_now, s.transfer.to);
  s.transfer.sent = true;
  sometimes(t, "raft: leadership transfer started");
}

void learn_outcome_of_transfer(Turn& t) {
  State& s = t.s;
  Transfer& transfer = s.transfer;
  if (!transfer.active) return;
  if (s.role != Role::leader && s.leader == transfer.to) {
    t.out.completed.push_back(transfer.context);
    transfer = Transfer{};
    sometimes(t, "raft: leadership transferred");
  } else if (t.at.now >= transfer.deadline || (transfer.stood_down && s.leader)) {
    refuse(t, transfer.context, Errc::timed_out);
    transfer = Transfer{};
    sometimes(t, "raft: leadership transfer failed");
  }
}

}  // namespace wn::raft
