// Sending: from a handler or from outside to a mailbox, and replies past it to those who wait.
#include "runtime/actor/rules.h"

namespace wn::actor {

std::string_view to_string(Sent sent) {
  switch (sent) {
    case Sent::queued:
      return "queued";
    case Sent::queued_shed_oldest:
      return "queued, the oldest was shed";
    case Sent::parked:
      return "parked";
    case Sent::full:
      return "mailbox full";
    case Sent::stale:
      return "no such actor";
    case Sent::stopping:
      return "stopping";
    case Sent::no_memory:
      return "no message memory";
    case Sent::timed_out:
      return "timed out";
    case Sent::cancelled:
      return "cancelled";
    case Sent::over_budget:
      return "over budget";
    case Sent::unexpected:
      return "nobody waits";
  }
  return "unknown";
}

Errc to_errc(Sent sent) {
  switch (sent) {
    case Sent::queued:
    case Sent::queued_shed_oldest:
    case Sent::parked:
      return Errc::ok;
    case Sent::full:
    case Sent::no_memory:
      return Errc::overloaded;
    case Sent::stale:
      return Errc::not_found;
    case Sent::stopping:
    case Sent::cancelled:
      return Errc::cancelled;
    case Sent::timed_out:
      return Errc::timed_out;
    case Sent::over_budget:
      return Errc::too_large;
    case Sent::unexpected:
      return Errc::precondition;
  }
  return Errc::internal;
}

void fill_node(State& s, std::uint32_t node, const Message& message, std::uint32_t flags, ActorId sender,
               Bytes& body) {
  Message& m = s.messages[node];
  copy_words(m, message);
  m.marks = flags;
  m.sender = sender;
  if (!body.empty()) [[unlikely]] {
    m.marks |= Message::kBody;
    s.bodies[node] = std::move(body);
  }
}

namespace {

Sent refused(State& s, Sent why) {
  ++s.stats.refused;
  return why;
}

void shed_oldest(State& s, std::uint32_t slot) {
  const std::uint32_t oldest = pop(s, s.actors[slot]);
  ++s.stats.shed;
  if (s.parts.listener != nullptr) s.parts.listener->on_shed(s.id_of(slot), s.messages[oldest]);
  drop_node(s, oldest, s.id_of(slot), Errc::overloaded);
}

Sent to_outside(State& s, const Sender& sender, const Message& message, std::uint32_t flags,
                const Bytes& body) {
  if (s.parts.listener == nullptr) return refused(s, Sent::stale);
  Message m = message;
  m.marks = flags | (body.empty() ? 0 : Message::kBody);
  m.sender = sender.id;
  s.parts.listener->on_outside(m, body);
  return Sent::queued;
}

}  // namespace

Sent post(State& s, const Sender& sender, ActorId to, const Message& message, std::uint32_t flags,
          Bytes& body) {
  const std::uint32_t slot = to.slot();
  if (slot >= s.actors.size()) return refused(s, Sent::stale);
  Actor& a = s.actors[slot];
  if (!State::lives_as(a, to)) [[unlikely]] {
    return to == kOutside ? to_outside(s, sender, message, flags, body) : refused(s, Sent::stale);
  }
  if ((a.flags & kStopping) != 0) return refused(s, Sent::stopping);
  Sent result = Sent::queued;
  if (a.count >= a.mailbox_max || (a.flags & kHasWaiters) != 0) [[unlikely]] {
    switch (s.kinds[a.kind].kind.overflow) {
      case Overflow::refuse:
        return refused(s, Sent::full);
      case Overflow::park:
        if (sender.outside) return refused(s, Sent::full);
        return park(s, sender, slot, message, flags, body);
      case Overflow::shed_oldest:
        shed_oldest(s, slot);
        result = Sent::queued_shed_oldest;
        break;
    }
  }
  const std::uint32_t node = take_node(s);
  if (node == kNone) return refused(s, Sent::no_memory);
  fill_node(s, node, message, flags, sender.id, body);
  append(s, s.actors[slot], node);
  ++s.stats.sent;
  notify(s, slot);
  return result;
}

void free_body(State& s, std::uint32_t node) { s.bodies[node] = Bytes{}; }

namespace {

[[gnu::noinline]] Sent send_slowly(State& s, ActorId from, ActorId to, const Message& message) {
  Bytes none;
  return post(s, {.id = from, .fiber = s.fiber_now}, to, message, 0, none);
}

}  // namespace

// The common case by itself: no bytes, room in the mailbox, nothing special about the receiver.
Sent Context::send(ActorId to, const Message& message) {
  State& s = *state_;
  const std::uint32_t slot = to.slot();
  if (slot < s.actor_limit) [[likely]] {
    Actor& a = s.actor_base[slot];
    const bool plain = State::lives_as(a, to) && (a.flags & (kStopping | kHasWaiters)) == 0;
    if (plain && a.count < a.mailbox_max) [[likely]] {
      const std::uint32_t node = take_node(s);
      if (node == kNone) [[unlikely]]
        return refused(s, Sent::no_memory);
      Message& m = s.message_base[node];
      copy_words(m, message);
      m.marks = 0;
      m.sender = self_;
      append(s, a, node);
      ++s.stats.sent;
      notify(s, a, slot);
      return Sent::queued;
    }
  }
  return send_slowly(s, self_, to, message);
}

namespace {

// The fiber whose call this is, or kNone.
std::uint32_t caller_of(const State& s, const Message& request) {
  const std::uint32_t slot = s.find(request.sender);
  if (slot == kNone) return kNone;
  const std::uint32_t fiber = s.actors[slot].fiber;
  if (fiber == kNone || s.fibers[fiber].correlation != request.correlation) return kNone;
  const Fiber& f = s.fibers[fiber];
  return f.reply == kNone && f.call_refused == Errc::ok ? fiber : kNone;
}

}  // namespace

Sent post_reply(State& s, ActorId from, const Message& request, const Message& answer, Bytes& body) {
  if (!request.is_request()) return refused(s, Sent::unexpected);
  Message m = answer;
  m.correlation = request.correlation;
  if ((request.marks & Message::kCall) == 0) {
    return post(s, Sender{.id = from, .outside = true}, request.sender, m, Message::kReply, body);
  }
  const std::uint32_t fiber = caller_of(s, request);
  if (fiber == kNone) {
    ++s.stats.late_replies;
    return refused(s, Sent::unexpected);
  }
  const std::uint32_t node = take_node(s);
  if (node == kNone) return refused(s, Sent::no_memory);
  fill_node(s, node, m, Message::kReply, from, body);
  s.fibers[fiber].reply = node;
  ++s.stats.sent;
  if (s.fibers[fiber].wait == Wait::reply) wake(s, fiber, Errc::ok);
  return Sent::queued;
}

void drop_node(State& s, std::uint32_t node, ActorId receiver, Errc why) {
  Message& m = s.messages[node];
  if (!m.is_request()) {
    free_node(s, node);
    return;
  }
  if ((m.marks & Message::kCall) != 0) {
    const std::uint32_t fiber = caller_of(s, m);
    if (fiber != kNone) {
      s.fibers[fiber].call_refused = why;
      if (s.fibers[fiber].wait == Wait::reply) wake(s, fiber, why);
    }
    free_node(s, node);
    return;
  }
  const ActorId asker = m.sender;
  if ((m.marks & Message::kBody) != 0) s.bodies[node] = Bytes{};
  m = Message{.kind = kRequestRefused,
              .marks = Message::kReply,
              .sender = receiver,
              .correlation = m.correlation,
              .word = {static_cast<std::uint64_t>(why)}};
  const std::uint32_t slot = s.find(asker);
  if (slot != kNone && (s.actors[slot].flags & kStopping) == 0) {
    append(s, s.actors[slot], node);
    notify(s, slot);
    return;
  }
  if (asker == kOutside && s.parts.listener != nullptr) s.parts.listener->on_outside(m, s.no_body);
  free_node(s, node);
}

}  // namespace wn::actor
