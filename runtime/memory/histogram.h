#pragma once
// SizeHistogram: how many live items of each size a workload keeps, as a value: the input to the choice of
// size classes. Buckets: exact multiples of 16 up to 4 KiB, then of 1 KiB up to 1 MiB; a size counts in the
// smallest bucket that holds it. Counts are whole numbers and add up over histograms.
// Thread rule: one thread.
#include <array>
#include <cstddef>
#include <cstdint>

namespace wn::memory {

inline constexpr std::uint32_t kFineBytes = 16;               // the step of sizes up to kFineMax
inline constexpr std::uint32_t kFineMax = 4096;               //
inline constexpr std::uint32_t kCoarseBytes = 1024;           // the step of sizes above it
inline constexpr std::uint32_t kClassBytesMax = 1024 * 1024;  // the largest size that shares a slab

class SizeHistogram {
 public:
  static constexpr std::uint32_t kBuckets =
      kFineMax / kFineBytes + (kClassBytesMax - kFineMax) / kCoarseBytes;

  // Counts `items` of this size. Sizes above kClassBytesMax are counted apart and choose no class.
  void record(std::size_t bytes, std::uint64_t items = 1);
  // Takes one item back. REQUIRES that one of its bucket was recorded.
  void forget(std::size_t bytes);
  void add(const SizeHistogram& other);

  std::uint64_t items() const { return items_; }
  std::uint64_t bytes() const { return bytes_; }  // what was asked for, before any rounding
  std::uint64_t larger_items() const { return larger_items_; }
  std::uint64_t count_at(std::uint32_t bucket) const { return counts_[bucket]; }
  // The largest size that counts in the bucket.
  static std::uint32_t bucket_bytes(std::uint32_t bucket);
  // REQUIRES bytes <= kClassBytesMax.
  static std::uint32_t bucket_of(std::size_t bytes);

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t items_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t larger_items_ = 0;
};

}  // namespace wn::memory
