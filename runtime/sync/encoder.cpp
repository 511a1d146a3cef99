#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/sync/symbols.h"

namespace wn::sync {

Encoder::Encoder(const KeyedView& keyed, std::pmr::memory_resource* memory)
    : keyed_(&keyed), places_(memory), symbols_(memory) {}

std::size_t Encoder::extend(std::uint32_t to, std::size_t work) {
  WN_CHECK(keyed_->ready());
  WN_CHECK_LE(to, kSymbolIndexMax);
  const std::size_t items = keyed_->view().size();
  std::size_t used = 0;
  while (made_ < to) {
    if (target_ == made_) {
      target_ = to;
      at_ = 0;
      // Places are made as the items are gone through for the first time: to fill them all at once would be a
      // step as long as the view.
      if (made_ == 0) places_.reserve(items);
      symbols_.resize(target_);
    }
    for (; at_ < items && used < work; ++at_, ++used) {
      if (at_ == places_.size()) places_.emplace_back();
      Place& place = places_[at_];
      if (place.next >= target_) continue;
      const ItemHash& hash = keyed_->hash(at_);
      const ItemId& item = keyed_->view()[at_];
      for (; place.next < target_; ++used) {
        symbols_[place.next].add(item, hash.check, 1);
        advance(place, hash.spread);
      }
    }
    if (at_ < items) return used;
    made_ = target_;
  }
  return used;
}

}  // namespace wn::sync
