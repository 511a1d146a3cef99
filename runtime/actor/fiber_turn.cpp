// Turns of actors whose handlers run on fibers: a stack is taken for the handler and given back when it
// returns.
#include "runtime/actor/rules.h"

namespace wn::actor {

namespace {

// A handler that goes on waiting after it was told to stop would never end.
constexpr std::uint32_t kIgnoredCancelsMax = 1000;

std::uint32_t take_fiber(State& s) {
  const std::uint32_t fiber = s.free_fiber;
  if (fiber != kNone) {
    s.free_fiber = s.fibers[fiber].next_free;
    ++s.fibers_in_use;
  }
  return fiber;
}

void await_stack(State& s, std::uint32_t slot) {
  ++s.stats.stack_waits;
  s.actors[slot].flags |= kAwaitsStack;
  Cold& cold = s.cold[slot];
  cold.next_stack_waiter = kNone;
  cold.prev_stack_waiter = s.last_stack_waiter;
  (s.last_stack_waiter != kNone ? s.cold[s.last_stack_waiter].next_stack_waiter : s.first_stack_waiter) =
      slot;
  s.last_stack_waiter = slot;
}

void free_fiber(State& s, std::uint32_t fiber) {
  Fiber& f = s.fibers[fiber];
  f.actor = kNone;
  f.node = kNone;
  f.correlation = 0;
  f.call_refused = Errc::ok;
  f.cancelled = false;
  f.ignored_cancels = 0;
  f.next_free = s.free_fiber;
  s.free_fiber = fiber;
  --s.fibers_in_use;
  const std::uint32_t slot = s.first_stack_waiter;
  if (slot == kNone) return;
  leave_stack_queue(s, slot);
  make_ready(s, slot);
}

// False: there is nothing to do, or no stack to do it on.
bool begin_job(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  const bool starting = (a.flags & kStart) != 0;
  if (!starting && a.count == 0) return false;
  const std::uint32_t fiber = take_fiber(s);
  if (fiber == kNone) {
    await_stack(s, slot);
    return false;
  }
  Fiber& f = s.fibers[fiber];
  f.actor = slot;
  a.fiber = fiber;
  if (starting) {
    f.restarting = (a.flags & kRestarting) != 0;
    a.flags &= static_cast<std::uint16_t>(~(kStart | kRestarting));
    return true;
  }
  f.node = pop(s, s.actors[slot]);
  ++s.stats.messages;
  if ((a.flags & kHasWaiters) != 0) admit_waiters(s, slot);
  return true;
}

// The handler has returned: its message and its stack go back.
Outcome end_job(State& s, std::uint32_t slot, std::uint32_t& message_kind) {
  Actor& a = s.actors[slot];
  const std::uint32_t fiber = a.fiber;
  const Fiber& f = s.fibers[fiber];
  const Outcome outcome = f.outcome;
  if (f.node != kNone) {
    message_kind = s.messages[f.node].kind;
    if (outcome.ok() && !f.cancelled) {
      free_node(s, f.node);
    } else {
      drop_node(s, f.node, s.id_of(slot), f.cancelled ? Errc::cancelled : outcome.code);
    }
  }
  a.fiber = kNone;
  free_fiber(s, fiber);
  return outcome;
}

}  // namespace

void leave_stack_queue(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  if ((a.flags & kAwaitsStack) == 0) return;
  a.flags &= static_cast<std::uint16_t>(~kAwaitsStack);
  const Cold& cold = s.cold[slot];
  (cold.prev_stack_waiter != kNone ? s.cold[cold.prev_stack_waiter].next_stack_waiter
                                   : s.first_stack_waiter) = cold.next_stack_waiter;
  (cold.next_stack_waiter != kNone ? s.cold[cold.next_stack_waiter].prev_stack_waiter : s.last_stack_waiter) =
      cold.prev_stack_waiter;
}

void fiber_turn(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  if ((a.flags & kAwaitsStack) != 0) return;
  if (a.fiber == kNone && !begin_job(s, slot)) return;
  Fiber& f = s.fibers[a.fiber];
  if (f.wait != Wait::none) return;  // not woken: a stale turn
  const std::uint32_t kind = f.node != kNone ? s.messages[f.node].kind : 0;
  enter(s, a.fiber);
  metered(s, slot, kind);
  if (f.phase == Phase::suspended) {
    if ((a.flags & kStopAsked) != 0) stop_subtree(s, slot);
    return;
  }
  std::uint32_t message_kind = 0;
  const Outcome outcome = end_job(s, slot, message_kind);
  if (!outcome.ok()) {
    fail_actor(s, slot, outcome, message_kind);
  } else if ((a.flags & kStopAsked) != 0) {
    stop_subtree(s, slot);
  } else if (a.count != 0) {
    make_ready(s, slot);
  }
}

void wake(State& s, std::uint32_t fiber, Errc code) {
  Fiber& f = s.fibers[fiber];
  WN_CHECK(f.wait != Wait::none);
  if (f.timer != kNone) {
    disarm(s, f.timer);
    f.timer = kNone;
  }
  f.wait = Wait::none;
  f.woken = code;
  make_ready(s, f.actor);
}

Errc wait(State& s, std::uint32_t fiber, Wait what) {
  Fiber& f = s.fibers[fiber];
  if (f.cancelled) {
    WN_CHECK_LT(++f.ignored_cancels, kIgnoredCancelsMax);
    return Errc::cancelled;
  }
  f.wait = what;
  f.phase = Phase::suspended;
  leave(s, f);
  return f.cancelled ? Errc::cancelled : f.woken;
}

void cancel_fiber(State& s, std::uint32_t slot) {
  const std::uint32_t fiber = s.actors[slot].fiber;
  if (fiber == kNone) return;
  Fiber& f = s.fibers[fiber];
  f.cancelled = true;
  f.wait = Wait::none;
  if (f.timer != kNone) disarm(s, f.timer);
  f.timer = kNone;
  if (f.waiter != kNone) finish_waiter(s, f.waiter, Sent::cancelled);
  enter(s, fiber);
  WN_CHECK(f.phase == Phase::pooled);
  std::uint32_t message_kind = 0;
  (void)end_job(s, slot, message_kind);
}

}  // namespace wn::actor
