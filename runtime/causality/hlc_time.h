#pragma once
// HlcTime: a reading of the hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", OPODIS 2014)
// packed in 64 bits: the upper 48 are wall-clock nanoseconds since the Unix epoch in units of 2^16 ns (65.5
// us), the lower 16 a logical counter that borrows from the unit above when it overflows. Readings compare as
// numbers; a reading and the replica that made it order all events.
#include <cstdint>

#include "runtime/base/ids.h"
#include "runtime/base/strong.h"
#include "runtime/base/time.h"

namespace wn::causality {

inline constexpr std::uint32_t kHlcLogicalBits = 16;

struct HlcTime : Strong<HlcTime, std::uint64_t> {
  using Strong::Strong;
  // Zero is no reading: a clock that may not issue a time says so with it.
  constexpr explicit operator bool() const { return value != 0; }
  // The physical part, rounded down to its unit.
  constexpr WallTime wall() const {
    return WallTime{static_cast<std::int64_t>(value >> kHlcLogicalBits << kHlcLogicalBits)};
  }
  constexpr std::uint32_t logical() const { return static_cast<std::uint32_t>(value & 0xFFFFU); }
  // The reading of a wall-clock time, rounded down to the unit; times before the epoch count as the epoch.
  static constexpr HlcTime from_wall(WallTime wall) {
    return HlcTime{wall.ns <= 0 ? 0
                                : static_cast<std::uint64_t>(wall.ns) >> kHlcLogicalBits << kHlcLogicalBits};
  }
};

// Total order of writes: time, then writer.
struct Stamp {
  HlcTime time;
  ReplicaId replica;
  friend constexpr auto operator<=>(const Stamp&, const Stamp&) = default;
};

}  // namespace wn::causality
