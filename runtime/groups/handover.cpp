// Hand-overs: transfer and merge. Giver A, taker B; every step is one entry of one log, and each is
// idempotent:
//
//   A: freeze (number = its index)   A's leader asks B, again and again, wherever B's leader is
//   B: absorb (A, number, state)     accepted or refused, for good; any replica of B that has applied it may
//   say so A: release or unfreeze (number)  by what B said
//
// The leader of A drives; a new one goes on where the log is. Between freeze and release A serves nothing of
// the set, so there is never a moment with two servers; the state is in A until B has it.
#include <algorithm>

#include "runtime/groups/rules.h"

namespace wn::groups {

namespace {

NodeId whom_to_ask(const Replica& r, Work& w) {
  const raft::MemberList& members = r.machine.hand_over().members;
  if (w.hint) {
    const NodeId hint = w.hint;
    w.hint = kNobody;  // good for one try
    return hint;
  }
  return members[w.asked++ % members.size()];
}

void reply(Turn& t, NodeId to, const Item& ask, ReplyKind kind, NodeId hint = kNobody) {
  Item item{.kind = ItemKind::reply, .group = ask.other};
  item.other = ask.group;
  item.number = ask.number;
  item.reply = kind;
  item.node = hint;
  send(t, to, item);
}

}  // namespace

Instant hand_over_deadline(const Replica& r) {
  if (!r.machine.hand_over().active || r.work == nullptr || !leads(r)) return Instant::max();
  const raft::State& core = r.core->state();
  const bool waits_for_log = core.commit < core.term_start || r.work->end_proposed == core.term;
  return waits_for_log ? Instant::max() : r.work->retry_at;
}

void drive_hand_over(Turn& t, Replica& r) {
  const HandOver& hand_over = r.machine.hand_over();
  if (!hand_over.active || r.doomed || hand_over.members.empty()) return;
  Work& w = work(r);
  const Term term = r.core->state().term;
  // Only what this leader knows to be committed in its own term is current.
  if (r.core->state().commit < r.core->state().term_start || w.end_proposed == term) return;
  if (t.at.now < w.retry_at) return;
  w.retry_at = t.at.now + t.s.options.retry_interval;
  r.busy_at = t.at.now;
  Item item{.kind = ItemKind::ask, .group = hand_over.to};
  item.other = r.group;
  item.number = hand_over.number;
  item.data = r.machine.carry();
  send(t, whom_to_ask(r, w), item);
}

void on_ask(Turn& t, NodeId from, const Item& item) {
  State& s = t.s;
  Replica* r = find(s, item.group);
  if (r == nullptr) return reply(t, from, item, ReplyKind::elsewhere, leader_of(s, item.group));
  bool accepted = false;
  if (r->machine.decided(item.other, item.number, accepted)) {
    return reply(t, from, item, accepted ? ReplyKind::accepted : ReplyKind::refused);
  }
  if (!leads(*r)) {
    const NodeId leader = r->core->state().leader;
    if (!leader || !lives(s, leader)) wake(t, *r);
    return reply(t, from, item, ReplyKind::elsewhere, leader);
  }
  wake(t, *r);
  Work& w = work(*r);
  std::erase_if(w.absorbing, [&](const Absorbing& a) { return t.at.now >= a.give_up; });
  for (Absorbing& a : w.absorbing) {
    if (a.from != item.other || a.number != item.number) continue;
    a.asker = from;
    return;
  }
  w.absorbing.push_back({.from = item.other,
                         .number = item.number,
                         .asker = from,
                         .give_up = t.at.now + s.options.retry_interval * 5});
  LogCommand command{.kind = CommandKind::absorb, .other = item.other, .number = item.number};
  command.carried = item.data;
  AnswerCode code{};
  propose(t, *r, command, 0, code);  // refused: asked again soon
}

void hand_over_decided(Turn& t, Replica& r, GroupId from, std::uint64_t number) {
  if (r.work == nullptr) return;
  Item ask{.kind = ItemKind::ask, .group = r.group};
  ask.other = from;
  ask.number = number;
  bool accepted = false;
  if (!r.machine.decided(from, number, accepted)) return;
  for (const Absorbing& a : r.work->absorbing) {
    if (a.from != from || a.number != number) continue;
    reply(t, a.asker, ask, accepted ? ReplyKind::accepted : ReplyKind::refused);
  }
  std::erase_if(r.work->absorbing, [&](const Absorbing& a) { return a.from == from && a.number == number; });
}

void on_reply(Turn& t, NodeId from, const Item& item) {
  Replica* r = find(t.s, item.group);
  if (r == nullptr || !leads(*r)) return;
  const HandOver& hand_over = r->machine.hand_over();
  if (!hand_over.active || hand_over.number != item.number || hand_over.to != item.other) return;
  Work& w = work(*r);
  const Term term = r->core->state().term;
  if (w.end_proposed == term) return;
  if (item.reply == ReplyKind::elsewhere) {
    if (item.node && item.node != from) w.hint = item.node;
    return arm(t.s, *r);
  }
  LogCommand command{.number = item.number};
  command.kind = item.reply == ReplyKind::accepted ? CommandKind::release : CommandKind::unfreeze;
  if (item.reply == ReplyKind::refused) sometimes(t, "groups: a hand-over was refused");
  w.end_proposed = term;
  AnswerCode code{};
  if (!propose(t, *r, command, 0, code)) w.end_proposed = Term{};
}

}  // namespace wn::groups
