// Senders that wait for room in a mailbox: first come, first served, until their patience ends.
#include "runtime/actor/rules.h"

namespace wn::actor {

namespace {

std::uint32_t take_waiter(State& s) {
  const std::uint32_t waiter = s.free_waiter;
  if (waiter != kNone) s.free_waiter = s.waiters[waiter].next;
  return waiter;
}
void free_waiter(State& s, std::uint32_t waiter) {
  s.waiters[waiter] = Waiter{.next = s.free_waiter};
  s.free_waiter = waiter;
}

void link_waiter(State& s, std::uint32_t target, std::uint32_t waiter) {
  Cold& cold = s.cold[target];
  s.waiters[waiter].prev = cold.last_waiter;
  if (cold.last_waiter != kNone) {
    s.waiters[cold.last_waiter].next = waiter;
  } else {
    cold.first_waiter = waiter;
  }
  cold.last_waiter = waiter;
  s.actors[target].flags |= kHasWaiters;
}
void unlink_waiter(State& s, std::uint32_t waiter) {
  const Waiter& w = s.waiters[waiter];
  Cold& cold = s.cold[w.target];
  (w.prev != kNone ? s.waiters[w.prev].next : cold.first_waiter) = w.next;
  (w.next != kNone ? s.waiters[w.next].prev : cold.last_waiter) = w.prev;
  if (cold.first_waiter == kNone) s.actors[w.target].flags &= static_cast<std::uint16_t>(~kHasWaiters);
}

void complete(State& s, const Waiter& w, Sent came_to, std::uint64_t correlation) {
  const std::uint32_t slot = s.find(w.sender);
  if (slot == kNone || (s.actors[slot].flags & kStopping) != 0) {
    free_node(s, w.completion);
    return;
  }
  s.messages[w.completion] = Message{.kind = kSendCompleted,
                                     .sender = s.id_of(w.target),
                                     .correlation = correlation,
                                     .word = {static_cast<std::uint64_t>(came_to)}};
  append(s, s.actors[slot], w.completion);
  notify(s, slot);
}

}  // namespace

Sent park(State& s, const Sender& sender, std::uint32_t target, const Message& message, std::uint32_t flags,
          Bytes& body) {
  const bool waits = sender.fiber != kNone;
  if (waits && s.fibers[sender.fiber].cancelled) return Sent::cancelled;
  const Duration patience =
      sender.patience == kKindsPatience ? s.kinds[s.actors[target].kind].kind.patience : sender.patience;
  const auto refuse = [&s](Sent why) {
    ++s.stats.refused;
    return why;
  };
  if (patience <= Duration{}) return refuse(Sent::full);
  // All that it needs, or nothing.
  if (s.free_waiter == kNone || s.free_timer == kNone) return refuse(Sent::no_memory);
  const std::uint32_t node = take_node(s);
  if (node == kNone) return refuse(Sent::no_memory);
  const std::uint32_t completion = waits ? kNone : take_node(s);
  if (!waits && completion == kNone) {
    free_node(s, node);
    return refuse(Sent::no_memory);
  }
  fill_node(s, node, message, flags, sender.id, body);
  if (completion != kNone) s.messages[completion].marks = 0;
  const std::uint32_t waiter = take_waiter(s);
  Waiter& w = s.waiters[waiter];
  w = Waiter{
      .sender = sender.id, .target = target, .node = node, .completion = completion, .fiber = sender.fiber};
  w.timer = arm(s, s.now + patience, Due::waiter, waiter, kNone);
  link_waiter(s, target, waiter);
  ++s.stats.parked;
  if (!waits) return Sent::parked;
  s.fibers[sender.fiber].waiter = waiter;
  if (wait(s, sender.fiber, Wait::room) == Errc::cancelled) return Sent::cancelled;
  return s.fibers[sender.fiber].parked_came_to;
}

void finish_waiter(State& s, std::uint32_t waiter, Sent came_to) {
  const Waiter w = s.waiters[waiter];
  unlink_waiter(s, waiter);
  if (w.timer != kNone) disarm(s, w.timer);
  free_waiter(s, waiter);
  const std::uint64_t correlation = s.messages[w.node].correlation;
  if (came_to == Sent::queued) {
    append(s, s.actors[w.target], w.node);
    ++s.stats.sent;
    notify(s, w.target);
  } else {
    ++s.stats.refused;
    free_node(s, w.node);  // whoever sent it is told so here
  }
  if (w.fiber == kNone) {
    complete(s, w, came_to, correlation);
    return;
  }
  Fiber& f = s.fibers[w.fiber];
  f.waiter = kNone;
  f.parked_came_to = came_to;
  if (f.wait == Wait::room) wake(s, w.fiber, Errc::ok);
}

void admit_waiters(State& s, std::uint32_t target) {
  const Actor& a = s.actors[target];
  while ((a.flags & kHasWaiters) != 0 && a.count < a.mailbox_max) {
    finish_waiter(s, s.cold[target].first_waiter, Sent::queued);
  }
}

void refuse_waiters(State& s, std::uint32_t target) {
  while (s.cold[target].first_waiter != kNone) finish_waiter(s, s.cold[target].first_waiter, Sent::stopping);
}

}  // namespace wn::actor
