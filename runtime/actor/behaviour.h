#pragma once
// What users of the room write: behaviours; and what drivers give: a listener and a meter.
#include <cstdint>

#include "runtime/actor/options.h"
#include "runtime/actor/types.h"
#include "runtime/base/bytes.h"

namespace wn::actor {

class Context;

// One actor's code, or many actors' (told apart by Context::state). Handlers run to completion, one at a time
// per actor and per system, unless the kind has fibers. A handler fails by returning a failure, never by an
// exception; the message that it failed on is not handled again, a caller that waits on it gets its code.
class Behaviour {
 public:
  Behaviour() = default;
  Behaviour(const Behaviour&) = default;
  Behaviour& operator=(const Behaviour&) = default;
  virtual ~Behaviour() = default;
  virtual Outcome on_message(Context& context, const Message& message) = 0;
  virtual Outcome on_start(Context&) { return done(); }
  // Begin anew after a failure of this actor or of one above it. A failure here counts as another.
  virtual Outcome on_restart(Context& context) { return on_start(context); }
  // The last word: nothing of this actor is called afterwards. Children have gone before.
  virtual void on_stop(ActorId, std::uint64_t /*state*/) {}
  // For reports; nullptr: the kind's name says enough.
  virtual const char* handler_name(std::uint32_t /*message_kind*/) const { return nullptr; }
};

// A plain function as a behaviour.
class Function final : public Behaviour {
 public:
  using Body = Outcome (*)(Context&, const Message&);
  explicit Function(Body body) : body_(body) {}
  Outcome on_message(Context& context, const Message& message) override { return body_(context, message); }

 private:
  Body body_;
};

struct Failure {
  ActorId actor;
  const char* kind = "";
  Outcome outcome;
  std::uint32_t message_kind = 0;  // 0 in on_start and on_restart, or when a child escalated
};
struct Stall {
  ActorId actor;
  const char* kind = "";
  const char* handler = "";  // Behaviour::handler_name, else the kind's name
  std::uint32_t message_kind = 0;
  Duration ran;
};

// Told of what happens, in order, from within the system: may send, must not run, advance, stop or spawn.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = default;
  Listener& operator=(const Listener&) = default;
  virtual ~Listener() = default;
  virtual void on_spawned(ActorId, ActorId /*parent*/, const char* /*kind*/) {}
  virtual void on_failed(const Failure&) {}
  virtual void on_restarted(ActorId) {}
  virtual void on_stopped(ActorId) {}
  // `to` is the supervisor that now fails itself; kOutside: nobody is above, the actor stops.
  virtual void on_escalated(ActorId /*from*/, ActorId /*to*/, const Outcome&) {}
  virtual void on_stalled(const Stall&) {}
  virtual void on_shed(ActorId, const Message&) {}
  // Messages to kOutside: replies to the driver's requests above all.
  virtual void on_outside(const Message&, const Bytes& /*body*/) {}
};

// The driver's stop-watch for the stall detector: a monotonic reading, simulated or real. Read once before a
// run and once after each activation.
class Meter {
 public:
  Meter() = default;
  Meter(const Meter&) = default;
  Meter& operator=(const Meter&) = default;
  virtual ~Meter() = default;
  virtual Instant reading() = 0;
};

}  // namespace wn::actor
