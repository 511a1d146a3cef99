#include "runtime/memory/resource.h"

#include <algorithm>
#include <new>

namespace wn::memory {

void* SlabResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (alignment > kAlignmentMax) throw std::bad_alloc{};
  const SizeClasses& classes = memory_->classes();
  ClassIndex c = classes.class_of(bytes);
  if (alignment > 16) {  // up to the next class whose items all lie on the alignment
    while (c < classes.count() && classes.shape(c).item_bytes % alignment != 0) ++c;
  }
  if (c >= classes.count()) throw std::bad_alloc{};
  const auto item = memory_->allocate(c, region_);
  if (!item) throw std::bad_alloc{};
  return item->memory;
}

void SlabResource::do_deallocate(void* memory, std::size_t bytes, std::size_t) {
  memory_->free_at(memory, bytes);
}

bool SlabResource::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
  const auto* const slab = dynamic_cast<const SlabResource*>(&other);
  return slab != nullptr && slab->memory_ == memory_ && slab->region_ == region_;
}

void* LimitedResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (!can_take(bytes)) throw std::bad_alloc{};
  void* const memory = upstream_->allocate(bytes, alignment);
  used_ += bytes;
  high_water_ = std::max(high_water_, used_);
  return memory;
}

void LimitedResource::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
  WN_CHECK(bytes <= used_);
  used_ -= bytes;
  upstream_->deallocate(memory, bytes, alignment);
}

void* RecordingResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  histogram_.record(bytes);
  return upstream_->allocate(bytes, alignment);
}

void RecordingResource::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
  histogram_.forget(bytes);
  upstream_->deallocate(memory, bytes, alignment);
}

}  // namespace wn::memory
