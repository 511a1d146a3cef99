#include "scenarios/cluster/histogram.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace wn::cluster {
namespace {

constexpr std::int64_t kMost = (std::int64_t{1} << 62) - 1;

}  // namespace

// Values below kSteps have a bucket each; then each power of two has kSteps.
std::uint32_t Histogram::bucket_of(std::int64_t ns) {
  const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ns, 0, kMost));
  if (value < kSteps) return static_cast<std::uint32_t>(value);
  const auto shift = static_cast<std::uint32_t>(std::bit_width(value)) - 1 - kStepBits;
  return (shift + 1) * kSteps + static_cast<std::uint32_t>((value >> shift) - kSteps);
}

std::int64_t Histogram::top_of(std::uint32_t bucket) {
  if (bucket < kSteps) return bucket;
  const std::uint32_t shift = bucket / kSteps - 1;
  const std::uint64_t first = (std::uint64_t{kSteps} + bucket % kSteps) << shift;
  return static_cast<std::int64_t>(first + (std::uint64_t{1} << shift) - 1);
}

void Histogram::add(std::int64_t ns) {
  const std::int64_t value = std::clamp<std::int64_t>(ns, 0, kMost);
  ++counts_[bucket_of(value)];
  ++count_;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
}

void Histogram::merge(const Histogram& other) {
  for (std::uint32_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  least_ = std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
}

std::int64_t Histogram::percentile(std::uint32_t ppm) const {
  if (count_ == 0) return 0;
  const std::uint64_t rank = std::max<std::uint64_t>(1, (count_ * ppm + 999'999) / 1'000'000);
  std::uint64_t below = 0;
  for (std::uint32_t i = 0; i < kBuckets; ++i) {
    below += counts_[i];
    if (below >= rank) return std::min(top_of(i), most_);
  }
  return most_;
}

std::string Histogram::to_text() const {
  std::string out;
  for (std::uint32_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] != 0) out += std::to_string(i) + ":" + std::to_string(counts_[i]) + " ";
  }
  if (count_ != 0) out += "=" + std::to_string(least_) + ":" + std::to_string(most_);
  return out;
}

bool Histogram::add_text(const std::string& text) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    const bool bounds = *at == '=';
    if (bounds) ++at;
    std::uint64_t left = 0, right = 0;
    auto read = std::from_chars(at, end, left);
    if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ':') return false;
    read = std::from_chars(read.ptr + 1, end, right);
    if (read.ec != std::errc{}) return false;
    if (bounds) {
      least_ = std::min(least_, static_cast<std::int64_t>(std::min<std::uint64_t>(left, kMost)));
      most_ = std::max(most_, static_cast<std::int64_t>(std::min<std::uint64_t>(right, kMost)));
    } else {
      if (left >= kBuckets || count_ + right < count_) return false;
      counts_[left] += right;
      count_ += right;
    }
    at = read.ptr;
    while (at != end && *at == ' ') ++at;
  }
  return true;
}

}  // namespace wn::cluster
