#include "scenarios/reality/raft_rules.h"

#include "faults/plan/names.h"

namespace wn::reality {

RaftRules::RaftRules(const faults::Plan& plan, Findings& findings)
    : judged_(faults::liars_of(plan).empty()), findings_(findings) {}

void RaftRules::on_event(const TraceEvent& event) {
  if (!judged_) return;
  switch (event.kind) {
    case TraceKind::node_started:
      lives_[event.node] = {};
      return;
    case TraceKind::raft_state:
      return state(lives_[event.node], event);
    case TraceKind::raft_vote:
      return vote(lives_[event.node], event);
    case TraceKind::raft_snapshot_installed:
      lives_[event.node].applied = event.field[0];
      return;
    case TraceKind::raft_commit:
      return agree(entries_, 0, event.field[0], {event.field[2], event.field[3]}, event, "entry_term",
                   "checksum");
    case TraceKind::raft_apply:
      return apply(lives_[event.node], event);
    case TraceKind::group_applied:
      return agree(states_, event.field[0], event.field[1], {event.field[2], event.field[3]}, event,
                   "checksum", "state_digest");
    default:
      return;
  }
}

void RaftRules::state(Life& life, const TraceEvent& event) {
  const auto [role, term, leader, voted_for, commit] = event.field;
  findings_.judged(Rule::term);
  if (term < life.term)
    findings_.impossible(Rule::term, event, "term", "it was in term " + std::to_string(life.term));
  findings_.judged(Rule::vote);
  if (term == life.term && life.voted_for != 0 && voted_for != life.voted_for)
    findings_.impossible(Rule::vote, event, "voted_for",
                         "its vote of this term was for n" + std::to_string(life.voted_for));
  findings_.judged(Rule::commit);
  if (commit < life.commit)
    findings_.impossible(Rule::commit, event, "commit", "it had committed " + std::to_string(life.commit));
  life.term = term;
  life.voted_for = voted_for;
  life.commit = commit;
}

void RaftRules::vote(Life& life, const TraceEvent& event) {
  if (event.field[2] == 0 || event.field[3] != 0) return;  // refused, or a pre-vote
  findings_.judged(Rule::vote);
  const auto [at, news] = life.votes.emplace(event.field[0], event.field[1]);
  if (!news && at->second != event.field[1])
    findings_.impossible(Rule::vote, event, "candidate",
                         "its vote of this term was for n" + std::to_string(at->second));
}

void RaftRules::apply(Life& life, const TraceEvent& event) {
  const std::uint64_t index = event.field[0];
  findings_.judged(Rule::apply_order);
  if (life.applied != 0 && index != life.applied + 1)
    findings_.impossible(Rule::apply_order, event, "index",
                         "the entry before was " + std::to_string(life.applied));
  life.applied = index;
  agree(entries_, 0, index, {event.field[1], event.field[2]}, event, "entry_term", "checksum");
  agree(states_, 0, index, {event.field[2], event.field[3]}, event, "checksum", "state_digest");
}

void RaftRules::agree(std::map<std::pair<std::uint64_t, std::uint64_t>, First>& all, std::uint64_t group,
                      std::uint64_t index, const Values& values, const TraceEvent& event,
                      std::string_view first_field, std::string_view second_field) {
  const Rule rule = &all == &entries_ ? Rule::entry_differs : Rule::state_differs;
  findings_.judged(rule);
  const auto [at, news] = all.emplace(std::pair{group, index}, First{values, event.node});
  if (news || at->second.values == values) return;
  const bool second = at->second.values[0] == values[0];
  findings_.impossible(rule, event, second ? second_field : first_field,
                       faults::node_name(at->second.node) + " had " +
                           std::to_string(at->second.values[second ? 1 : 0]) + " at index " +
                           std::to_string(index));
}

}  // namespace wn::reality
