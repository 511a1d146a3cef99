#pragma once
// FailedConfigurations: the memory of the search. A set of (event, state, mask, info counts) with dominance:
// a configuration is known to fail when one with the same event, state and mask and no larger counts failed.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace wn::checkers {

struct OpenMask {
  std::uint64_t low = 0, high = 0;
  bool test(std::uint32_t i) const { return ((i < 64 ? low >> i : high >> (i - 64)) & 1) != 0; }
  void set(std::uint32_t i) { (i < 64 ? low : high) |= 1ULL << (i & 63); }
  void clear(std::uint32_t i) { (i < 64 ? low : high) &= ~(1ULL << (i & 63)); }
  friend bool operator==(const OpenMask&, const OpenMask&) = default;
};

class FailedConfigurations {
 public:
  explicit FailedConfigurations(std::size_t counts) : counts_(counts), table_(1024, kFree) {}

  // False when it is known to fail; else it is remembered, as the search will either succeed or fail from it.
  bool enter(std::uint32_t event, std::uint32_t state, const OpenMask& mask,
             std::span<const std::uint16_t> used) {
    const std::uint64_t bits = table_.size() - 1;
    std::uint64_t slot = hash(event, state, mask) & bits;
    std::uint32_t before = kFree;
    for (; table_[slot] != kFree; slot = (slot + 1) & bits) {
      const Item& item = items_[table_[slot]];
      if (item.event == event && item.state == state && item.mask == mask) {
        if (dominated(table_[slot], used)) return false;
        before = table_[slot];
        break;
      }
    }
    const auto id = static_cast<std::uint32_t>(items_.size());
    items_.push_back({mask, event, state, before});
    used_.insert(used_.end(), used.begin(), used.end());
    table_[slot] = id;
    if (before == kFree && ++heads_ * 2 > table_.size()) grow();
    return true;
  }
  std::uint64_t bytes() const {
    return items_.capacity() * sizeof(Item) + table_.capacity() * 4 +
           used_.capacity() * sizeof(std::uint16_t);
  }

 private:
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;
  struct Item {
    OpenMask mask;
    std::uint32_t event, state, next;
  };
  static std::uint64_t hash(std::uint32_t event, std::uint32_t state, const OpenMask& mask) {
    std::uint64_t h = (std::uint64_t{event} << 32 | state) * 0x9E3779B97F4A7C15ULL;
    h = (h ^ (h >> 29) ^ mask.low) * 0xBF58476D1CE4E5B9ULL;
    h = (h ^ (h >> 32) ^ mask.high) * 0x94D049BB133111EBULL;
    return h ^ (h >> 31);
  }
  bool dominated(std::uint32_t id, std::span<const std::uint16_t> used) const {
    for (; id != kFree; id = items_[id].next) {
      const std::uint16_t* known = used_.data() + std::size_t{id} * counts_;
      if (std::equal(used.begin(), used.end(), known,
                     [](auto mine, auto theirs) { return theirs <= mine; })) {
        return true;
      }
    }
    return false;
  }
  void grow() {
    std::vector<std::uint32_t> wider(table_.size() * 2, kFree);
    const std::uint64_t bits = wider.size() - 1;
    for (const std::uint32_t id : table_) {
      if (id == kFree) continue;
      std::uint64_t slot = hash(items_[id].event, items_[id].state, items_[id].mask) & bits;
      while (wider[slot] != kFree) slot = (slot + 1) & bits;
      wider[slot] = id;
    }
    table_ = std::move(wider);
  }

  std::size_t counts_;
  std::uint64_t heads_ = 0;
  std::vector<Item> items_;
  std::vector<std::uint16_t> used_;   // counts_ numbers an item
  std::vector<std::uint32_t> table_;  // head of the list of equal keys
};

}  // namespace wn::checkers
