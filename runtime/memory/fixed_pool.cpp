#include "runtime/memory/fixed_pool.h"

namespace wn::memory {

FixedPool::FixedPool(std::byte* items, std::uint32_t* tags, std::uint64_t item_bytes, std::uint32_t count)
    : items_(items), tags_(tags), item_bytes_(item_bytes), count_(count) {
  WN_CHECK(count <= kCountMax);
  for (std::uint32_t i = 0; i < count; ++i) tags_[i] = kFree | (i + 1 == count ? kNone : i + 1);
  if (count > 0) free_head_ = 0;
}

Fault FixedPool::fault_of(std::uint32_t index) const {
  return index < count_ && (tags_[index] & kFree) != 0 ? Fault::double_free : Fault::stale_handle;
}

}  // namespace wn::memory
