#include "faults/live/clock_map.h"

#include <algorithm>

namespace wn::live {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

std::int32_t cut(std::int32_t ppm) { return std::clamp(ppm, -kRatePpmMax, kRatePpmMax); }

__int128 floor_million(__int128 v) { return v >= 0 ? v / kMillion : -((-v + (kMillion - 1)) / kMillion); }

}  // namespace

ClockMap::ClockMap(Instant outer, Duration wall_offset, std::int32_t drift_ppm)
    : since_(outer), base_(outer), offset_(wall_offset), drift_ppm_(cut(drift_ppm)) {}

std::int64_t ClockMap::scaled(Instant outer) const {
  const std::int64_t elapsed = std::max<std::int64_t>(0, (outer - since_).ns);
  if (drift_ppm_ == 0) return elapsed;
  return elapsed + static_cast<std::int64_t>(floor_million(static_cast<__int128>(elapsed) * drift_ppm_));
}

WallTime ClockMap::shown_wall(Instant outer, WallTime outer_wall) const {
  if (frozen_) return frozen_at_;
  return outer_wall + offset_ + (shown(outer) - outer);
}

Instant ClockMap::outer_at(Instant deadline) const {
  if (deadline == Instant::max()) return deadline;
  if (deadline <= base_) return since_;
  const auto distance = static_cast<unsigned __int128>((deadline - base_).ns);
  const auto rate = static_cast<unsigned __int128>(kMillion + drift_ppm_);
  const unsigned __int128 outer = (distance * kMillion + (rate - 1)) / rate;
  if (outer > static_cast<std::uint64_t>((Instant::max() - since_).ns)) return Instant::max();
  return since_ + Duration{static_cast<std::int64_t>(outer)};
}

void ClockMap::set_drift(Instant outer, std::int32_t drift_ppm) {
  base_ = shown(outer);
  since_ = std::max(since_, outer);
  drift_ppm_ = cut(drift_ppm);
}

void ClockMap::step_wall(Duration by) {
  offset_ = offset_ + by;
  frozen_at_ = frozen_at_ + by;
}

void ClockMap::set_frozen(Instant outer, WallTime outer_wall, bool frozen) {
  if (frozen == frozen_) return;
  if (frozen) frozen_at_ = shown_wall(outer, outer_wall);
  frozen_ = frozen;
}

}  // namespace wn::live
