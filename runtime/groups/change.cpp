// Changes asked for by the operator or the driver: split, transfer, merge, move, lead.
#include <algorithm>

#include "runtime/groups/client.h"

namespace wn::groups {

namespace {

bool is_sane(const Change& c) {
  const auto kind = static_cast<std::uint8_t>(c.kind);
  if (kind < 1 || kind >= kChangeKindEnd || !c.group) return false;
  for (std::size_t i = 0; i < c.worknodes.size(); ++i) {
    if (!c.worknodes[i] || (i > 0 && c.worknodes[i] <= c.worknodes[i - 1])) return false;
  }
  const bool names_set = c.kind == ChangeKind::split || c.kind == ChangeKind::transfer;
  if (names_set == c.worknodes.empty()) return false;
  if ((c.kind == ChangeKind::transfer || c.kind == ChangeKind::merge) && (!c.to || c.to == c.group))
    return false;
  return (c.kind != ChangeKind::move && c.kind != ChangeKind::lead) || !c.members.empty();
}

// ok, or why the leader refuses without asking the log.
Errc obstacle(const State& s, const Replica& r, const Change& c) {
  if (c.worknodes.size() > kSetMax) return Errc::too_large;
  if (c.kind == ChangeKind::split && s.replicas.size() >= s.options.groups_max) return Errc::overloaded;
  if (c.kind == ChangeKind::move && r.machine.hand_over().active) return Errc::overloaded;
  for (WorknodeId id : c.worknodes) {
    const Standing standing = r.machine.standing(id);
    if (standing == Standing::frozen) return Errc::overloaded;
    if (standing != Standing::owned) return Errc::not_found;
  }
  return Errc::ok;
}

raft::MemberList home_of(const State& s, const Change& c) {
  if (!c.members.empty()) return c.members;
  const auto at = s.neighbours.find(c.to);
  return at == s.neighbours.end() ? raft::MemberList{} : at->second.members;
}

void propose_change(Turn& t, Replica& r, const Change& c, std::uint64_t ticket) {
  LogCommand command;
  command.kind = c.kind == ChangeKind::split ? CommandKind::split : CommandKind::freeze;
  command.other = c.to;
  command.root = c.root;
  command.dissolve = c.kind == ChangeKind::merge;
  command.set = c.worknodes;
  if (c.kind != ChangeKind::split) command.members = home_of(t.s, c);
  if (c.kind != ChangeKind::split && command.members.empty()) {
    return refuse_waiting(t, ticket, AnswerCode::refused, Errc::not_found);
  }
  AnswerCode code{};
  if (!propose(t, r, command, ticket, code)) refuse_waiting(t, ticket, code);
}

}  // namespace

void change(Turn& t, const Change& c) {
  State& s = t.s;
  const auto reply = [&](Answer out) {
    out.context = c.context;
    t.out.answers.push_back(out);
  };
  if (!is_sane(c)) return reply({.code = AnswerCode::refused, .error = Errc::invalid_argument});
  Replica* r = find(s, c.group);
  if (r == nullptr || !leads(*r)) {
    if (r != nullptr && !lives(s, r->core->state().leader)) wake(t, *r);
    return reply({.code = AnswerCode::not_leader, .group = c.group, .node = leader_of(s, c.group)});
  }
  if (s.waiting.size() >= s.options.pending_max) {
    return reply({.code = AnswerCode::overloaded, .error = Errc::overloaded, .group = c.group});
  }
  if (const Errc e = obstacle(s, *r, c); e != Errc::ok) {
    const AnswerCode code = e == Errc::overloaded ? AnswerCode::overloaded : AnswerCode::refused;
    return reply({.code = code, .error = e, .group = c.group});
  }
  wake(t, *r);
  r->busy_at = t.at.now;
  const std::uint64_t ticket =
      wait(t, {.kind = WaitingKind::change, .group = c.group, .change = c.kind, .context = c.context},
           s.options.change_timeout);
  switch (c.kind) {
    case ChangeKind::split:
    case ChangeKind::transfer:
    case ChangeKind::merge:
      return propose_change(t, *r, c, ticket);
    case ChangeKind::move:
      return step(t, *r, raft::ChangeMembership{.voters = c.members, .learners = {}, .context = ticket});
    case ChangeKind::lead:
      return step(t, *r, raft::TransferLeadership{.to = c.members[0], .context = ticket});
  }
}

}  // namespace wn::groups
