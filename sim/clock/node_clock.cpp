#include "sim/clock/node_clock.h"

#include <algorithm>

namespace wn::sim {

namespace {
std::int32_t cut(std::int32_t drift_ppm) { return std::clamp(drift_ppm, -kDriftPpmMax, kDriftPpmMax); }
}  // namespace

NodeClock::NodeClock(Duration wall_offset, std::int32_t drift_ppm)
    : wall_base_(kWallEpoch + wall_offset), drift_ppm_(cut(drift_ppm)) {}

SimTime NodeClock::when_monotonic(Instant deadline) const {
  if (deadline <= base_) return since_;
  const unsigned __int128 distance =
      static_cast<std::uint64_t>(deadline.ns) - static_cast<std::uint64_t>(base_.ns);
  if (drift_ppm_ == 0 && distance <= static_cast<std::uint64_t>(SimTime::max().ns - since_.ns))
    return since_ + Duration{static_cast<std::int64_t>(distance)};  // as below, without a division
  const auto rate = static_cast<std::uint64_t>(1'000'000 + drift_ppm_);
  if (distance < static_cast<std::uint64_t>(kNarrow)) {
    const std::uint64_t narrow = (static_cast<std::uint64_t>(distance) * 1'000'000 + (rate - 1)) / rate;
    return since_ + Duration{static_cast<std::int64_t>(narrow)};
  }
  const unsigned __int128 true_distance = (distance * 1'000'000 + (rate - 1)) / rate;
  if (true_distance > static_cast<std::uint64_t>(SimTime::max().ns - since_.ns)) return SimTime::max();
  return since_ + Duration{static_cast<std::int64_t>(true_distance)};
}

void NodeClock::rebase(SimTime now) {
  const std::int64_t passed = scaled(now);
  base_ = base_ + Duration{passed};
  wall_base_ = wall_base_ + Duration{passed};
  since_ = now;
}

void NodeClock::boot(SimTime now) {
  rebase(now);
  base_ = {};
}

void NodeClock::set_drift(SimTime now, std::int32_t drift_ppm) {
  rebase(now);
  drift_ppm_ = cut(drift_ppm);
}

void NodeClock::step_wall(Duration by) {
  wall_base_ = wall_base_ + by;
  frozen_at_ = frozen_at_ + by;
}

void NodeClock::set_frozen(SimTime now, bool frozen) {
  if (frozen == frozen_) return;
  if (frozen) frozen_at_ = wall(now);
  frozen_ = frozen;
}

}  // namespace wn::sim
