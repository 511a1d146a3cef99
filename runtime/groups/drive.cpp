// Drives the Raft cores: one step, and what it wants, in the contracted order. Persist first; messages go to
// the peers' batches, which leave after the call's journal records; then what is committed; then answers.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/groups/record.h"
#include "runtime/groups/rules.h"

namespace wn::groups {

Replica* find(State& s, GroupId group) {
  const auto at = s.replicas.find(group);
  return at == s.replicas.end() ? nullptr : &at->second;
}

const Replica* find(const State& s, GroupId group) {
  const auto at = s.replicas.find(group);
  return at == s.replicas.end() ? nullptr : &at->second;
}

Work& work(Replica& r) {
  if (r.work == nullptr) r.work = std::make_unique<Work>();
  return *r.work;
}

bool leads(const Replica& r) { return r.core->state().role == raft::Role::leader; }

void arm(State& s, Replica& r) {
  Instant due = Instant::max();
  if (!r.asleep && !r.doomed) due = std::min(r.core->next_deadline(), hand_over_deadline(r));
  // Earlier than need be is harmless, and cheaper than to move it with every heartbeat.
  if (due != Instant::max() && r.armed <= due) return;
  if (due == r.armed) return;
  if (r.armed != Instant::max()) s.schedule.erase({r.armed, r.group});
  r.armed = due;
  if (due != Instant::max()) s.schedule.insert({due, r.group});
}

namespace {

void append_record(Turn& t, Bytes record) {
  ++t.s.records;
  t.out.journal.push_back(std::move(record));
}

void flush(Turn& t, NodeId to, Buffer& buffer, std::uint64_t after) {
  if (buffer.empty()) return;
  t.out.sends.push_back({.to = to, .kind = MessageKind::batch, .payload = to_bytes(buffer), .after = after});
  buffer.clear();
}

void send_after(Turn& t, NodeId to, const Item& item, std::uint64_t record) {
  State& s = t.s;
  Outbox& box = s.outbox.try_emplace(to).first->second;
  const bool waits = record > s.durable;
  Buffer& buffer = waits ? box.later : box.now;
  append_item(buffer, item);
  if (waits) box.after = std::max(box.after, record);
  if (buffer.size() < kBatchBytesMax && !WN_FAULT_POINT(s.options.fault_points, "groups.batch-of-one"))
    return;
  flush(t, to, buffer, waits ? box.after : 0);
}

// The record that a replica's ticket stands for. One that is not found would be durable already; all there is
// is the answer that cannot be wrong.
std::uint64_t record_of(const State& s, const Replica& r, std::uint64_t ticket) {
  if (ticket == 0) return 0;
  const auto at = std::find_if(s.promises.rbegin(), s.promises.rend(), [&](const Promise& p) {
    return p.group == r.group && p.life == r.life && p.ticket == ticket;
  });
  return at == s.promises.rend() ? s.records : at->record;
}

}  // namespace

void write_record(Turn& t, Bytes record) {
  append_record(t, std::move(record));
  t.s.structural = t.s.records;
}

void send(Turn& t, NodeId to, const Item& item) {
  if (to == t.s.options.node) {
    t.s.to_self.push_back(item);
    return;
  }
  send_after(t, to, item, t.s.records);
}

namespace {

void carry_out_persist(Turn& t, Replica& r, const raft::Persist& persist) {
  if (persist.ticket == 0) return;
  Record record{.kind = RecordKind::persist, .group = r.group};
  record.hard_state = {.term = r.core->state().term, .voted_for = r.core->state().voted_for};
  record.truncate_from = persist.truncate_from;
  append_record(t, encode(record, persist.entries));
  t.s.promises.push_back({.record = t.s.records, .group = r.group, .life = r.life, .ticket = persist.ticket});
  if (!persist.entries.empty()) r.busy_at = t.at.now;
}

void carry_out_messages(Turn& t, Replica& r, const std::vector<raft::Outgoing>& messages) {
  Item item{.kind = ItemKind::raft, .group = r.group};
  for (const raft::Outgoing& out : messages) {
    item.message = out.message;
    if (out.message.type == raft::MessageType::snapshot_chunk) {
      // The image has been replaced by a newer one: the core will notice.
      if (out.message.snapshot != r.core->state().snapshot) continue;
      r.busy_at = t.at.now;
      item.message.data = r.image.slice(out.message.offset, out.message.length);
    }
    send_after(t, out.message.to, item, std::max(record_of(t.s, r, out.wait_for), t.s.structural));
  }
}

void carry_out_refusals(Turn& t, const std::vector<raft::Refusal>& refusals) {
  for (const raft::Refusal& refusal : refusals) {
    if (refusal.context == 0) continue;
    AnswerCode code = AnswerCode::refused;
    if (refusal.code == Errc::not_leader) code = AnswerCode::not_leader;
    if (refusal.code == Errc::overloaded) code = AnswerCode::overloaded;
    if (refusal.code == Errc::cancelled) code = AnswerCode::unknown;
    refuse_waiting(t, refusal.context, code, refusal.code);
  }
}

// Left for good: the configuration that is committed here no longer names this node.
bool has_left(const Replica& r, NodeId self) {
  const raft::State& core = r.core->state();
  if (!r.was_member || core.role == raft::Role::leader || core.configuration_index() > core.commit)
    return false;
  return !core.configuration().contains(self);
}

}  // namespace

void step(Turn& t, Replica& r, const raft::Input& input) {
  State& s = t.s;
  raft::Effects& e = s.scratch;
  const bool led = leads(r);
  r.core->step(t.at, input, e);
  carry_out_persist(t, r, e.persist);
  carry_out_messages(t, r, e.messages);
  for (const Claim claim : e.sometimes) sometimes(t, claim);
  take_chunks(t, r, e.chunks);
  apply_entries(t, r, e.committed);
  for (const raft::ReadReady& read : e.reads) {
    WN_CHECK_LE(read.index, r.applied);
    answer_read(t, read.context);
  }
  carry_out_refusals(t, e.refusals);
  for (const std::uint64_t ticket : e.completed) {
    if (ticket == 0) continue;
    const auto at = s.waiting.find(ticket);
    if (at == s.waiting.end()) continue;
    answer(t, ticket, {.code = AnswerCode::done, .group = r.group, .node = leader_of(s, r.group)});
  }
  if (r.core->state().configuration().contains(s.options.node)) r.was_member = true;
  if (has_left(r, s.options.node) && !r.doomed) {
    r.doomed = true;
    s.doomed.push_back(r.group);
  }
  if (leads(r)) {
    if (!led) sometimes(t, "groups: a leader was elected");
    drive_hand_over(t, r);
  }
  take_snapshot_if_due(t, r);
  arm(s, r);
}

bool propose(Turn& t, Replica& r, const LogCommand& command, std::uint64_t ticket, AnswerCode& code) {
  const Bytes bytes = encode(command);
  const LogIndex before = r.core->state().log.last_index();
  const Term term = r.core->state().term;
  if (!leads(r)) {
    code = AnswerCode::not_leader;
    return false;
  }
  // The place is taken before the step, because a group of one commits within it.
  const LogIndex index = before.next();
  if (ticket != 0) {
    Waiting& w = t.s.waiting.find(ticket)->second;
    w.index = index;
    w.term = term;
    t.s.by_entry[{r.group, index}] = ticket;
  }
  step(t, r, raft::Propose{.commands = {&bytes, 1}});
  const bool taken = r.core->state().log.last_index() > before || !leads(r);
  if (taken) return true;
  if (ticket != 0) t.s.by_entry.erase({r.group, index});
  code = AnswerCode::overloaded;
  return false;
}

namespace {

void flush(Turn& t) {
  for (auto& [to, box] : t.s.outbox) {
    flush(t, to, box.now, 0);
    flush(t, to, box.later, box.after);
    box.after = 0;
  }
}

void campaign(Turn& t) {
  auto chosen = std::move(t.s.to_campaign);
  t.s.to_campaign.clear();
  for (const auto& [group, life] : chosen) {
    Replica* r = find(t.s, group);
    if (r == nullptr || r->life != life || r->doomed) continue;
    if (leads(*r)) {
      step(t, *r, raft::Rearm{});
      step(t, *r, raft::Tick{});
    } else {
      step(t, *r, raft::Campaign{});
    }
  }
}

}  // namespace

void settle(Turn& t) {
  State& s = t.s;
  // What one part of this node says to another. Each round answers the one before, and no answer is answered.
  while (!s.to_self.empty() || !s.to_campaign.empty()) {
    campaign(t);
    const std::vector<Item> items = std::move(s.to_self);
    s.to_self.clear();
    for (const Item& item : items) {
      if (item.kind == ItemKind::ask) on_ask(t, s.options.node, item);
      if (item.kind == ItemKind::reply) on_reply(t, s.options.node, item);
    }
  }
  drop_doomed(t);
  flush(t);
}

}  // namespace wn::groups
