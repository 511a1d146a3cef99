// Clients: operations and changes in, answers out. Each context is answered exactly once, and within its
// patience.
#include "runtime/groups/client.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/groups/rules.h"

namespace wn::groups {

namespace {

constexpr int kHopsMax = 8;  // from group to group, by what replicas here know

Answer blank_answer(const Command& c) {
  return {.context = c.context,
          .client = c.client,
          .operation = c.operation,
          .attempt = c.attempt,
          .worknode = c.worknode};
}

// The group to ask, by what this node knows; nullptr: it has no replica of it.
Replica* group_of(State& s, WorknodeId worknode, const Replica** asked) {
  Replica* r = find(s, locate(s, worknode).group);
  for (int hop = 0; r != nullptr && hop < kHopsMax; ++hop) {
    *asked = r;
    const Standing standing = r->machine.standing(worknode);
    if (standing == Standing::owned || standing == Standing::frozen) return r;
    const Forward* forward = r->machine.forward_of(worknode);
    if (forward == nullptr) {
      if (r->applied == r->core->state().commit && leads(*r)) s.directory.erase(worknode);  // a wrong hint
      return nullptr;
    }
    r = find(s, forward->group);
  }
  return nullptr;
}

void serve_read(Turn& t, const Replica& r, std::uint64_t ticket) {
  const Waiting& w = t.s.waiting.find(ticket)->second;
  const WorknodeId worknode = w.command.worknode;
  const Standing standing = r.machine.standing(worknode);
  if (standing == Standing::frozen) return answer(t, ticket, {.code = AnswerCode::moving, .group = r.group});
  if (standing != Standing::owned) return answer(t, ticket, misdirected(t.s, &r, worknode));
  const Outcome outcome = r.machine.read(worknode);
  const std::uint64_t epoch = r.machine.epoch_of(worknode);
  note(t, TraceKind::group_served, r.group.value, epoch, worknode.low, r.applied.value, ticket);
  answer(t, ticket,
         {.code = AnswerCode::done,
          .found = outcome.found,
          .value = outcome.value,
          .group = r.group,
          .epoch = epoch,
          .node = t.s.options.node});
}

}  // namespace

Answer misdirected(const State& s, const Replica* r, WorknodeId worknode) {
  Location where = locate(s, worknode);
  if (r != nullptr && where.group == r->group) where = Location{.group = s.genesis, .epoch = 1};
  if (const Forward* f = r != nullptr ? r->machine.forward_of(worknode) : nullptr; f != nullptr) {
    if (f->epoch >= where.epoch) where = {.group = f->group, .epoch = f->epoch, .node = f->nodes[0]};
  }
  if (const NodeId leader = leader_of(s, where.group); leader) where.node = leader;
  return {.code = AnswerCode::wrong_group, .group = where.group, .epoch = where.epoch, .node = where.node};
}

std::uint64_t wait(Turn& t, Waiting waiting, Duration patience) {
  State& s = t.s;
  const std::uint64_t ticket = ++s.tickets;
  waiting.deadline = t.at.now + patience;
  s.expiry.insert({waiting.deadline, ticket});
  s.waiting.emplace(ticket, std::move(waiting));
  return ticket;
}

void answer(Turn& t, std::uint64_t ticket, const Answer& result) {
  State& s = t.s;
  const auto at = s.waiting.find(ticket);
  if (at == s.waiting.end()) return;  // answered already, by its deadline
  const Waiting& w = at->second;
  Answer out = result;
  out.context = w.context;
  out.client = w.command.client;
  out.operation = w.command.operation;
  out.attempt = w.command.attempt;
  out.worknode = w.command.worknode;
  t.out.answers.push_back(out);
  s.expiry.erase({w.deadline, ticket});
  if (w.index.value != 0) {
    const auto entry = s.by_entry.find({w.group, w.index});
    if (entry != s.by_entry.end() && entry->second == ticket) s.by_entry.erase(entry);
  }
  s.waiting.erase(at);
}

void refuse_waiting(Turn& t, std::uint64_t ticket, AnswerCode code, Errc error) {
  const auto at = t.s.waiting.find(ticket);
  if (at == t.s.waiting.end()) return;
  const GroupId group = at->second.group;
  answer(t, ticket, {.code = code, .error = error, .group = group, .node = leader_of(t.s, group)});
}

void answer_read(Turn& t, std::uint64_t ticket) {
  const auto at = t.s.waiting.find(ticket);
  if (at == t.s.waiting.end()) return;
  if (const Replica* r = find(t.s, at->second.group); r != nullptr) serve_read(t, *r, ticket);
}

void answer_entry(Turn& t, Replica& r, const raft::Entry& entry, const Applied& applied) {
  State& s = t.s;
  const auto place = s.by_entry.find({r.group, entry.index});
  if (place == s.by_entry.end()) return;
  const std::uint64_t ticket = place->second;
  s.by_entry.erase(place);
  Waiting& w = s.waiting.find(ticket)->second;
  w.index = LogIndex{};
  // Another leader's entry stands where ours was: ours is gone for good.
  if (entry.term != w.term) return refuse_waiting(t, ticket, AnswerCode::not_leader);
  const Outcome& outcome = applied.outcome;
  Answer result{.code = outcome.code,
                .error = outcome.error,
                .found = outcome.found,
                .value = outcome.value,
                .group = r.group,
                .epoch = applied.epoch,
                .node = leader_of(s, r.group)};
  if (w.kind == WaitingKind::change) {
    const bool hands_over = w.change == ChangeKind::transfer || w.change == ChangeKind::merge;
    if (hands_over && outcome.code == AnswerCode::done) {
      w.number = entry.index.value;  // answered when the hand-over has ended
      return;
    }
    if (applied.born) result.group = applied.born;
    return answer(t, ticket, result);
  }
  if (outcome.code == AnswerCode::wrong_group) result = misdirected(s, &r, w.command.worknode);
  if (outcome.code == AnswerCode::done || outcome.code == AnswerCode::refused) {
    note(t, TraceKind::group_served, r.group.value, applied.epoch, w.command.worknode.low, entry.index.value,
         ticket);
  }
  answer(t, ticket, result);
}

void hand_over_ended(Turn& t, Replica& r, std::uint64_t number, const Outcome& outcome) {
  if (r.work != nullptr) r.work->end_proposed = Term{};
  for (const auto& [ticket, w] : t.s.waiting) {
    if (w.kind != WaitingKind::change || w.group != r.group || w.number != number) continue;
    return answer(t, ticket,
                  {.code = outcome.code, .error = outcome.error, .group = r.group, .node = t.s.options.node});
  }
}

void expire_waiting(Turn& t) {
  State& s = t.s;
  while (!s.expiry.empty() && s.expiry.begin()->first <= t.at.now) {
    const std::uint64_t ticket = s.expiry.begin()->second;
    const bool reads = s.waiting.find(ticket)->second.kind == WaitingKind::read;
    sometimes(t, "groups: an operation was not decided in time");
    refuse_waiting(t, ticket, reads ? AnswerCode::overloaded : AnswerCode::unknown, Errc::timed_out);
  }
}

void drop_waiting_of(Turn& t, GroupId group) {
  std::vector<std::pair<std::uint64_t, AnswerCode>> gone;
  for (const auto& [ticket, w] : t.s.waiting) {
    if (w.group != group) continue;
    gone.push_back({ticket, w.kind == WaitingKind::read ? AnswerCode::not_leader : AnswerCode::unknown});
  }
  for (const auto& [ticket, code] : gone) refuse_waiting(t, ticket, code);
}

void submit(Turn& t, const Command& c) {
  State& s = t.s;
  const auto reply = [&](Answer out) {
    const Answer named = blank_answer(c);
    out.context = named.context;
    out.client = named.client;
    out.operation = named.operation;
    out.attempt = named.attempt;
    out.worknode = named.worknode;
    t.out.answers.push_back(out);
  };
  const auto function = static_cast<std::uint8_t>(c.function);
  if (!c.worknode || !c.client || function < 1 || function >= kFunctionEnd) {
    return reply({.code = AnswerCode::refused, .error = Errc::invalid_argument});
  }
  if (c.group && c.epoch > locate(s, c.worknode).epoch)
    learn(s, c.worknode, {.group = c.group, .epoch = c.epoch});
  const Replica* asked = nullptr;
  Replica* r = group_of(s, c.worknode, &asked);
  if (r == nullptr) return reply(misdirected(s, asked, c.worknode));
  if (s.options.defect == Defect::strong_read_from_follower && c.function == Function::get) {
    // Defect: what this replica has applied is taken for the truth, without asking anybody.
    s.waiting.emplace(
        0, Waiting{.kind = WaitingKind::read, .group = r->group, .command = c, .context = c.context});
    note(t, TraceKind::group_asked, r->group.value, 0, c.worknode.low);
    return serve_read(t, *r, 0);
  }
  if (!leads(*r)) {
    const NodeId leader = r->core->state().leader;
    if (!leader || !lives(s, leader)) wake(t, *r);
    return reply({.code = AnswerCode::not_leader, .group = r->group, .node = leader});
  }
  if (s.waiting.size() >= s.options.pending_max) {
    sometimes(t, "groups: too many operations wait");
    return reply({.code = AnswerCode::overloaded, .error = Errc::overloaded, .group = r->group});
  }
  if (r->machine.standing(c.worknode) == Standing::frozen) {
    return reply({.code = AnswerCode::moving, .group = r->group, .node = s.options.node});
  }
  wake(t, *r);
  r->busy_at = t.at.now;
  const bool reads = c.function == Function::get;
  const std::uint64_t ticket = wait(t,
                                    {.kind = reads ? WaitingKind::read : WaitingKind::write,
                                     .group = r->group,
                                     .command = c,
                                     .context = c.context},
                                    s.options.submit_timeout);
  note(t, TraceKind::group_asked, r->group.value, ticket, c.worknode.low);
  if (reads) return step(t, *r, raft::RequestRead{.context = ticket});
  AnswerCode code{};
  if (!propose(t, *r, {.kind = CommandKind::write, .write = c}, ticket, code))
    refuse_waiting(t, ticket, code);
}

}  // namespace wn::groups
