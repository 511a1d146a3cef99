#pragma once
// Memory resources over budgeted memory, so that std::pmr containers live in it.
//
// SlabResource: items of one region. LimitedResource: a quota (of one worknode, of one connection) over
// another resource; it counts what was asked for. Both throw std::bad_alloc when they must refuse, since the
// standard's containers know no other way: callers that may meet the limit ask can_take() first and refuse by
// type. A container that lives in a region must not be used after the region's release (it may be forgotten
// without its destructor). Limits: one piece of at most kRunBytesMax bytes. Alignment up to 64 bytes. Thread
// rule: one thread. Units: bytes.
#include <cstddef>
#include <cstdint>
#include <memory_resource>

#include "runtime/memory/memory.h"

namespace wn::memory {

class SlabResource final : public std::pmr::memory_resource {
 public:
  static constexpr std::size_t kAlignmentMax = 64;

  explicit SlabResource(Memory& memory, RegionId region = kRootRegion) : memory_(&memory), region_(region) {}
  // Would one piece of this size be given now?
  bool can_take(std::size_t bytes) const { return memory_->can_take(bytes, region_); }
  Memory& memory() const { return *memory_; }
  RegionId region() const { return region_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;

  Memory* memory_;
  RegionId region_;
};

class LimitedResource final : public std::pmr::memory_resource {
 public:
  LimitedResource(std::pmr::memory_resource* upstream, std::uint64_t bytes_max)
      : upstream_(upstream), bytes_max_(bytes_max) {}
  std::uint64_t used() const { return used_; }
  std::uint64_t high_water() const { return high_water_; }
  std::uint64_t bytes_max() const { return bytes_max_; }
  // Does the quota allow this many more bytes? The upstream resource may still refuse.
  bool can_take(std::uint64_t bytes) const { return bytes <= bytes_max_ - used_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  std::pmr::memory_resource* upstream_;
  std::uint64_t bytes_max_;
  std::uint64_t used_ = 0;
  std::uint64_t high_water_ = 0;
};

// Counts the live items of each size: what a histogram for choose_classes() is measured with.
class RecordingResource final : public std::pmr::memory_resource {
 public:
  explicit RecordingResource(std::pmr::memory_resource* upstream) : upstream_(upstream) {}
  const SizeHistogram& histogram() const { return histogram_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  std::pmr::memory_resource* upstream_;
  SizeHistogram histogram_;
};

}  // namespace wn::memory
