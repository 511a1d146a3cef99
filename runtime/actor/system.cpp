// The System's outside: its memory, its kinds, and the driver's calls.
#include "runtime/actor/system.h"

#include <bit>

#include "runtime/actor/rules.h"

namespace wn::actor {

State::State(const Options& options_given, std::pmr::memory_resource* memory, const Parts& parts_given)
    : options(options_given),
      parts(parts_given),
      actors(options.actors_max, memory),
      cold(options.actors_max, memory),
      messages(options.messages_max, memory),
      bodies(options.messages_max, memory),
      timers(options.timers_max, memory),
      heap(memory),
      waiters(options.parked_max, memory),
      fibers(parts.stacks == nullptr ? 0 : parts.stacks->count(), memory),
      kinds(memory),
      ring(memory),
      ready(memory) {
  WN_CHECK(options.actors_max > 0);
  WN_CHECK(options.actors_max < kNone);
  WN_CHECK_LE(options.messages_max, kNodesMax);
  WN_CHECK(options.timers_max < kNone);
  WN_CHECK(options.turn_messages_max > 0);
  WN_CHECK_LE(options.kinds_max, 65'535U);
  actor_base = actors.data();
  message_base = messages.data();
  free_message = kLastNode;
  actor_limit = options.actors_max;
  message_limit = options.messages_max;
  plain_ring = parts.order == nullptr && !options.last_woken_first;
  heap.reserve(options.timers_max);
  kinds.reserve(options.kinds_max);
  if (parts.order != nullptr) {
    ready.reserve(options.actors_max);
  } else {
    ring.resize(std::bit_ceil(std::uint64_t{options.actors_max} + 1));
    ring_mask = ring.size() - 1;
    ring_base = ring.data();
  }
  for (std::uint32_t i = options.timers_max; i-- > 0;) timers[i].next = std::exchange(free_timer, i);
  for (std::uint32_t i = options.parked_max; i-- > 0;) waiters[i].next = std::exchange(free_waiter, i);
  for (auto i = static_cast<std::uint32_t>(fibers.size()); i-- > 0;) {
    fibers[i].stack = parts.stacks->at(i);
    fibers[i].next_free = std::exchange(free_fiber, i);
  }
  budget = {
      {"actors", actors.size(), sizeof(Actor) + sizeof(Cold)},
      {"ready list", parts.order != nullptr ? ready.capacity() : ring.size(), sizeof(ActorId)},
      {"messages", messages.size(), sizeof(Message) + sizeof(Bytes)},
      {"timers", timers.size(), sizeof(Timer) + sizeof(std::uint32_t)},
      {"parked sends", waiters.size(), sizeof(Waiter)},
      {"fibers", fibers.size(), sizeof(Fiber)},
      {"kinds", kinds.capacity(), sizeof(KindState)},
  };
}

System::System(const Options& options, std::pmr::memory_resource* memory, const Parts& parts)
    : state_(std::make_unique<State>(options, memory, parts)) {}

System::~System() {
  State& s = *state_;
  WN_CHECK(!s.running);
  for (std::uint32_t slot = 0; slot < s.never_used_actor; ++slot) {
    const Actor& a = s.actors[slot];
    if ((a.generation & 1) != 0 && a.parent == kNone) stop_subtree(s, slot);
  }
  quit_fibers(s);
}

Result<KindId> System::add_kind(const Kind& kind) {
  State& s = *state_;
  if (kind.mailbox_max == 0) return fail(Errc::invalid_argument, "a mailbox holds at least one message");
  if (kind.fiber && s.fibers.empty()) return fail(Errc::invalid_argument, "a kind with fibers needs stacks");
  if (s.kinds.size() >= s.options.kinds_max) return fail(Errc::overloaded, "kinds_max");
  const std::uint32_t calls_max =
      kind.handler_calls_max != 0 ? kind.handler_calls_max : s.options.handler_calls_max;
  s.kinds.push_back({.kind = kind, .calls_max = calls_max});
  return KindId{static_cast<std::uint16_t>(s.kinds.size() - 1)};
}

Result<ActorId> System::spawn(const Spawn& spawn, ActorId parent) {
  if (parent == kOutside) return spawn_actor(*state_, spawn, kNone);
  const std::uint32_t slot = state_->find(parent);
  if (slot == kNone) return fail(Errc::not_found, "");
  return spawn_actor(*state_, spawn, slot);
}

Sent System::send(ActorId to, const Message& message, Bytes body) {
  return post(*state_, {.id = kOutside, .outside = true}, to, message, 0, body);
}

Sent System::request(ActorId to, const Message& message, Bytes body) {
  return post(*state_, {.id = kOutside, .outside = true}, to, message, Message::kRequest, body);
}

Errc System::stop(ActorId actor) {
  WN_CHECK(!state_->running);
  const std::uint32_t slot = state_->find(actor);
  if (slot == kNone) return Errc::not_found;
  stop_subtree(*state_, slot);
  return Errc::ok;
}

void System::advance(Instant now) {
  WN_CHECK(!state_->running);
  WN_CHECK(now >= state_->now);
  state_->now = now;
  fire_due(*state_);
}

std::uint64_t System::run(std::uint64_t steps_max) { return run_turns(*state_, steps_max); }
bool System::idle() const { return !any_ready(*state_); }
Instant System::now() const { return state_->now; }
Instant System::next_deadline() const {
  return state_->heap.empty() ? Instant::max() : state_->timers[state_->heap.front()].at;
}

bool System::alive(ActorId actor) const { return state_->find(actor) != kNone; }
ActorId System::parent(ActorId actor) const {
  const std::uint32_t slot = state_->find(actor);
  if (slot == kNone || state_->actors[slot].parent == kNone) return kOutside;
  return state_->id_of(state_->actors[slot].parent);
}
std::uint32_t System::child_count(ActorId actor) const {
  const std::uint32_t slot = state_->find(actor);
  return slot == kNone ? 0 : state_->cold[slot].children;
}
std::uint32_t System::mailbox_size(ActorId actor) const {
  const std::uint32_t slot = state_->find(actor);
  return slot == kNone ? 0 : state_->actors[slot].count;
}
std::uint32_t System::actor_count() const { return state_->alive; }
std::uint32_t System::free_messages() const {
  std::uint32_t free = state_->message_limit - state_->never_used_message;
  for (std::uint32_t at = state_->free_message; at != kLastNode; at = next_of(*state_, at)) ++free;
  return free;
}
const Stats& System::stats() const { return state_->stats; }
std::span<const BudgetLine> System::budget() const { return state_->budget; }

StackReport System::stacks() const {
  const State& s = *state_;
  StackReport report{.stacks = static_cast<std::uint32_t>(s.fibers.size()), .in_use = s.fibers_in_use};
  for (const Fiber& f : s.fibers) {
    report.bytes_each = std::max(report.bytes_each, f.stack.bytes);
    if (f.phase != Phase::unborn) {
      report.high_water_bytes = std::max(report.high_water_bytes, high_water_bytes(f.stack));
    }
  }
  return report;
}

}  // namespace wn::actor
