// Sleep and liveness. A group whose followers have everything sleeps: the driver is told no deadline for it
// and its core's timers stand still. What would wake it by time is done by node: peers that share groups say
// that they live; from one that falls silent, or was started again, its groups' followers wake and elect.
//
// Safe, because sleep only withholds Ticks, which any slow node does; leases end by the clock all the same.
#include <algorithm>

#include "runtime/groups/rules.h"

namespace wn::groups {

bool lives(const State& s, NodeId node) {
  if (node == s.options.node) return true;
  const auto at = s.peers.find(node);
  if (at == s.peers.end() || at->second.suspected) return false;
  return s.now < at->second.heard + s.options.suspect_after;
}

// Whoever is gone is told what it missed when it is back (wake_shared_with).
bool is_quiet(const State& s, const Replica& r) {
  raft::MemberList gone;
  for (NodeId id : r.counted) {
    if (!lives(s, id)) gone.insert_sorted(id);
  }
  return r.core->quiet(gone);
}

void wake(Turn& t, Replica& r) {
  if (!r.asleep) return;
  r.asleep = false;
  ++t.s.awake;
  r.busy_at = t.at.now;
  const NodeId leader = r.core->state().leader;
  step(t, r, raft::Rearm{.leader_lives = leader && lives(t.s, leader)});
  if (leads(r)) step(t, r, raft::Tick{});
}

namespace {

void fall_asleep(Turn& t, Replica& r) {
  r.asleep = true;
  --t.s.awake;
  if (r.work != nullptr && r.work->absorbing.empty() && !r.machine.hand_over().active) r.work.reset();
  arm(t.s, r);
}

}  // namespace

void sleep_if_idle(Turn& t, Replica& r) {
  State& s = t.s;
  if (!s.options.sleep || r.asleep || r.doomed || !leads(r)) return;
  if (r.machine.hand_over().active) return;
  if (t.at.now < r.busy_at + s.options.sleep_after &&
      !WN_FAULT_POINT(s.options.fault_points, "groups.sleep-early")) {
    return;
  }
  if (!is_quiet(s, r)) return;
  Item item{.kind = ItemKind::sleep, .group = r.group};
  item.term = r.core->state().term;
  item.index = r.core->state().commit;
  for (NodeId id : r.counted) send(t, id, item);
  sometimes(t, "groups: a group fell asleep");
  fall_asleep(t, r);
}

void on_sleep(Turn& t, NodeId from, const Item& item) {
  Replica* r = find(t.s, item.group);
  if (r == nullptr || r->asleep || r->doomed || !t.s.options.sleep) return;
  const raft::State& core = r->core->state();
  // Whoever has less stays awake, asks for votes in vain, and wakes its leader by that.
  if (core.role != raft::Role::follower || core.leader != from || core.term != item.term) return;
  if (core.commit != item.index || core.log.last_index() != item.index || core.incoming.active) return;
  if (WN_FAULT_POINT(t.s.options.fault_points, "groups.stays-awake")) return;
  fall_asleep(t, *r);
}

namespace {

// The groups that `node` led cannot count on it.
void wake_led_by(Turn& t, NodeId node) {
  for (auto& [group, r] : t.s.replicas) {
    if (!r.asleep) continue;
    const NodeId leader = r.core->state().leader;
    if (leader == node || (!leader && r.counted.contains(node))) wake(t, r);
  }
}

// It may lack what was replicated without it.
void wake_shared_with(Turn& t, NodeId node) {
  for (auto& [group, r] : t.s.replicas) {
    if (r.asleep && leads(r) && r.counted.contains(node) && !is_quiet(t.s, r)) wake(t, r);
  }
}

}  // namespace

void heard_from(Turn& t, NodeId from) {
  const auto at = t.s.peers.find(from);
  if (at == t.s.peers.end()) return;
  const bool back = at->second.suspected;
  at->second.heard = t.at.now;
  at->second.suspected = false;
  if (back) wake_shared_with(t, from);
}

void on_alive(Turn& t, NodeId from, std::uint64_t incarnation) {
  const auto at = t.s.peers.find(from);
  if (at == t.s.peers.end()) return;
  const std::uint64_t before = at->second.incarnation;
  at->second.incarnation = incarnation;
  if (before == 0 || before == incarnation) return;
  sometimes(t, "groups: a peer was started again");
  wake_led_by(t, from);
}

void tick_peers(Turn& t) {
  State& s = t.s;
  if (t.at.now < s.next_alive) return;
  // This node itself stood still: that says nothing about the others.
  const bool stood_still = t.at.now > s.last_alive + s.options.suspect_after;
  s.last_alive = t.at.now;
  s.next_alive = t.at.now + s.options.alive_interval;
  std::vector<NodeId> silent;
  for (auto& [id, peer] : s.peers) {
    if (stood_still) peer.heard = t.at.now;
    t.out.sends.push_back({.to = id, .kind = MessageKind::alive, .payload = encode_alive(s.incarnation)});
    if (peer.suspected || t.at.now < peer.heard + s.options.suspect_after) continue;
    peer.suspected = true;
    silent.push_back(id);
  }
  for (NodeId id : silent) {
    sometimes(t, "groups: a peer fell silent");
    wake_led_by(t, id);
  }
  const auto expired = [&](const auto& blank) {
    Replica* r = find(s, blank.first);
    if (r == nullptr || r->life != blank.second || r->core->state().snapshot.index.value != 0) return true;
    if (t.at.now < r->born_at + s.options.change_timeout) return false;
    // The leader that began it does not go on: it was not meant, or is not any more.
    r->doomed = true;
    s.doomed.push_back(r->group);
    return true;
  };
  std::erase_if(s.blanks, expired);
}

}  // namespace wn::groups
