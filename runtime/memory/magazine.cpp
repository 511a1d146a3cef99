#include "runtime/memory/magazine.h"

namespace wn::memory {

bool Magazine::load() {
  for (std::uint32_t i = 0; i < kBatch; ++i) {
    const auto item = memory_->allocate(class_, region_);
    if (!item) break;
    ring_[given_++ % kCapacity] = item->memory;
  }
  return taken_ != given_;
}

void Magazine::give_back(std::uint32_t most) {
  for (; most > 0 && taken_ != given_; --most) memory_->free_at(ring_[taken_++ % kCapacity], 0);
}

}  // namespace wn::memory
