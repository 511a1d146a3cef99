// Turns: who is ready is given its messages, one after the other, each handled to its end.
#include "runtime/actor/rules.h"

namespace wn::actor {

void metered(State& s, std::uint32_t slot, std::uint32_t message_kind) {
  if (s.parts.meter == nullptr) return;
  const Instant reading = s.parts.meter->reading();
  const Duration ran = reading - s.last_reading;
  s.last_reading = reading;
  if (ran <= s.options.stall_limit) return;
  ++s.stats.stalls;
  if (s.parts.listener == nullptr) return;
  const Actor& a = s.actors[slot];
  const char* kind = s.kinds[a.kind].kind.name;
  const char* handler = a.behaviour->handler_name(message_kind);
  s.parts.listener->on_stalled({.actor = s.id_of(slot),
                                .kind = kind,
                                .handler = handler != nullptr ? handler : kind,
                                .message_kind = message_kind,
                                .ran = ran});
}

namespace {

void start_turn(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  const bool again = (a.flags & kRestarting) != 0;
  a.flags &= static_cast<std::uint16_t>(~(kStart | kRestarting));
  Context context = ContextAccess::make(s, slot, kNone);
  const Outcome outcome = again ? a.behaviour->on_restart(context) : a.behaviour->on_start(context);
  metered(s, slot, 0);
  if (!outcome.ok()) {
    fail_actor(s, slot, outcome, 0);
  } else if ((a.flags & kStopAsked) != 0) {
    stop_subtree(s, slot);
  } else if (a.count != 0) {
    make_ready(s, slot);
  }
}

void special_turn(State& s, std::uint32_t slot) {
  const Actor& a = s.actors[slot];
  if ((a.flags & kStopAsked) != 0) {
    stop_subtree(s, slot);
  } else if ((a.flags & kOnFiber) != 0) {
    fiber_turn(s, slot);
  } else {
    start_turn(s, slot);
  }
}

// Out of line, so that the way of a message that is handled stays short.
[[gnu::noinline, gnu::cold]] void fail_message(State& s, ActorId self, std::uint32_t node, Outcome outcome) {
  const std::uint32_t kind = s.message_base[node].kind;
  drop_node(s, node, self, outcome.code);
  fail_actor(s, self.slot(), outcome, kind);
}

// One handled message. False: the turn is over, the actor may be gone.
inline bool handle(State& s, Actor& a, ActorId self) {
  const std::uint32_t node = pop(s, a);
  if ((a.flags & kHasWaiters) != 0) [[unlikely]]
    admit_waiters(s, self.slot());
  Context context = ContextAccess::make(s, self, node);
  const Outcome outcome = a.behaviour->on_message(context, s.message_base[node]);
  ++s.stats.messages;
  if (s.parts.meter != nullptr) [[unlikely]]
    metered(s, self.slot(), s.message_base[node].kind);
  if (!outcome.ok()) [[unlikely]] {
    fail_message(s, self, node, outcome);
    return false;
  }
  free_node(s, node);
  if ((a.flags & kAttention) != 0) [[unlikely]] {
    special_turn(s, self.slot());
    return false;
  }
  return true;
}

// REQUIRES that it left the ready list.
inline void turn(State& s, Actor& a, ActorId self, std::uint32_t messages_max) {
  const std::uint32_t slot = self.slot();
  if ((a.flags & kAttention) != 0) [[unlikely]] {
    special_turn(s, slot);
    return;
  }
  for (std::uint32_t handled = 0; a.count != 0; ++handled) {
    if (handled == messages_max) {
      make_ready(s, a, slot);
      return;
    }
    if (!handle(s, a, self)) return;
  }
}

std::uint64_t run_plain(State& s, std::uint64_t steps_max) {
  const std::uint32_t messages_max = s.options.turn_messages_max;
  std::uint64_t steps = 0;
  while (steps < steps_max) {
    const ActorId self = from_plain_ring(s);
    if (self == kOutside) break;
    Actor& a = s.actor_base[self.slot()];
    if ((a.flags & kZombie) != 0) [[unlikely]] {
      bury(s, self.slot());
      continue;
    }
    a.flags &= static_cast<std::uint16_t>(~kQueued);
    turn(s, a, self, messages_max);
    ++steps;
  }
  return steps;
}

std::uint64_t run_chosen(State& s, std::uint64_t steps_max) {
  const std::uint32_t messages_max = s.parts.order != nullptr ? 1 : s.options.turn_messages_max;
  std::uint64_t steps = 0;
  for (; steps < steps_max; ++steps) {
    const std::uint32_t slot = next_ready(s);
    if (slot == kNone) break;
    turn(s, s.actors[slot], s.id_of(slot), messages_max);
  }
  return steps;
}

}  // namespace

std::uint64_t run_turns(State& s, std::uint64_t steps_max) {
  WN_CHECK(!s.running);
  s.running = true;
  if (s.parts.meter != nullptr) s.last_reading = s.parts.meter->reading();
  const std::uint64_t steps = s.plain_ring ? run_plain(s, steps_max) : run_chosen(s, steps_max);
  s.stats.steps += steps;
  s.running = false;
  return steps;
}

}  // namespace wn::actor
