#pragma once
// Internal: what the room's files ask of each other, by the file that answers.
#include "runtime/actor/hot.h"
#include "runtime/actor/state.h"

namespace wn::actor {

struct ContextAccess {
  static Context make(State& s, ActorId self, std::uint32_t node) { return Context(&s, self, node); }
  static Context make(State& s, std::uint32_t slot, std::uint32_t node) {
    return Context(&s, s.id_of(slot), node);
  }
};

// send.cpp
struct Sender {
  ActorId id;
  std::uint32_t fiber = kNone;
  Duration patience = kKindsPatience;
  bool outside = false;
};
Sent post(State& s, const Sender& sender, ActorId to, const Message& message, std::uint32_t flags,
          Bytes& body);
Sent post_reply(State& s, ActorId from, const Message& request, const Message& answer, Bytes& body);
// Frees a message that will not be handled, or not to its end; whoever asked for an answer is told why.
void drop_node(State& s, std::uint32_t node, ActorId receiver, Errc why);
void fill_node(State& s, std::uint32_t node, const Message& message, std::uint32_t flags, ActorId sender,
               Bytes& body);

inline void notify(State& s, std::uint32_t slot) { notify(s, s.actors[slot], slot); }

// parking.cpp
Sent park(State& s, const Sender& sender, std::uint32_t target, const Message& message, std::uint32_t flags,
          Bytes& body);
void admit_waiters(State& s, std::uint32_t target);  // while there is room
void finish_waiter(State& s, std::uint32_t waiter, Sent came_to);
void refuse_waiters(State& s, std::uint32_t target);

// ready.cpp
inline void make_ready(State& s, std::uint32_t slot) { make_ready(s, s.actors[slot], slot); }
std::uint32_t next_ready(State& s);               // kNone: nobody; the actor no longer stands in the list
void forget_ready(State& s, std::uint32_t slot);  // when released
void sweep_ready(State& s);                       // frees slots of released actors that the ring still lists
void bury(State& s, std::uint32_t zombie);        // its entry has left the ring
bool any_ready(const State& s);

// timers.cpp
std::uint32_t arm(State& s, Instant at, Due due, std::uint32_t payload,
                  std::uint32_t owner);               // kNone: all in use
std::uint32_t disarm(State& s, std::uint32_t timer);  // gives its payload back
void disarm_all_of(State& s, std::uint32_t slot);
TimerId timer_id(const State& s, std::uint32_t timer);
std::uint32_t find_timer(const State& s, TimerId id);
void fire_due(State& s);

// fiber.cpp
void enter(State& s, std::uint32_t fiber);  // runs it until it waits or its handler returns
void leave(State& s, Fiber& fiber);         // from within: back to the scheduler
void quit_fibers(State& s);
// fiber_turn.cpp
void fiber_turn(State& s, std::uint32_t slot);
void leave_stack_queue(State& s, std::uint32_t slot);
Errc wait(State& s, std::uint32_t fiber, Wait what);  // from within
void cancel_fiber(State& s, std::uint32_t slot);      // its handler returns before this does

// run.cpp
std::uint64_t run_turns(State& s, std::uint64_t steps_max);
// Closes the books of a handler that ran: how long, and was it too long.
void metered(State& s, std::uint32_t slot, std::uint32_t message_kind);

// supervision.cpp
void fail_actor(State& s, std::uint32_t slot, const Outcome& outcome, std::uint32_t message_kind);

// tree.cpp
Result<ActorId> spawn_actor(State& s, const Spawn& spawn, std::uint32_t parent);
void stop_subtree(State& s, std::uint32_t slot);

}  // namespace wn::actor
