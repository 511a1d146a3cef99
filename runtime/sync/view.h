#pragma once
// View: the items that one session is about, and what the session's key makes of them.
//
// A session sees its view and nothing else, so a peer learns of nothing that is not in the view, not even how
// much there is: clip the items to what the peer's capability lets it see before you make the view.
//
// Thread rule: a View may be shared by sessions of one thread; it must outlive them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/sync/item.h"

namespace wn::sync {

// Items in ascending order, each once.
class View {
 public:
  explicit View(std::pmr::memory_resource* memory) : items_(memory) {}
  // Of all `candidates`, those that `visible` says; in any order, repeats count once.
  template <class Visible>
  static View clip(std::span<const ItemId> candidates, Visible&& visible, std::pmr::memory_resource* memory) {
    View view(memory);
    for (const ItemId& item : candidates) {
      if (visible(item)) view.items_.push_back(item);
    }
    view.seal();
    return view;
  }
  static View of(std::span<const ItemId> items, std::pmr::memory_resource* memory) {
    return clip(items, [](const ItemId&) { return true; }, memory);
  }

  std::size_t size() const { return items_.size(); }
  const ItemId& operator[](std::size_t i) const { return items_[i]; }
  std::span<const ItemId> items() const { return items_; }
  bool contains(const ItemId& item) const;
  // How many are less than `bound`.
  std::size_t below(const ItemId& bound) const;

 private:
  void seal();
  std::pmr::vector<ItemId> items_;
};

// Fingerprints of samples of a set, from which two sides guess how much they differ: kGroups independent ones
// of levels, half of a group's items in level 0, a quarter in level 1 … (Flajolet, Martin 1985, PCSA; used on
// differences as in Eppstein et al., "What's the Difference?", SIGCOMM'11). 16 bits each: a guess may be
// wrong.
struct Strata {
  static constexpr std::size_t kGroups = 4;
  static constexpr std::size_t kLevels = 22;
  static constexpr std::size_t kBytes = kGroups * kLevels * 2;
  std::array<std::uint16_t, kGroups * kLevels> sample{};

  constexpr void add(const ItemHash& hash) {
    const std::size_t group = hash.spread >> 62;
    const auto level = static_cast<std::size_t>(std::countr_zero(hash.spread | (1ULL << (kLevels - 1))));
    auto& at = sample[group * kLevels + level];
    at = static_cast<std::uint16_t>(at + (hash.check >> 48));
  }
};
// About how many items are in one of the sets and not in the other; within a factor of two as a rule.
std::uint64_t guess_difference(const Strata& ours, const Strata& theirs);

// A view under a session's key: the hash of each item, and sums that give the fingerprint of any range in a
// bounded number of additions. Made in slices, so that a large view does not hold up the loop.
class KeyedView {
 public:
  KeyedView(const View& view, const SessionKey& key, std::pmr::memory_resource* memory);

  bool ready() const { return hashes_.size() == view_->size(); }
  // Hashes up to `work` items more. Returns how many it did.
  std::size_t prepare(std::size_t work);

  const View& view() const { return *view_; }
  const SessionKey& key() const { return key_; }
  // REQUIRES ready() from here on.
  const ItemHash& hash(std::size_t i) const { return hashes_[i]; }
  // Of the items [first, last).
  Fingerprint fingerprint(std::size_t first, std::size_t last) const;
  Fingerprint total() const { return sum_; }
  const Strata& strata() const { return strata_; }

 private:
  static constexpr std::size_t kBlock = 32;  // items between two sums kept
  Fingerprint below(std::size_t i) const;

  const View* view_;
  SessionKey key_;
  std::pmr::vector<ItemHash> hashes_;
  std::pmr::vector<Fingerprint> sums_;  // sums_[b]: of the first b * kBlock items
  Fingerprint sum_;
  Strata strata_;
};

}  // namespace wn::sync
