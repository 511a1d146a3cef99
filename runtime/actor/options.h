#pragma once
// What an operator chooses about a System, and what the author of a behaviour chooses about a kind of actor.
// Each number is a bound with a typed refusal; all memory for them is taken when the System is made.
#include <cstdint>

#include "runtime/actor/types.h"
#include "runtime/base/time.h"

namespace wn::actor {

// What happens to a message for a full mailbox.
enum class Overflow : std::uint8_t {
  refuse,       // Sent::full
  shed_oldest,  // the oldest message goes, its caller and the listener are told: Sent::queued_shed_oldest
  park,         // the sender waits for room, first come first served, until its patience ends
};

// What a supervisor does about a child that failed.
enum class Strategy : std::uint8_t {
  restart,   // the child starts again under its id, with its mailbox; beyond restarts_max: as escalate
  escalate,  // the failure becomes the supervisor's own
  stop,      // the child and its subtree stop
};
struct Supervision {
  Strategy strategy = Strategy::restart;
  std::uint32_t restarts_max = 3;  // of all children together, in one window; then the failure escalates
  Duration window = seconds(10);   // begins with the first restart after the last window ended
};

// What becomes of the children of an actor that restarts. (Those of one that stops always stop.)
enum class Children : std::uint8_t { restart, stop };

struct Kind {
  const char* name = "";  // a literal: reports name it
  std::uint32_t mailbox_max = 64;
  Overflow overflow = Overflow::refuse;
  Duration patience = seconds(1);  // Overflow::park: how long a sender waits, unless it says otherwise
  Supervision supervision;         // of its children
  Children children = Children::restart;
  // Its handlers run on a fiber and may wait: call, sleep, receive. A handler that does not wait gives its
  // stack back when it returns, so an idle actor holds none.
  bool fiber = false;
  // on_start is run before the first message. Without it a new actor costs nothing until it is sent to.
  bool starts = true;
  std::uint32_t handler_calls_max = 0;  // 0: the system's
};

struct Spawn {
  KindId kind;
  class Behaviour* behaviour = nullptr;  // the caller's; may serve many actors; outlives them (on_stop)
  std::uint64_t state = 0;               // the actor's own word: an index or a number, Context::state()
};

struct Options {
  std::uint32_t actors_max = 1024;
  std::uint32_t messages_max = 8192;       // in all mailboxes, parked, and armed on timers
  std::uint32_t timers_max = 1024;         // armed, and waits of fibers
  std::uint32_t parked_max = 256;          // sends that wait for room
  std::uint32_t kinds_max = 64;            // at most 65,535
  std::uint32_t handler_calls_max = 1024;  // charged by charge, call and request in one activation
  std::uint32_t turn_messages_max = 8;  // that an actor handles before the next one's turn (no Order given)
  // Runs the actor that was woken last before the others, at most three times in a row: what it was sent is
  // still in the cache. (Tokio's LIFO slot. Without effect when an Order is given.)
  bool last_woken_first = false;
  Duration stall_limit = milliseconds(25);  // a handler that ran longer is reported (needs a Meter)
  Supervision root = {.strategy = Strategy::restart};  // of actors without a parent
};

struct Stats {
  std::uint64_t steps = 0;     // activations
  std::uint64_t messages = 0;  // handled
  std::uint64_t sent = 0;      // queued, by anyone
  std::uint64_t refused = 0;   // sends that were not queued, of every cause
  std::uint64_t shed = 0;
  std::uint64_t parked = 0;
  std::uint64_t park_timeouts = 0;
  std::uint64_t late_replies = 0;
  std::uint64_t spawned = 0;
  std::uint64_t stopped = 0;
  std::uint64_t failures = 0;
  std::uint64_t restarts = 0;
  std::uint64_t escalations = 0;
  std::uint64_t stalls = 0;
  std::uint64_t over_budget = 0;
  std::uint64_t stack_waits = 0;  // activations put off because all stacks were in use
};

}  // namespace wn::actor
