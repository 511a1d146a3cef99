// Timers: a 4-ary heap over a fixed pool, ordered by deadline and then by order of arming. Arming and
// disarming cost O(log n), so a call that is answered leaves nothing behind.
#include "runtime/actor/rules.h"

namespace wn::actor {

namespace {

constexpr std::uint32_t kArity = 4;

bool before(const State& s, std::uint32_t a, std::uint32_t b) {
  const Timer& x = s.timers[a];
  const Timer& y = s.timers[b];
  return x.at != y.at ? x.at < y.at : x.sequence < y.sequence;
}
void put(State& s, std::uint32_t place, std::uint32_t timer) {
  s.heap[place] = timer;
  s.timers[timer].heap_place = place;
}
void sift_up(State& s, std::uint32_t place, std::uint32_t timer) {
  while (place != 0) {
    const std::uint32_t up = (place - 1) / kArity;
    if (!before(s, timer, s.heap[up])) break;
    put(s, place, s.heap[up]);
    place = up;
  }
  put(s, place, timer);
}
void sift_down(State& s, std::uint32_t place, std::uint32_t timer) {
  const auto size = static_cast<std::uint32_t>(s.heap.size());
  for (;;) {
    const std::uint64_t first = std::uint64_t{place} * kArity + 1;
    if (first >= size) break;
    auto best = static_cast<std::uint32_t>(first);
    for (std::uint32_t c = best + 1; c < size && c < first + kArity; ++c) {
      if (before(s, s.heap[c], s.heap[best])) best = c;
    }
    if (!before(s, s.heap[best], timer)) break;
    put(s, place, s.heap[best]);
    place = best;
  }
  put(s, place, timer);
}

void unlink_from_owner(State& s, std::uint32_t timer) {
  const Timer& t = s.timers[timer];
  if (t.prev != kNone) {
    s.timers[t.prev].next = t.next;
  } else {
    s.cold[t.owner].first_timer = t.next;
  }
  if (t.next != kNone) s.timers[t.next].prev = t.prev;
}

}  // namespace

std::uint32_t arm(State& s, Instant at, Due due, std::uint32_t payload, std::uint32_t owner) {
  const std::uint32_t timer = s.free_timer;
  if (timer == kNone) return kNone;
  Timer& t = s.timers[timer];
  s.free_timer = t.next;
  t = Timer{.at = at, .sequence = ++s.timer_sequence, .payload = payload, .owner = owner, .due = due};
  if (due == Due::message) {
    t.next = s.cold[owner].first_timer;
    if (t.next != kNone) s.timers[t.next].prev = timer;
    s.cold[owner].first_timer = timer;
  }
  s.heap.push_back(timer);  // within what was reserved
  sift_up(s, static_cast<std::uint32_t>(s.heap.size() - 1), timer);
  return timer;
}

std::uint32_t disarm(State& s, std::uint32_t timer) {
  Timer& t = s.timers[timer];
  WN_CHECK(t.heap_place != kNone);
  const std::uint32_t place = t.heap_place;
  const std::uint32_t last = s.heap.back();
  s.heap.pop_back();
  if (last != timer) {
    const bool up = place != 0 && before(s, last, s.heap[(place - 1) / kArity]);
    if (up) {
      sift_up(s, place, last);
    } else {
      sift_down(s, place, last);
    }
  }
  if (t.due == Due::message) unlink_from_owner(s, timer);
  const std::uint32_t payload = t.payload;
  t = Timer{.next = s.free_timer};
  s.free_timer = timer;
  return payload;
}

void disarm_all_of(State& s, std::uint32_t slot) {
  while (s.cold[slot].first_timer != kNone) free_node(s, disarm(s, s.cold[slot].first_timer));
}

TimerId timer_id(const State& s, std::uint32_t timer) {
  return TimerId{(s.timers[timer].sequence << 32) | timer};
}

std::uint32_t find_timer(const State& s, TimerId id) {
  const auto timer = static_cast<std::uint32_t>(id.value);
  if (timer >= s.timers.size() || s.timers[timer].heap_place == kNone) return kNone;
  const Timer& t = s.timers[timer];
  return t.due == Due::message && timer_id(s, timer) == id ? timer : kNone;
}

void fire_due(State& s) {
  while (!s.heap.empty() && s.timers[s.heap.front()].at <= s.now) {
    const std::uint32_t timer = s.heap.front();
    const Timer fired = s.timers[timer];
    disarm(s, timer);
    switch (fired.due) {
      case Due::message:
        append(s, s.actors[fired.owner], fired.payload);
        notify(s, fired.owner);
        break;
      case Due::fiber: {
        Fiber& f = s.fibers[fired.payload];
        f.timer = kNone;
        wake(s, fired.payload, f.wait == Wait::sleep ? Errc::ok : Errc::timed_out);
        break;
      }
      case Due::waiter:
        s.waiters[fired.payload].timer = kNone;
        ++s.stats.park_timeouts;
        finish_waiter(s, fired.payload, Sent::timed_out);
        break;
    }
  }
}

}  // namespace wn::actor
