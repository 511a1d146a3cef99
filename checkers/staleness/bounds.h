#pragma once
// Bounds of the smallest k of a register. Private to this room.
#include "checkers/staleness/registers.h"

namespace wn::checkers::staleness {

struct StaleRead {
  std::uint64_t k = 1;
  std::size_t read = 0;  // in Register::reads; where k is more than 1
};

// Whatever the order: a read's write, and those that began after it was over and were over before the read
// began.
StaleRead lower_bound(const Register& reg);
// Of two orders: a write takes its place when it begins, or at first_end. Both keep real time, since what is
// over (with a read of it) before another begins comes first in both; reads come as early as they may.
StaleRead upper_bound(const Register& reg);

}  // namespace wn::checkers::staleness
