#pragma once
// Histogram of durations with fixed borders, as Prometheus has them: 10 us to 10 s, the same for all, so that
// they can be added up over nodes. A value; adding is a search of 20 borders. Thread rule: a value.
#include <algorithm>
#include <array>
#include <cstdint>

#include "runtime/base/time.h"

namespace wn::daemon {

inline constexpr std::array<std::int64_t, 19> kBorders{
    10'000,      25'000,        50'000,        100'000,       250'000,       500'000,     1'000'000,
    2'500'000,   5'000'000,     10'000'000,    25'000'000,    50'000'000,    100'000'000, 250'000'000,
    500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};  // nanoseconds, inclusive

struct Histogram {
  std::array<std::uint64_t, kBorders.size() + 1> count{};  // the last: above all borders
  std::uint64_t total = 0;
  Duration sum;

  void add(Duration d) {
    const auto at = std::lower_bound(kBorders.begin(), kBorders.end(), d.ns);
    ++count[static_cast<std::size_t>(at - kBorders.begin())];
    ++total;
    sum = sum + d;
  }
};

}  // namespace wn::daemon
