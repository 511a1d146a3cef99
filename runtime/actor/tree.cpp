// The tree of actors: spawning, and giving a whole subtree back.
#include "runtime/actor/rules.h"

namespace wn::actor {

namespace {

std::uint32_t take_slot(State& s) {
  if (s.free_actor == kNone && s.never_used_actor == s.actors.size()) sweep_ready(s);
  const std::uint32_t slot = s.free_actor;
  if (slot != kNone) {
    s.free_actor = s.actors[slot].next_sibling;
    return slot;
  }
  return s.never_used_actor == s.actors.size() ? kNone : s.never_used_actor++;
}

void link_child(State& s, std::uint32_t parent, std::uint32_t child) {
  Actor& p = s.actors[parent];
  Actor& c = s.actors[child];
  c.next_sibling = p.first_child;
  if (p.first_child != kNone) s.actors[p.first_child].prev_sibling = child;
  p.first_child = child;
  ++s.cold[parent].children;
}

void unlink_child(State& s, std::uint32_t child) {
  const Actor& c = s.actors[child];
  if (c.parent == kNone) return;
  (c.prev_sibling != kNone ? s.actors[c.prev_sibling].next_sibling : s.actors[c.parent].first_child) =
      c.next_sibling;
  if (c.next_sibling != kNone) s.actors[c.next_sibling].prev_sibling = c.prev_sibling;
  --s.cold[c.parent].children;
}

// A leaf goes, with all that it holds.
void release(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  cancel_fiber(s, slot);
  leave_stack_queue(s, slot);
  disarm_all_of(s, slot);
  const ActorId id = s.id_of(slot);
  a.behaviour->on_stop(id, a.state);
  while (a.count != 0) drop_node(s, pop(s, s.actors[slot]), id, Errc::cancelled);
  refuse_waiters(s, slot);
  unlink_child(s, slot);
  const std::uint16_t flags = a.flags;
  const std::uint32_t generation = a.generation;
  a = Actor{.flags = flags, .generation = generation + 1};
  s.cold[slot] = Cold{};
  --s.alive;
  ++s.stats.stopped;
  forget_ready(s, slot);
  if (s.parts.listener != nullptr) s.parts.listener->on_stopped(id);
}

}  // namespace

Result<ActorId> spawn_actor(State& s, const Spawn& spawn, std::uint32_t parent) {
  if (spawn.kind.value >= s.kinds.size() || spawn.behaviour == nullptr)
    return fail(Errc::invalid_argument, "");
  if (parent != kNone && (s.actors[parent].flags & kStopping) != 0) return fail(Errc::cancelled, "");
  const std::uint32_t slot = take_slot(s);
  if (slot == kNone) return fail(Errc::overloaded, "");
  const KindState& kind = s.kinds[spawn.kind.value];
  Actor& a = s.actors[slot];
  a.behaviour = spawn.behaviour;
  a.state = spawn.state;
  a.mailbox_max = kind.kind.mailbox_max;
  a.kind = spawn.kind.value;
  a.flags = kind.kind.fiber ? kOnFiber : 0;
  a.parent = parent;
  a.next_sibling = kNone;
  ++a.generation;
  if (parent != kNone) link_child(s, parent, slot);
  ++s.alive;
  ++s.stats.spawned;
  const ActorId id = s.id_of(slot);
  if (s.parts.listener != nullptr) {
    s.parts.listener->on_spawned(id, parent == kNone ? kOutside : s.id_of(parent), kind.kind.name);
  }
  if (kind.kind.starts) {
    a.flags |= kStart;
    make_ready(s, slot);
  }
  return id;
}

void stop_subtree(State& s, std::uint32_t top) {
  // First all of it refuses what comes, from the top down; then it goes, from the leaves up.
  std::uint32_t at = top;
  for (;;) {
    s.actors[at].flags |= kStopping;
    if (s.actors[at].first_child != kNone) {
      at = s.actors[at].first_child;
      continue;
    }
    while (at != top && s.actors[at].next_sibling == kNone) at = s.actors[at].parent;
    if (at == top) break;
    at = s.actors[at].next_sibling;
  }
  for (;;) {
    while (s.actors[at].first_child != kNone) at = s.actors[at].first_child;
    const std::uint32_t above = s.actors[at].parent;
    const bool last = at == top;
    release(s, at);
    if (last) return;
    at = above;
  }
}

}  // namespace wn::actor
