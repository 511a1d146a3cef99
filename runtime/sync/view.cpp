#include "runtime/sync/view.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::sync {

void View::seal() {
  if (!std::ranges::is_sorted(items_)) std::ranges::sort(items_);
  const auto repeats = std::ranges::unique(items_);
  items_.erase(repeats.begin(), repeats.end());
}

std::size_t View::below(const ItemId& bound) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(items_, bound) - items_.begin());
}

bool View::contains(const ItemId& item) const {
  const std::size_t at = below(item);
  return at < items_.size() && items_[at] == item;
}

std::uint64_t guess_difference(const Strata& ours, const Strata& theirs) {
  // The lowest level at which a group agrees, summed over the groups: quarters of a power of two.
  std::size_t quarters = 0;
  for (std::size_t group = 0; group < Strata::kGroups; ++group) {
    std::size_t level = 0;
    while (level < Strata::kLevels &&
           ours.sample[group * Strata::kLevels + level] != theirs.sample[group * Strata::kLevels + level]) {
      ++level;
    }
    quarters += level;
  }
  if (quarters == 0) return 0;
  static_assert(Strata::kGroups == 4);
  // kGroups / 0.77351 * 2^(quarters / 4), in thousandths.
  static constexpr std::uint64_t kScaled[4] = {5171, 6150, 7313, 8697};
  return (kScaled[quarters % 4] << (quarters / 4)) / 1000;
}

KeyedView::KeyedView(const View& view, const SessionKey& key, std::pmr::memory_resource* memory)
    : view_(&view), key_(key), hashes_(memory), sums_(memory) {}

std::size_t KeyedView::prepare(std::size_t work) {
  if (hashes_.capacity() < view_->size()) {
    hashes_.reserve(view_->size());
    sums_.reserve(view_->size() / kBlock + 1);
  }
  const std::size_t first = hashes_.size();
  const std::size_t last = std::min(view_->size(), first + work);
  for (std::size_t i = first; i < last; ++i) {
    if (i % kBlock == 0) sums_.push_back(sum_);
    const ItemHash hash = hash_of(key_, (*view_)[i]);
    sum_ += hash;
    strata_.add(hash);
    hashes_.push_back(hash);
  }
  return last - first;
}

Fingerprint KeyedView::below(std::size_t i) const {
  if (i == hashes_.size()) return sum_;
  Fingerprint sum = sums_[i / kBlock];
  for (std::size_t k = i - i % kBlock; k < i; ++k) sum += hashes_[k];
  return sum;
}

Fingerprint KeyedView::fingerprint(std::size_t first, std::size_t last) const {
  WN_CHECK(ready());
  WN_CHECK_LE(first, last);
  Fingerprint sum = below(last);
  return sum -= below(first);
}

}  // namespace wn::sync
