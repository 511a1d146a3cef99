#include "runtime/groups/groups.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/groups/client.h"
#include "runtime/groups/image.h"
#include "runtime/groups/rules.h"

namespace wn::groups {

namespace {

void found_group(State& s, const GroupConfig& config) {
  learn_group(s, config.group, config.members);
  for (WorknodeId id : config.worknodes) learn(s, id, {.group = config.group, .epoch = 1, .node = kNobody});
  if (!config.members.contains(s.options.node)) return;
  WN_CHECK_LT(s.replicas.size(), s.options.groups_max);
  Replica& r = add_replica(s, config.group);
  r.machine.found(config);
  if (config.group == s.genesis) r.machine.found_genesis(s.options.groups);
  r.image = r.machine.image();
  r.restored->hard_state.term = Term{1};
  r.restored->snapshot = first_snapshot({.voters = config.members, .outgoing = {}, .learners = {}}, r.image);
}

GroupStatus status_of(const Replica& r) {
  const raft::State& core = r.core->state();
  return {.group = r.group,
          .root = r.machine.root(),
          .epoch = r.machine.epoch(),
          .genesis = r.machine.genesis(),
          .dissolved = r.machine.dissolved(),
          .asleep = r.asleep,
          .handing_over = r.machine.hand_over().active,
          .role = core.role,
          .term = core.term,
          .leader = core.leader,
          .applied = r.applied,
          .commit = core.commit,
          .digest = r.machine.digest(),
          .configuration = core.configuration(),
          .worknodes = r.machine.owned()};
}

bool is_call_for_votes(raft::MessageType type) {
  return type == raft::MessageType::pre_vote || type == raft::MessageType::vote;
}

// A replica that never had any of the log has acknowledged none, so it may vote for whoever has some: a
// member that took its parent's image, and so never saw the split, is needed for the first election. One that
// was removed has forgotten what it acknowledged, and stays silent.
bool may_vote_blank(const State& s, GroupId group) {
  const auto at = s.tombstones.find(group);
  return at == s.tombstones.end() || at->second.members.empty();
}

// A sleeping group is woken by news, not by the echo of what was said before it fell asleep.
bool is_news(const Replica& r, const raft::Message& m) {
  switch (m.type) {
    case raft::MessageType::heartbeat:
      return m.term != r.core->state().term || m.from != r.core->state().leader;
    case raft::MessageType::append_reply:
    case raft::MessageType::heartbeat_reply:
    case raft::MessageType::snapshot_reply:
    case raft::MessageType::pre_vote_reply:
    case raft::MessageType::vote_reply:
      return m.term > r.core->state().term;
    default:
      return true;
  }
}

void on_raft(Turn& t, NodeId from, Item& item) {
  State& s = t.s;
  const raft::Message& m = item.message;
  Replica* r = find(s, item.group);
  if (r == nullptr) {
    const bool leads_it = m.type == raft::MessageType::append || m.type == raft::MessageType::snapshot_chunk;
    if (!leads_it && !(is_call_for_votes(m.type) && may_vote_blank(s, item.group))) return;
    r = create_blank(t, item.group, from);
    if (r == nullptr) return;
  }
  if (r->doomed) return;
  const raft::State& core = r->core->state();
  const LogIndex in_force = r->core->configuration_index_at(core.commit);
  if (is_call_for_votes(m.type) && core.configuration_index() == in_force && r->was_member &&
      !core.configuration().contains(from)) {
    Item out{.kind = ItemKind::removed, .group = item.group};
    out.index = in_force;
    out.members = core.configuration().voters;
    return send(t, from, out);
  }
  if (r->asleep && is_news(*r, m)) wake(t, *r);
  step(t, *r, raft::Receive{&m});
  if (!r->asleep) return;
  if (leads(*r) ? !is_quiet(s, *r) : !r->core->state().leader) wake(t, *r);
}

void on_removed(Turn& t, NodeId from, const Item& item) {
  Replica* r = find(t.s, item.group);
  if (r == nullptr || r->doomed || leads(*r)) return;
  const raft::State& core = r->core->state();
  // Only what this replica does not know yet counts, said by one whom it knows: it may have been let in
  // again.
  if (core.configuration_index() > item.index || !core.configuration().contains(from)) return;
  learn_group(t.s, r->group, item.members);
  r->doomed = true;
  t.s.doomed.push_back(r->group);
}

}  // namespace

void Effects::clear() {
  journal.clear();
  sends.clear();
  answers.clear();
  notes.clear();
  sometimes.clear();
}

State::State(const Options& o, std::pmr::memory_resource* m)
    : options(o),
      memory(m),
      limits{.worknodes_max = std::min(o.worknodes_max, kWorknodesMax),
             .sessions_max = std::max<std::uint32_t>(o.sessions_max, 1),
             .forwards_max = o.forwards_max,
             .defect = o.defect},
      replicas(m),
      tombstones(m),
      schedule(m),
      waiting(m),
      by_entry(m),
      expiry(m),
      peers(m),
      outbox(m),
      directory(m),
      neighbours(m) {
  WN_CHECK(o.node);
  WN_CHECK_LE(o.groups_max, kGroupsMax);
  if (o.groups.empty()) return;
  genesis = o.groups.front().group;
  for (const GroupConfig& config : o.groups) {
    WN_CHECK(config.group);
    WN_CHECK(!config.members.empty());
    found_group(*this, config);
  }
}

Groups::Groups(const Options& options, std::pmr::memory_resource* memory)
    : state_(std::make_unique<State>(options, memory)) {}
Groups::~Groups() = default;
Groups::Groups(Groups&&) noexcept = default;
Groups& Groups::operator=(Groups&&) noexcept = default;

Errc Groups::restore_image(ByteView image) {
  WN_CHECK(!state_->began);
  return groups::restore_image(*state_, image);
}

Errc Groups::replay(ByteView record) {
  WN_CHECK(!state_->began);
  return groups::replay(*state_, record);
}

void Groups::begin(const Moment& moment, std::uint64_t draw, Effects& effects) {
  State& s = *state_;
  WN_CHECK(!s.began);
  s.began = true;
  s.now = s.last_alive = s.next_alive = moment.now;
  s.random = Random(draw);
  s.incarnation = draw | 1;
  // Tickets differ from those of earlier starts, for the trace's sake.
  s.tickets = (draw & 0xFFFF'FFFF) << 31;
  Turn t{.s = s, .at = moment, .out = effects};
  for (const auto& [group, stone] : s.tombstones) learn_group(s, group, stone.members);
  for (auto& [group, r] : s.replicas) {
    if (r.restored->snapshot.index.value == 0) s.blanks.push_back({group, r.life});
    start_core(s, r, moment.now, false);
    tell_ownership(t, r);
  }
  settle(t);
}

std::uint64_t Groups::records() const { return state_->records; }
Bytes Groups::image() const { return image_of(*state_); }

void Groups::durable(const Moment& moment, std::uint64_t records, Effects& effects) {
  State& s = *state_;
  WN_CHECK_LE(records, s.records);
  s.now = moment.now;
  s.durable = std::max(s.durable, records);
  Turn t{.s = s, .at = moment, .out = effects};
  while (!s.promises.empty() && s.promises.front().record <= records) {
    const Promise promise = s.promises.front();
    s.promises.pop_front();
    Replica* r = find(s, promise.group);
    if (r == nullptr || r->life != promise.life || r->doomed) continue;
    if (promise.ticket != 0) {
      step(t, *r, raft::Persisted{.ticket = promise.ticket});
    } else {
      image_stored(t, *r);
    }
  }
  settle(t);
}

void Groups::submit(const Moment& moment, const Command& command, Effects& effects) {
  state_->now = moment.now;
  Turn t{.s = *state_, .at = moment, .out = effects};
  groups::submit(t, command);
  settle(t);
}

void Groups::change(const Moment& moment, const Change& change, Effects& effects) {
  state_->now = moment.now;
  Turn t{.s = *state_, .at = moment, .out = effects};
  groups::change(t, change);
  settle(t);
}

void Groups::receive(const Moment& moment, NodeId from, MessageKind kind, ByteView payload,
                     Effects& effects) {
  State& s = *state_;
  s.now = moment.now;
  Turn t{.s = s, .at = moment, .out = effects};
  std::uint64_t incarnation = 0;
  const bool sound = kind == MessageKind::alive
                         ? decode_alive(payload, incarnation) == Errc::ok
                         : decode_batch(payload, from, s.options.node, s.batch) == Errc::ok;
  if (!sound || from == s.options.node || !from) return sometimes(t, "groups: a peer's bytes were refused");
  heard_from(t, from);
  if (kind == MessageKind::alive) {
    on_alive(t, from, incarnation);
    return settle(t);
  }
  for (Item& item : s.batch.items) {
    switch (item.kind) {
      case ItemKind::raft:
        on_raft(t, from, item);
        break;
      case ItemKind::sleep:
        on_sleep(t, from, item);
        break;
      case ItemKind::removed:
        on_removed(t, from, item);
        break;
      case ItemKind::ask:
        on_ask(t, from, item);
        break;
      case ItemKind::reply:
        on_reply(t, from, item);
        break;
    }
  }
  settle(t);
}

void Groups::tick(const Moment& moment, std::uint64_t draw, Effects& effects) {
  State& s = *state_;
  s.now = moment.now;
  static_cast<void>(draw);  // the cores draw from begin()'s
  Turn t{.s = s, .at = moment, .out = effects};
  expire_waiting(t);
  tick_peers(t);
  // Each group at most once a call: those due now, then no more.
  std::vector<GroupId> due;
  for (const auto& [at, group] : s.schedule) {
    if (at > moment.now) break;
    due.push_back(group);
  }
  for (const GroupId group : due) {
    Replica* r = find(s, group);
    if (r == nullptr || r->doomed || r->asleep || r->armed > moment.now) continue;
    s.schedule.erase({r->armed, group});
    r->armed = Instant::max();
    if (r->core->next_deadline() <= moment.now) {
      step(t, *r, raft::Tick{});
      sleep_if_idle(t, *r);
    } else if (leads(*r)) {
      drive_hand_over(t, *r);
    }
    arm(s, *r);
  }
  settle(t);
}

Instant Groups::next_deadline() const {
  const State& s = *state_;
  if (!s.began) return Instant::max();
  Instant due = s.peers.empty() ? Instant::max() : s.next_alive;
  if (!s.schedule.empty()) due = std::min(due, s.schedule.begin()->first);
  if (!s.expiry.empty()) due = std::min(due, s.expiry.begin()->first);
  return due;
}

Location Groups::locate(WorknodeId worknode) const { return groups::locate(*state_, worknode); }
void Groups::learn(WorknodeId worknode, const Location& location) {
  groups::learn(*state_, worknode, location);
}

std::vector<GroupStatus> Groups::status() const {
  std::vector<GroupStatus> out;
  for (const auto& [group, r] : state_->replicas) out.push_back(groups::status_of(r));
  return out;
}

Result<GroupStatus> Groups::status_of(GroupId group) const {
  const Replica* r = find(std::as_const(*state_), group);
  if (r == nullptr) return fail(Errc::not_found, "no replica of this group here");
  return groups::status_of(*r);
}

std::vector<WorknodeId> Groups::owned_by(GroupId group) const {
  const Replica* r = find(std::as_const(*state_), group);
  return r == nullptr ? std::vector<WorknodeId>{} : r->machine.worknodes();
}

std::size_t Groups::awake() const { return state_->awake; }

std::string Groups::broken_invariant() const {
  std::size_t awake = 0;
  for (const auto& [group, r] : state_->replicas) {
    if (!r.asleep) ++awake;
    if (std::string broken = r.machine.broken_invariant(); !broken.empty()) return broken;
    if (r.core != nullptr && r.applied > r.core->state().commit) return "applied what is not committed";
  }
  if (awake != state_->awake) return "the count of awake groups is wrong";
  if (state_->waiting.size() != state_->expiry.size()) return "something waits without a deadline";
  return {};
}

}  // namespace wn::groups
