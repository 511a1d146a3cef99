#pragma once
// FixedPool: level 1, equal items in one piece of memory, each with a tag. Allocate and free are a few
// instructions; a stale handle and a double free are refused as in Memory. Free items are never written to.
// Units: bytes. Errors: Fault. Thread rule: one thread.
#include <cstddef>
#include <cstdint>
#include <expected>

#include "runtime/base/check.h"
#include "runtime/memory/handle.h"

namespace wn::memory {

// An item of a fixed pool: 32 bits of index plus one, 32 bits of tag. 0 is "none".
struct PoolHandle {
  std::uint64_t bits = 0;
  constexpr explicit operator bool() const { return bits != 0; }
  friend constexpr auto operator<=>(PoolHandle, PoolHandle) = default;
};

class FixedPool {
 public:
  static constexpr std::uint32_t kCountMax = (1U << 31) - 1;

  FixedPool() = default;
  // REQUIRES memory for item_bytes * count bytes and `count` tags for the pool's life, count <= kCountMax.
  FixedPool(std::byte* items, std::uint32_t* tags, std::uint64_t item_bytes, std::uint32_t count);

  std::expected<PoolHandle, Fault> allocate() {
    if (free_head_ == kNone) [[unlikely]]
      return std::unexpected(Fault::exhausted);
    const std::uint32_t index = free_head_;
    free_head_ = tags_[index] & ~kFree;
    tags_[index] = ++allocations_ & ~kFree;
    const std::uint32_t used = allocations_ - frees_;
    if (used > high_water_) high_water_ = used;
    return PoolHandle{(std::uint64_t{index} + 1) << 32 | tags_[index]};
  }
  std::expected<void, Fault> free(PoolHandle handle) {
    const std::uint32_t index = static_cast<std::uint32_t>(handle.bits >> 32) - 1;
    if (index >= count_ || tags_[index] != static_cast<std::uint32_t>(handle.bits)) [[unlikely]]
      return std::unexpected(fault_of(index));
    tags_[index] = kFree | free_head_;
    free_head_ = index;
    ++frees_;
    return {};
  }
  std::expected<std::byte*, Fault> resolve(PoolHandle handle) const {
    const std::uint32_t index = static_cast<std::uint32_t>(handle.bits >> 32) - 1;
    if (index >= count_ || tags_[index] != static_cast<std::uint32_t>(handle.bits)) [[unlikely]]
      return std::unexpected(Fault::stale_handle);
    return items_ + index * item_bytes_;
  }

  std::uint64_t item_bytes() const { return item_bytes_; }
  std::uint32_t count() const { return count_; }
  std::uint32_t used() const { return allocations_ - frees_; }
  std::uint32_t high_water() const { return high_water_; }

 private:
  static constexpr std::uint32_t kFree = 1U << 31;  // the tag of a free item: this bit and the next free one
  static constexpr std::uint32_t kNone = kFree - 1;
  Fault fault_of(std::uint32_t index) const;

  std::byte* items_ = nullptr;
  std::uint32_t* tags_ = nullptr;
  std::uint64_t item_bytes_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t free_head_ = kNone;
  std::uint32_t allocations_ = 0;  // wraps
  std::uint32_t frees_ = 0;        // wraps
  std::uint32_t high_water_ = 0;
};

}  // namespace wn::memory
