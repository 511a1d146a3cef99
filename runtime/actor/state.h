#pragma once
// Internal: the plain state that the room's files work on. Everything is an index into a pool whose size was
// fixed at the start; kNone is "none".
#include <boost/context/detail/fcontext.hpp>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "runtime/actor/system.h"
#include "runtime/base/check.h"

namespace wn::actor {

inline constexpr std::uint32_t kNone = 0xFFFFFFFFU;

// Actor::flags. Those of kAttention take the turn off the fast path.
inline constexpr std::uint16_t kQueued = 1;        // stands in the ready list
inline constexpr std::uint16_t kStart = 2;         // on_start or on_restart is due
inline constexpr std::uint16_t kRestarting = 4;    // it is on_restart
inline constexpr std::uint16_t kStopAsked = 8;     // stop at the next turn
inline constexpr std::uint16_t kStopping = 16;     // being stopped: refuses sends and spawns
inline constexpr std::uint16_t kZombie = 32;       // released, but its entry of the ready ring is still there
inline constexpr std::uint16_t kOnFiber = 64;      // its kind has fibers
inline constexpr std::uint16_t kHasWaiters = 128;  // senders are parked on it
inline constexpr std::uint16_t kAwaitsStack = 256;
inline constexpr std::uint16_t kAttention = kStart | kStopAsked | kZombie | kOnFiber;

// What dispatch touches: one cache line.
struct alignas(64) Actor {
  Behaviour* behaviour = nullptr;
  std::uint64_t state = 0;
  std::uint32_t head = kNone;  // mailbox: a list of message nodes
  std::uint32_t tail = kNone;
  std::uint32_t count = 0;
  std::uint32_t mailbox_max = 0;
  std::uint16_t kind = 0;
  std::uint16_t flags = 0;
  std::uint32_t generation = 0;  // odd while it lives; a slot is retired before it would repeat
  std::uint32_t parent = kNone;
  std::uint32_t first_child = kNone;
  std::uint32_t next_sibling = kNone;  // of a free slot: the next free one
  std::uint32_t prev_sibling = kNone;
  std::uint32_t fiber = kNone;  // that holds its suspended or running handler
};
static_assert(sizeof(Actor) == 64);

// What dispatch does not touch.
struct Cold {
  Instant window_start{};  // as a supervisor
  std::uint32_t restarts = 0;
  std::uint32_t children = 0;
  std::uint32_t first_waiter = kNone;  // senders parked on its mailbox, oldest first
  std::uint32_t last_waiter = kNone;
  std::uint32_t first_timer = kNone;  // its armed messages
  std::uint32_t next_stack_waiter = kNone;
  std::uint32_t prev_stack_waiter = kNone;
};
static_assert(sizeof(Cold) == 40);

enum class Due : std::uint8_t { message, fiber, waiter };
struct Timer {
  Instant at{};
  std::uint64_t sequence = 0;  // order of arming, which breaks ties; half of it tags the handle
  std::uint32_t heap_place = kNone;
  std::uint32_t payload = kNone;  // message node, fiber or waiter
  std::uint32_t owner = kNone;    // Due::message: the actor's slot
  std::uint32_t next = kNone;     // of the owner's timers; of a free one: the next free one
  std::uint32_t prev = kNone;
  Due due = Due::message;
};

struct Waiter {
  ActorId sender;
  std::uint32_t target = kNone;
  std::uint32_t node = kNone;        // the parked message
  std::uint32_t completion = kNone;  // paid in advance; none when a fiber waits
  std::uint32_t fiber = kNone;
  std::uint32_t timer = kNone;
  std::uint32_t next = kNone;
  std::uint32_t prev = kNone;
};

enum class Wait : std::uint8_t { none, reply, sleep, receive, room };
enum class Phase : std::uint8_t { unborn, pooled, running, suspended };
struct Fiber {
  boost::context::detail::fcontext_t context = nullptr;
  StackBlock stack;
  void* fake_stack = nullptr;     // AddressSanitizer's
  std::uint64_t correlation = 0;  // of the call under way; 0: none
  std::uint32_t actor = kNone;
  std::uint32_t node = kNone;   // the message being handled; kNone: on_start or on_restart
  std::uint32_t reply = kNone;  // node of the reply that came
  std::uint32_t timer = kNone;
  std::uint32_t waiter = kNone;
  std::uint32_t next_free = kNone;
  std::uint32_t ignored_cancels = 0;
  Phase phase = Phase::unborn;
  Wait wait = Wait::none;
  Errc woken = Errc::ok;
  Errc call_refused = Errc::ok;
  Sent parked_came_to = Sent::queued;
  bool cancelled = false;
  bool quit = false;
  bool restarting = false;
  Outcome outcome;
};

struct KindState {
  Kind kind;
  std::uint32_t calls_max = 0;
};

struct SupervisorRecord {
  Instant window_start{};
  std::uint32_t restarts = 0;
};

struct State {
  State(const Options& options_given, std::pmr::memory_resource* memory, const Parts& parts_given);

