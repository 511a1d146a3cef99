// Who is ready. Without an Order: a ring of slots, first in, first out, with a slot for the actor woken last.
// With one: a list in order of becoming ready, from which the Order chooses.
#include <algorithm>

#include "runtime/actor/rules.h"

namespace wn::actor {

namespace {

constexpr std::uint32_t kWokenStreakMax = 3;

void release_slot(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  a.flags = 0;
  if (a.generation == 0) return;  // it would repeat its ids: retired
  a.next_sibling = s.free_actor;
  s.free_actor = slot;
}

void to_ring(State& s, std::uint32_t slot) {
  WN_CHECK(s.ring_tail - s.ring_head <= s.ring_mask);
  s.ring[s.ring_tail++ & s.ring_mask] = s.id_of(slot);
}

std::uint32_t from_ring(State& s) {
  if (s.woken_last != kNone && s.woken_streak < kWokenStreakMax) {
    ++s.woken_streak;
    const std::uint32_t slot = s.woken_last;
    s.woken_last = kNone;
    return slot;
  }
  s.woken_streak = 0;
  if (s.ring_head == s.ring_tail) {
    const std::uint32_t slot = s.woken_last;
    s.woken_last = kNone;
    return slot;
  }
  if (s.ring_tail - s.ring_head > kFetchRecord) fetch_ahead(s);
  return s.ring[s.ring_head++ & s.ring_mask].slot();
}

// Drops the ring's entries of released actors, whose slots can then be used again.
void sweep_ring(State& s) {
  std::uint64_t kept = s.ring_head;
  for (std::uint64_t at = s.ring_head; at != s.ring_tail; ++at) {
    const std::uint32_t slot = s.ring[at & s.ring_mask].slot();
    if ((s.actors[slot].flags & kZombie) != 0) {
      release_slot(s, slot);
    } else {
      s.ring[kept++ & s.ring_mask] = s.id_of(slot);
    }
  }
  s.ring_tail = kept;
  s.zombies = 0;
}

}  // namespace

void make_ready_slowly(State& s, std::uint32_t slot) {
  if (s.parts.order != nullptr) {
    s.ready.push_back(s.id_of(slot));  // within what was reserved: each actor stands there once
    return;
  }
  if (s.woken_last != kNone) to_ring(s, s.woken_last);
  s.woken_last = slot;
}

std::uint32_t next_ready(State& s) {
  if (s.parts.order != nullptr) {
    if (s.ready.empty()) return kNone;
    const std::size_t at = s.parts.order->choose(s.decisions++, s.ready);
    WN_CHECK_LT(at, s.ready.size());
    const std::uint32_t slot = s.ready[at].slot();
    s.ready.erase(s.ready.begin() + static_cast<std::ptrdiff_t>(at));
    s.actors[slot].flags &= static_cast<std::uint16_t>(~kQueued);
    return slot;
  }
  for (;;) {
    const std::uint32_t slot = from_ring(s);
    if (slot == kNone) return kNone;
    Actor& a = s.actors[slot];
    if ((a.flags & kZombie) == 0) {
      a.flags &= static_cast<std::uint16_t>(~kQueued);
      return slot;
    }
    bury(s, slot);
  }
}

void bury(State& s, std::uint32_t slot) {
  --s.zombies;
  release_slot(s, slot);
}

void forget_ready(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  if ((a.flags & kQueued) == 0) {
    release_slot(s, slot);
    return;
  }
  if (s.parts.order != nullptr) {
    std::erase_if(s.ready, [slot](ActorId id) { return id.slot() == slot; });
    release_slot(s, slot);
    return;
  }
  if (s.woken_last == slot) {
    s.woken_last = kNone;
    release_slot(s, slot);
    return;
  }
  a.flags = kZombie | kQueued;
  ++s.zombies;
  if (s.zombies > s.ring_mask / 2) sweep_ring(s);
}

void sweep_ready(State& s) {
  if (s.zombies != 0) sweep_ring(s);
}

bool any_ready(const State& s) {
  if (s.parts.order != nullptr) return !s.ready.empty();
  return s.woken_last != kNone || s.ring_tail - s.ring_head > s.zombies;
}

}  // namespace wn::actor
