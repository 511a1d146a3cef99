#pragma once
// NodeClock: the two clocks of one node as functions of true time, in integers.
//
//   monotonic(t) = base + floor((t - since) * (1,000,000 + ppm) / 1,000,000)
//
// Invariants: monotonic never goes backwards and does not jump when the drift changes; when_monotonic() is
// the exact inverse: the least t with monotonic(t) >= deadline, so a timer fires neither early by its own
// clock nor a nanosecond late. The wall clock runs at the same rate, and steps and freezes besides.
//
// Limits: drift is cut to +-kDriftPpmMax. True time passed in never goes backwards.
#include <cstdint>

#include "runtime/base/time.h"

namespace wn::sim {

inline constexpr std::int32_t kDriftPpmMax = 900'000;
// What the wall clocks of a world without offset show at true time 0: 2026-01-01T00:00:00Z.
inline constexpr WallTime kWallEpoch{1'767'225'600'000'000'000};

class NodeClock {
 public:
  NodeClock(Duration wall_offset, std::int32_t drift_ppm);

  Instant monotonic(SimTime now) const { return {base_.ns + scaled(now)}; }
  WallTime wall(SimTime now) const {
    return frozen_ ? frozen_at_ : WallTime{detail::saturating_add(wall_base_.ns, scaled(now))};
  }
  // SimTime::max() when the deadline lies beyond representable time.
  SimTime when_monotonic(Instant deadline) const;

  std::int32_t drift_ppm() const { return drift_ppm_; }
  bool frozen() const { return frozen_; }

  // A new boot: the monotonic clock starts at 0; the wall clock, a chip of its own, goes on.
  void boot(SimTime now);
  void set_drift(SimTime now, std::int32_t drift_ppm);
  void step_wall(Duration by);
  // While frozen the wall clock stands still; thawed, it shows what it would have shown.
  void set_frozen(SimTime now, bool frozen);

 private:
  std::int64_t scaled(SimTime now) const {
    const std::int64_t elapsed = now.ns - since_.ns;
    if (drift_ppm_ == 0) return elapsed;
    if (elapsed < kNarrow) {  // the product fits 63 bits: the usual case, without a wide division
      const std::int64_t product = elapsed * drift_ppm_;
      return elapsed + (product >= 0 ? product / 1'000'000 : -((-product + 999'999) / 1'000'000));
    }
    return elapsed + static_cast<std::int64_t>(floor_million(static_cast<__int128>(elapsed) * drift_ppm_));
  }
  static __int128 floor_million(__int128 v) { return v >= 0 ? v / 1'000'000 : -((-v + 999'999) / 1'000'000); }
  void rebase(SimTime now);

  static constexpr std::int64_t kNarrow = 10'000'000'000'000;  // ns: 10^13 * kDriftPpmMax < 2^63

  SimTime since_;
  Instant base_;
  WallTime wall_base_;
  std::int32_t drift_ppm_ = 0;
  bool frozen_ = false;
  WallTime frozen_at_;
};

}  // namespace wn::sim
