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

void turn(State& s, std::uint32_t slot, std::uint32_t messages_max) {
  Actor& a = s.actors[slot];
  if ((a.flags & kAttention) != 0) [[unlikely]] {
    special_turn(s, slot);
    return;
  }
  const ActorId self = s.id_of(slot);
  for (std::uint32_t handled = 0; a.count != 0; ++handled) {
    if (handled == messages_max) {
      make_ready(s, slot);
      return;
    }
    const std::uint32_t node = pop(s, slot);
    if ((a.flags & kHasWaiters) != 0) [[unlikely]]
      admit_waiters(s, slot);
    const Message& message = s.messages[node];
    Context context = ContextAccess::make(s, slot, node);
    const Outcome outcome = a.behaviour->on_message(context, message);
    ++s.stats.messages;
    if (s.parts.meter != nullptr) metered(s, slot, message.kind);
    if (!outcome.ok()) [[unlikely]] {
      const std::uint32_t kind = message.kind;
      drop_node(s, node, self, outcome.code);
      fail_actor(s, slot, outcome, kind);
      return;
    }
    free_node(s, node);
    if ((a.flags & kAttention) != 0) [[unlikely]] {
      special_turn(s, slot);
      return;
    }
  }
}

}  // namespace

std::uint64_t run_turns(State& s, std::uint64_t steps_max) {
  WN_CHECK(!s.running);
  s.running = true;
  if (s.parts.meter != nullptr) s.last_reading = s.parts.meter->reading();
  const std::uint32_t messages_max = s.parts.order != nullptr ? 1 : s.options.turn_messages_max;
  std::uint64_t steps = 0;
  for (; steps < steps_max; ++steps) {
    const std::uint32_t slot = next_ready(s);
    if (slot == kNone) break;
    turn(s, slot, messages_max);
  }
  s.stats.steps += steps;
  s.running = false;
  return steps;
}

}  // namespace wn::actor
