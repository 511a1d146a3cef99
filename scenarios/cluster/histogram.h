#pragma once
// A log-linear histogram of times (HdrHistogram's form): each power of two has kSteps equal buckets, so a
// value is known to 1/128 of itself, two significant digits and more. Fixed memory, mergeable.
//
// Units: nanoseconds, 0 … 2^62; less counts as 0, more as the most. Percentiles are of the nearest rank, told
// as the greatest value of the bucket.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace wn::cluster {

class Histogram {
 public:
  static constexpr std::uint32_t kStepBits = 7;
  static constexpr std::uint32_t kSteps = 1U << kStepBits;
  static constexpr std::uint32_t kBuckets = (62 - kStepBits + 2) * kSteps;

  Histogram() : counts_(kBuckets) {}
  void add(std::int64_t ns);
  void merge(const Histogram& other);
  std::uint64_t count() const { return count_; }
  std::int64_t least() const { return count_ == 0 ? 0 : least_; }
  std::int64_t most() const { return most_; }
  // `ppm` of the values are at most this: 500'000 is the median, 999'900 is p99.99. 0 when there are none.
  std::int64_t percentile(std::uint32_t ppm) const;

  // "bucket:count" with spaces between: what travels from a driver to its runner.
  std::string to_text() const;
  // Adds what to_text() wrote; false at the first thing that is no such text (what was read stays).
  bool add_text(const std::string& text);

 private:
  static std::uint32_t bucket_of(std::int64_t ns);
  static std::int64_t top_of(std::uint32_t bucket);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::int64_t least_ = INT64_MAX;
  std::int64_t most_ = 0;
};

}  // namespace wn::cluster
