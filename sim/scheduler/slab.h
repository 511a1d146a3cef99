#pragma once
// Slab<T>: numbered places that are reused. The number stays valid until given back; references only until
// the next take(). No allocation once the high-water mark is reached.
#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/base/check.h"

namespace wn::sim {

inline constexpr std::uint32_t kNoSlot = 0xFFFFFFFF;

template <class T>
class Slab {
 public:
  std::uint32_t take(T value) {
    if (free_.empty()) {
      items_.push_back(std::move(value));
      return static_cast<std::uint32_t>(items_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    items_[slot] = std::move(value);
    return slot;
  }
  // A place whose old value is still there, for the caller to fill; and given back, when it was moved from.
  std::uint32_t take() {
    if (free_.empty()) {
      items_.emplace_back();
      return static_cast<std::uint32_t>(items_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void leave(std::uint32_t slot) { free_.push_back(slot); }
  T give_back(std::uint32_t slot) {
    T out = std::move(items_[slot]);
    free_.push_back(slot);
    return out;
  }
  T& operator[](std::uint32_t slot) { return items_[slot]; }
  const T& operator[](std::uint32_t slot) const { return items_[slot]; }
  void prefetch(std::uint32_t slot) const { __builtin_prefetch(items_.data() + slot); }
  std::size_t in_use() const { return items_.size() - free_.size(); }

 private:
  std::vector<T> items_;
  std::vector<std::uint32_t> free_;
};

}  // namespace wn::sim
