#include "runtime/causality/hlc.h"

namespace wn::causality {

namespace {
std::uint64_t units(Duration d) { return HlcTime::from_wall(WallTime{d.ns}).value; }
}  // namespace

Hlc::Hlc(const HlcOptions& options, HlcTime durable_bound)
    : options_(options), last_(durable_bound.value), bound_(durable_bound.value) {
  WN_CHECK_GT(options.bound_step.ns, std::int64_t{1} << kHlcLogicalBits);
  WN_CHECK_LE(options.bound_step.ns, options.max_offset.ns / 2);
}

// The wall clock has run past the bound (or a peer has): what is left below it is issued one by one, so that
// a slow disk delays nobody at once. Not from further below than a step: an old reading would lose to writes
// that everybody has forgotten.
HlcTime Hlc::tick_at_bound() {
  if (last_ >= bound_) return HlcTime{};
  const std::uint64_t step = units(options_.bound_step);
  if (bound_ - last_ > step) last_ = bound_ - step;
  return HlcTime{++last_};
}

std::unexpected<FarFuture> Hlc::refuse(HlcTime remote, WallTime now) const {
  const bool is_time = remote.value <= static_cast<std::uint64_t>(WallTime::max().ns);
  return std::unexpected(
      FarFuture{.remote = remote, .wall = now, .ahead = is_time ? remote.wall() - now : Duration::max()});
}

HlcTime Hlc::bound_needed(WallTime now) const {
  const std::uint64_t at = std::max(last_, HlcTime::from_wall(now).value);
  const std::uint64_t step = units(options_.bound_step);
  if (bound_ > at && bound_ - at > step / 2) return HlcTime{};
  return HlcTime{at + step};
}

}  // namespace wn::causality
