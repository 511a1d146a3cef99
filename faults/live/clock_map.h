#pragma once
// ClockMap: the clocks that a process is shown, as functions of the clocks that there are. In integers:
//
//   shown monotonic = base + floor((outer - since) * (1,000,000 + ppm) / 1,000,000)
//   shown wall      = outer wall + offset + (shown monotonic - outer monotonic), or where it froze
//
// The monotonic one never goes backwards and does not jump when the rate changes; outer_at() is its exact
// inverse, so that a timer is neither early by the shown clock nor a nanosecond late. Frozen, the wall clock
// stands still; thawed, it shows what it would have shown.
#include <cstdint>

#include "runtime/base/time.h"

namespace wn::live {

inline constexpr std::int32_t kRatePpmMax = 900'000;

class ClockMap {
 public:
  ClockMap(Instant outer, Duration wall_offset, std::int32_t drift_ppm);

  Instant shown(Instant outer) const { return base_ + Duration{scaled(outer)}; }
  WallTime shown_wall(Instant outer, WallTime outer_wall) const;
  // The least outer reading at which the shown one is `deadline` or more. Instant::max(): never.
  Instant outer_at(Instant deadline) const;

  std::int32_t drift_ppm() const { return drift_ppm_; }
  bool frozen() const { return frozen_; }
  void set_drift(Instant outer, std::int32_t drift_ppm);
  void step_wall(Duration by);
  void set_frozen(Instant outer, WallTime outer_wall, bool frozen);

 private:
  std::int64_t scaled(Instant outer) const;

  Instant since_;
  Instant base_;
  Duration offset_;
  std::int32_t drift_ppm_ = 0;
  bool frozen_ = false;
  WallTime frozen_at_;
};

}  // namespace wn::live