  Options options;
  Parts parts;
  Instant now{};
  Stats stats;
  std::pmr::vector<Actor> actors;
  std::pmr::vector<Cold> cold;
  std::pmr::vector<Message> messages;
  std::pmr::vector<Bytes> bodies;
  std::pmr::vector<Timer> timers;
  std::pmr::vector<std::uint32_t> heap;  // 4-ary, of timers
  std::pmr::vector<Waiter> waiters;
  std::pmr::vector<Fiber> fibers;
  std::pmr::vector<KindState> kinds;
  std::pmr::vector<ActorId> ring;   // who is ready, without an Order: a power of two
  std::pmr::vector<ActorId> ready;  // the same, with one
  std::vector<BudgetLine> budget;
  const Bytes no_body{};

  // The hot path's view of the pools.
  Actor* actor_base = nullptr;
  Message* message_base = nullptr;
  ActorId* ring_base = nullptr;
  std::uint32_t actor_limit = 0;
  std::uint32_t message_limit = 0;

  std::uint64_t ring_head = 0;
  std::uint64_t ring_tail = 0;
  std::uint64_t ring_mask = 0;
  std::uint32_t woken_last = kNone;
  std::uint32_t woken_streak = 0;
  std::uint32_t free_actor = kNone;
  std::uint32_t never_used_actor = 0;  // slots from here on were never used
  std::uint32_t zombies = 0;
  std::uint32_t alive = 0;
  std::uint32_t free_message = 0;  // set by the constructor
  std::uint32_t never_used_message = 0;
  std::uint32_t free_timer = kNone;
  std::uint32_t free_waiter = kNone;
  std::uint32_t free_fiber = kNone;
  std::uint32_t fibers_in_use = 0;
  std::uint32_t first_stack_waiter = kNone;
  std::uint32_t last_stack_waiter = kNone;
  std::uint32_t fiber_now = kNone;  // that runs
  std::uint64_t timer_sequence = 0;
  std::uint64_t correlation = 0;
  std::uint64_t decisions = 0;
  SupervisorRecord root;
  Instant last_reading{};  // of the meter
  bool running = false;
  bool plain_ring = false;  // neither an Order nor the last woken first

  boost::context::detail::fcontext_t scheduler = nullptr;
  void* scheduler_fake_stack = nullptr;
  const void* scheduler_stack = nullptr;
  std::size_t scheduler_stack_bytes = 0;

  static bool lives_as(const Actor& a, ActorId id) {
    return a.generation == id.generation() && (a.generation & 1) != 0;
  }
  ActorId id_of(std::uint32_t slot) const { return ActorId{slot, actors[slot].generation}; }
  // The slot of a living actor, or kNone.
  std::uint32_t find(ActorId id) const {
    const std::uint32_t slot = id.slot();
    return slot < actors.size() && lives_as(actors[slot], id) ? slot : kNone;
  }
};

}  // namespace wn::actor
