#pragma once
// Chunks: items one behind the other in blocks that never move, so that growing needs no second copy. What is
// appended together stays together. Blocks may be given back one by one, from the front.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/check.h"

namespace wn::exhaustive {

template <class T>
class Chunks {
 public:
  static constexpr std::size_t kItems = std::size_t{1} << 17;  // of a block; at most so many together

  // Where it is.
  std::uint64_t append(std::span<const T> items) {
    WN_CHECK_LE(items.size(), kItems);
    if (blocks_.empty() || blocks_.back().size() + items.size() > kItems) {
      blocks_.emplace_back().reserve(kItems);
      ++held_;
    }
    std::vector<T>& last = blocks_.back();
    const std::uint64_t at = (blocks_.size() - 1) * kItems + last.size();
    last.insert(last.end(), items.begin(), items.end());
    return at;
  }
  std::span<const T> at(std::uint64_t where, std::size_t count) const {
    return {blocks_[where / kItems].data() + where % kItems, count};
  }
  const T& operator[](std::uint64_t where) const { return blocks_[where / kItems][where % kItems]; }
  std::size_t blocks() const { return blocks_.size(); }
  std::span<const T> block(std::size_t i) const { return blocks_[i]; }
  void give_back(std::size_t i) {
    if (blocks_[i].capacity() != 0) --held_;
    blocks_[i] = {};
  }
  // The last `count` items, which were appended together, are no more.
  void drop_last(std::size_t count) {
    std::vector<T>& last = blocks_.back();
    last.resize(last.size() - count);
    if (!last.empty()) return;
    blocks_.pop_back();
    --held_;
  }
  bool empty() const { return blocks_.empty(); }
  const T& back() const { return blocks_.back().back(); }
  std::uint64_t end() const {
    return blocks_.empty() ? 0 : (blocks_.size() - 1) * kItems + blocks_.back().size();
  }
  void clear() {
    blocks_.clear();
    held_ = 0;
  }
  std::uint64_t bytes() const { return held_ * kItems * sizeof(T); }

 private:
  std::vector<std::vector<T>> blocks_;
  std::uint64_t held_ = 0;
};

}  // namespace wn::exhaustive
