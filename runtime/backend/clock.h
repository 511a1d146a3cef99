#pragma once
// Two clocks and a small table of deadlines.
#include <cstdint>

#include "runtime/base/time.h"

namespace wn {

// Timers are slots, not objects: each slot holds at most one deadline, and arming it again moves it.
inline constexpr std::uint32_t kTimerSlotsMax = 8;

class Clock {
 public:
  virtual ~Clock() = default;

  // This node's monotonic clock: never goes backwards, runs at its own rate (drift), goes on while the
  // process is paused. Starts anew at boot.
  virtual Instant monotonic_now() const = 0;
  // This node's wall clock: may be wrong by any amount and step either way.
  virtual WallTime wall_now() const = 0;

  // Process::on_timer(slot) runs once at or after `deadline` of the monotonic clock; a deadline in the past
  // fires at once, never from inside this call. REQUIRES slot < kTimerSlotsMax.
  virtual void arm(std::uint32_t slot, Instant deadline) = 0;
  virtual void disarm(std::uint32_t slot) = 0;
};

}  // namespace wn
