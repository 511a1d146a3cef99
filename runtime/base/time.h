#pragma once
// Time as numbers. Nanoseconds in 64 signed bits: 292 years each way.
//   Duration  a length of time
//   Instant   a reading of one node's monotonic clock (since its boot; never compared between nodes)
//   WallTime  a reading of one node's wall clock (since the Unix epoch; may step either way)
//   SimTime   true time of a world or of a recorded run (since its start); no node can read it
// Arithmetic saturates instead of overflowing, because plans come from outside and may hold any number.
#include <compare>
#include <cstdint>
#include <limits>

namespace wn {

namespace detail {
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return sum;
}
constexpr std::int64_t saturating_sub(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) {
    return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return difference;
}
constexpr std::int64_t saturating_mul(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    return (a < 0) == (b < 0) ? std::numeric_limits<std::int64_t>::max()
                              : std::numeric_limits<std::int64_t>::min();
  }
  return product;
}
}  // namespace detail

struct Duration {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {detail::saturating_add(a.ns, b.ns)}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {detail::saturating_sub(a.ns, b.ns)}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) {
    return {detail::saturating_mul(a.ns, n)};
  }
  friend constexpr Duration operator/(Duration a, std::int64_t n) { return {a.ns / n}; }
  static constexpr Duration max() { return {std::numeric_limits<std::int64_t>::max()}; }
};

constexpr Duration nanoseconds(std::int64_t n) { return {n}; }
constexpr Duration microseconds(std::int64_t n) { return Duration{1'000} * n; }
constexpr Duration milliseconds(std::int64_t n) { return Duration{1'000'000} * n; }
constexpr Duration seconds(std::int64_t n) { return Duration{1'000'000'000} * n; }

template <class Tag>
struct TimePoint {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
  friend constexpr TimePoint operator+(TimePoint t, Duration d) {
    return {detail::saturating_add(t.ns, d.ns)};
  }
  friend constexpr TimePoint operator-(TimePoint t, Duration d) {
    return {detail::saturating_sub(t.ns, d.ns)};
  }
  friend constexpr Duration operator-(TimePoint a, TimePoint b) {
    return {detail::saturating_sub(a.ns, b.ns)};
  }
  static constexpr TimePoint max() { return {std::numeric_limits<std::int64_t>::max()}; }
};

using Instant = TimePoint<struct InstantTag>;
using WallTime = TimePoint<struct WallTimeTag>;
using SimTime = TimePoint<struct SimTimeTag>;

}  // namespace wn
