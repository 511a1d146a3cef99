#include "runtime/memory/histogram.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::memory {
namespace {
constexpr std::uint32_t kFineBuckets = kFineMax / kFineBytes;
}

std::uint32_t SizeHistogram::bucket_of(std::size_t bytes) {
  WN_CHECK(bytes <= kClassBytesMax);
  const auto size = static_cast<std::uint32_t>(std::max<std::size_t>(bytes, 1));
  if (size <= kFineMax) return (size - 1) / kFineBytes;
  return kFineBuckets + (size - kFineMax - 1) / kCoarseBytes;
}

std::uint32_t SizeHistogram::bucket_bytes(std::uint32_t bucket) {
  WN_CHECK(bucket < kBuckets);
  if (bucket < kFineBuckets) return (bucket + 1) * kFineBytes;
  return kFineMax + (bucket - kFineBuckets + 1) * kCoarseBytes;
}

void SizeHistogram::record(std::size_t bytes, std::uint64_t items) {
  if (bytes > kClassBytesMax) {
    larger_items_ += items;
    return;
  }
  counts_[bucket_of(bytes)] += items;
  items_ += items;
  bytes_ += bytes * items;
}

void SizeHistogram::forget(std::size_t bytes) {
  if (bytes > kClassBytesMax) {
    WN_CHECK(larger_items_ > 0);
    --larger_items_;
    return;
  }
  WN_CHECK(counts_[bucket_of(bytes)] > 0);
  --counts_[bucket_of(bytes)];
  --items_;
  bytes_ -= bytes;
}

void SizeHistogram::add(const SizeHistogram& other) {
  for (std::uint32_t b = 0; b < kBuckets; ++b) counts_[b] += other.counts_[b];
  items_ += other.items_;
  bytes_ += other.bytes_;
  larger_items_ += other.larger_items_;
}

}  // namespace wn::memory
