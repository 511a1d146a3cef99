#pragma once
// The timers of one process: eight slots, at most one deadline each. The queue holds at most one live event a
// slot: arming later than that event only notes the deadline (the event comes up, sees that it is early, and
// goes back); arming earlier pushes a new one and makes the old one stale.
#include <array>
#include <cstdint>

#include "runtime/backend/clock.h"
#include "runtime/base/time.h"

namespace wn::sim {

struct TimerSlot {
  Instant deadline;
  SimTime queued_at;             // of the live event, when `queued`
  std::uint32_t generation = 0;  // of the live event; grows over the node's whole life, restarts included
  bool armed = false;
  bool queued = false;
};

using TimerTable = std::array<TimerSlot, kTimerSlotsMax>;

}  // namespace wn::sim
