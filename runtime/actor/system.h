#pragma once
// System: many actors on one thread, driven from outside; and Context: what a handler can do.
//
//   System system(options, memory, {.stacks = &stacks, .listener = &listener});
//   KindId kind = *system.add_kind({.name = "account"});
//   ActorId a = *system.spawn({.kind = kind, .behaviour = &account});
//   system.send(a, {.kind = kDeposit, .word = {5}});
//   system.advance(now); system.run(1000);          // and again when something comes in or next_deadline()
//   is due
//
// A value that steps: no clock, no thread, no system call, no randomness. Time is the last `advance`. All
// memory is taken in the constructor, from the resource given (and, for Bytes bodies, by whoever makes them).
// Idle actors cost nothing: nothing is polled, run() ends when nobody is ready.
//
// Order: messages from one sender to one receiver are handled in the order sent (unless shed or parked ones
// time out). Among ready actors the Order decides; without one, first in, first out.
//
// Supervision: an actor's supervisor is its parent; the parent's kind says what happens to children that
// fail. Restarting keeps id, mailbox, parked sends; drops the message that failed, timers, and a handler that
// waits (its wait returns Errc::cancelled). The children of a restarted actor restart with it, or stop, as
// its kind says. Stopping takes the whole subtree, children first, and gives back all that it held; callers
// that wait for a reply from it get Errc::cancelled.
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>

#include "runtime/actor/behaviour.h"
#include "runtime/actor/options.h"
#include "runtime/actor/order.h"
#include "runtime/actor/stack_memory.h"
#include "runtime/actor/types.h"
#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"

namespace wn::actor {

struct State;  // state.h: the plain struct that the room's files work on

struct Received {
  Message message;
  Bytes body;
};

// A send's patience with a full mailbox that parks: the receiver's kind decides, unless the sender does.
inline constexpr Duration kKindsPatience{-1};

// A handler's hands. Valid during the handler; in a fiber across its waits.
class Context {
 public:
  ActorId self() const { return self_; }
  ActorId parent() const;
  Instant now() const;
  std::uint64_t state() const;
  void set_state(std::uint64_t state);
  const Bytes& body() const;  // of the message being handled; empty when it has none

  // `sender` and flags are filled in. A fiber waits when the receiver's mailbox is full and parks its
  // senders; other handlers get `parked` and later a kSendCompleted.
  [[nodiscard]] Sent send(ActorId to, const Message& message);
  [[nodiscard]] Sent send(ActorId to, const Message& message, Bytes body, Duration patience = kKindsPatience);
  // A send that asks for a reply; it comes as a message with is_reply() and this correlation. One charge.
  [[nodiscard]] Sent request(ActorId to, const Message& message, Bytes body = {});
  // REQUIRES request.is_request(). Callers that wait are woken past their mailbox.
  [[nodiscard]] Sent reply(const Message& request, Message answer, Bytes body = {});

  // Refused: overloaded (actors_max), cancelled (this actor is stopping), invalid_argument (no such kind).
  Result<ActorId> spawn(const Spawn& spawn);
  // Takes effect after this handler (for itself) or at the actor's next turn. not_found when stale.
  Errc stop(ActorId actor);

  // A message to oneself, `after` from now. Past the mailbox's bound: the timer paid for it. overloaded at
  // timers_max or messages_max.
  Result<TimerId> arm(Duration after, const Message& message, Bytes body = {});
  Errc disarm(TimerId timer);  // not_found: it fired or was disarmed

  // Counts n calls against the activation's budget. too_large from then on when it is used up: do not go on,
  // batch.
  Errc charge(std::uint32_t n = 1);
  std::uint32_t calls_left() const;

  // For kinds with fibers; others get Errc::precondition. All return Errc::cancelled, at once, when the actor
  // is being stopped or restarted: return from the handler then. timed_out; not_found (stale); cancelled (the
  // callee stopped); overloaded (its mailbox); too_large (the budget); or the code of the callee's failure.
  // One charge.
  Result<Received> call(ActorId to, const Message& message, Duration within, Bytes body = {});
  Errc sleep(Duration time);
  // The next message of the mailbox, waiting for it; a fresh budget begins. timed_out after `within`.
  Result<Received> receive(Duration within = Duration::max());

 private:
  friend struct State;
  friend struct ContextAccess;
  Context(State* state, ActorId self, std::uint32_t node) : state_(state), self_(self), node_(node) {}

  State* state_;
  ActorId self_;
  std::uint32_t node_;  // of the message being handled
  std::uint32_t calls_used_ = 0;
};

struct Parts {
  StackMemory* stacks = nullptr;  // none: kinds with fibers are refused. Outlives the system
  Listener* listener = nullptr;
  Order* order = nullptr;
  Meter* meter = nullptr;
};

struct BudgetLine {
  const char* pool = "";
  std::uint64_t count = 0;
  std::uint64_t bytes_each = 0;
  std::uint64_t bytes() const { return count * bytes_each; }
};
struct StackReport {
  std::uint32_t stacks = 0;
  std::uint32_t in_use = 0;
  std::size_t bytes_each = 0;
  std::size_t high_water_bytes = 0;  // of the deepest
};

class System {
 public:
  System(const Options& options, std::pmr::memory_resource* memory, const Parts& parts = {});
  // Stops all actors: handlers that wait are cancelled and on_stop is called.
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // invalid_argument: a fiber kind without stacks, a mailbox of 0. overloaded: kinds_max.
  Result<KindId> add_kind(const Kind& kind);
  Result<ActorId> spawn(const Spawn& spawn, ActorId parent = kOutside);
  // A full mailbox that parks refuses the outside (Sent::full): there is nobody to park.
  [[nodiscard]] Sent send(ActorId to, const Message& message, Bytes body = {});
  // As Context::request; the reply comes to Listener::on_outside.
  [[nodiscard]] Sent request(ActorId to, const Message& message, Bytes body = {});
  // At once, with its subtree. not_found when stale.
  Errc stop(ActorId actor);

  // Time moves to `now` (never back) and what is due becomes ready.
  void advance(Instant now);
  // Up to steps_max activations; how many there were. Fewer: nobody is ready.
  std::uint64_t run(std::uint64_t steps_max);
  bool idle() const;              // nobody is ready
  Instant next_deadline() const;  // when advance() is due next; Instant::max() when nothing waits for time
  Instant now() const;

  bool alive(ActorId actor) const;
  ActorId parent(ActorId actor) const;  // kOutside when stale or at the top
  std::uint32_t child_count(ActorId actor) const;
  std::uint32_t mailbox_size(ActorId actor) const;
  std::uint32_t actor_count() const;
  std::uint32_t free_messages() const;  // counts them: for reports
  const Stats& stats() const;
  StackReport stacks() const;
  std::span<const BudgetLine> budget() const;  // what the constructor took, pool by pool

 private:
  std::unique_ptr<State> state_;
};

}  // namespace wn::actor
