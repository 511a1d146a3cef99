#pragma once
// BoundedVector<T, N>: at most N trivially copyable values in place; no heap. push_back at the limit is our
// bug (WN_CHECK): callers test full() and refuse first.
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include "runtime/base/check.h"

namespace wn {

template <class T, std::size_t N>
class BoundedVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  constexpr BoundedVector() = default;
  constexpr BoundedVector(std::initializer_list<T> items) {
    for (const T& item : items) push_back(item);
  }
  static constexpr std::size_t capacity() { return N; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr bool full() const { return size_ == N; }
  constexpr void clear() { size_ = 0; }
  constexpr void push_back(const T& item) {
    WN_CHECK(size_ < N);
    items_[size_++] = item;
  }
  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr T& operator[](std::size_t i) { return items_[i]; }
  constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  constexpr std::span<const T> span() const { return {items_.data(), size_}; }
  constexpr bool contains(const T& item) const { return std::find(begin(), end(), item) != end(); }

  // Sorted-set use: keeps ascending order, ignores duplicates. False when full.
  constexpr bool insert_sorted(const T& item) {
    T* at = std::lower_bound(begin(), end(), item);
    if (at != end() && *at == item) return true;
    if (full()) return false;
    std::copy_backward(at, end(), end() + 1);
    *at = item;
    ++size_;
    return true;
  }
  constexpr void erase(const T& item) {
    size_ = static_cast<std::size_t>(std::remove(begin(), end(), item) - begin());
  }

  friend constexpr bool operator==(const BoundedVector& a, const BoundedVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

}  // namespace wn
