// What a handler can do.
#include "runtime/actor/rules.h"

namespace wn::actor {

ActorId Context::parent() const {
  const std::uint32_t above = state_->actors[self_.slot()].parent;
  return above == kNone ? kOutside : state_->id_of(above);
}
Instant Context::now() const { return state_->now; }
std::uint64_t Context::state() const { return state_->actors[self_.slot()].state; }
void Context::set_state(std::uint64_t state) { state_->actors[self_.slot()].state = state; }

const Bytes& Context::body() const {
  if (node_ == kNone || (state_->messages[node_].marks & Message::kBody) == 0) return state_->no_body;
  return state_->bodies[node_];
}

Sent Context::send(ActorId to, const Message& message, Bytes body, Duration patience) {
  return post(*state_, {.id = self_, .fiber = state_->fiber_now, .patience = patience}, to, message, 0, body);
}

Sent Context::request(ActorId to, const Message& message, Bytes body) {
  if (charge() != Errc::ok) return Sent::over_budget;
  return post(*state_, {.id = self_, .fiber = state_->fiber_now}, to, message, Message::kRequest, body);
}

Sent Context::reply(const Message& request, Message answer, Bytes body) {
  const Sent sent = post_reply(*state_, self_, request, answer, body);
  // Answered once: a second reply, or a failure after it, says nothing more.
  if (is_queued(sent) && node_ != kNone) {
    Message& handled = state_->messages[node_];
    if (handled.sender == request.sender && handled.correlation == request.correlation) {
      handled.marks &= ~(Message::kRequest | Message::kCall);
    }
  }
  return sent;
}

Result<ActorId> Context::spawn(const Spawn& spawn) {
  State& s = *state_;
  if (s.fiber_now != kNone && s.fibers[s.fiber_now].cancelled) return fail(Errc::cancelled, "");
  return spawn_actor(s, spawn, self_.slot());
}

Errc Context::stop(ActorId actor) {
  State& s = *state_;
  const std::uint32_t slot = s.find(actor);
  if (slot == kNone) return Errc::not_found;
  if ((s.actors[slot].flags & kStopping) != 0) return Errc::ok;
  s.actors[slot].flags |= kStopAsked;
  leave_stack_queue(s, slot);
  make_ready(s, slot);
  return Errc::ok;
}

Result<TimerId> Context::arm(Duration after, const Message& message, Bytes body) {
  State& s = *state_;
  if (s.free_timer == kNone) return fail(Errc::overloaded, "");
  const std::uint32_t node = take_node(s);
  if (node == kNone) return fail(Errc::overloaded, "");
  fill_node(s, node, message, 0, self_, body);
  return timer_id(s, actor::arm(s, s.now + after, Due::message, node, self_.slot()));
}

Errc Context::disarm(TimerId timer) {
  const std::uint32_t found = find_timer(*state_, timer);
  if (found == kNone || state_->timers[found].owner != self_.slot()) return Errc::not_found;
  free_node(*state_, actor::disarm(*state_, found));
  return Errc::ok;
}

std::uint32_t Context::calls_left() const {
  return state_->kinds[state_->actors[self_.slot()].kind].calls_max - calls_used_;
}

Errc Context::charge(std::uint32_t n) {
  const std::uint32_t left = calls_left();
  if (n > left) {
    calls_used_ += left;
    ++state_->stats.over_budget;
    return Errc::too_large;
  }
  calls_used_ += n;
  return Errc::ok;
}

namespace {

// Errc::ok when the running handler may wait.
Errc can_wait(const State& s) {
  if (s.fiber_now == kNone) return Errc::precondition;
  return s.fibers[s.fiber_now].cancelled ? Errc::cancelled : Errc::ok;
}

// Waits with a deadline; Duration::max() has none.
Errc wait_until(State& s, Wait what, Duration within) {
  const std::uint32_t fiber = s.fiber_now;
  if (within != Duration::max()) {
    const std::uint32_t timer = arm(s, s.now + within, Due::fiber, fiber, kNone);
    if (timer == kNone) return Errc::overloaded;
    s.fibers[fiber].timer = timer;
  }
  return wait(s, fiber, what);
}

Received take_received(State& s, std::uint32_t node) {
  Received received{.message = s.messages[node], .body = {}};
  received.message.marks &= kFlagMask;
  if ((received.message.marks & Message::kBody) != 0) received.body = std::move(s.bodies[node]);
  free_node(s, node);
  return received;
}

}  // namespace

Result<Received> Context::call(ActorId to, const Message& message, Duration within, Bytes body) {
  State& s = *state_;
  if (const Errc code = can_wait(s); code != Errc::ok) {
    if (code == Errc::cancelled) (void)wait(s, s.fiber_now, Wait::reply);
    return fail(code, "");
  }
  if (charge() != Errc::ok) return fail(Errc::too_large, "");
  Fiber& f = s.fibers[s.fiber_now];
  const Instant deadline = s.now + within;
  Message asked = message;
  asked.correlation = f.correlation = ++s.correlation;
  const Sender sender{.id = self_, .fiber = s.fiber_now, .patience = within};
  Errc code = to_errc(post(s, sender, to, asked, Message::kRequest | Message::kCall, body));
  // While it waited for room the answer may have come.
  if (code == Errc::ok && f.reply == kNone && f.call_refused == Errc::ok) {
    code = wait_until(s, Wait::reply, deadline - s.now);
  }
  if (code == Errc::ok) code = f.call_refused;
  const std::uint32_t reply = f.reply;
  f.correlation = 0;
  f.reply = kNone;
  f.call_refused = Errc::ok;
  if (reply == kNone) {
    WN_CHECK(code != Errc::ok);
    return fail(code, "");
  }
  if (code == Errc::ok) return take_received(s, reply);
  free_node(s, reply);  // it came as this handler was cancelled
  return fail(code, "");
}

Errc Context::sleep(Duration time) {
  State& s = *state_;
  if (const Errc code = can_wait(s); code == Errc::precondition) return code;
  if (s.fibers[s.fiber_now].cancelled) return wait(s, s.fiber_now, Wait::sleep);
  return wait_until(s, Wait::sleep, time);
}

Result<Received> Context::receive(Duration within) {
  State& s = *state_;
  if (const Errc code = can_wait(s); code != Errc::ok) {
    if (code == Errc::cancelled) (void)wait(s, s.fiber_now, Wait::receive);
    return fail(code, "");
  }
  const std::uint32_t slot = self_.slot();
  if (s.actors[slot].count == 0) {
    if (const Errc code = wait_until(s, Wait::receive, within); code != Errc::ok) return fail(code, "");
  }
  calls_used_ = 0;
  Received received = take_received(s, pop(s, s.actors[slot]));
  ++s.stats.messages;
  if ((s.actors[slot].flags & kHasWaiters) != 0) admit_waiters(s, slot);
  return received;
}

}  // namespace wn::actor
