#pragma once
// EventHeap: keys of events, the least first. A 4-ary heap (Johnson 1975; LaMarca & Ladner, "The Influence of
// Caches on the Performance of Heaps", 1996), laid out so that four siblings share a cache line. O(log n); no
// allocation once the high-water mark is reached.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>

namespace wn::sim {

struct EventKey {
  std::uint64_t time = 0;
  std::uint64_t order = 0;  // of pushing, then the place of what waits
  friend bool operator<(const EventKey& a, const EventKey& b) {
    return a.time < b.time || (a.time == b.time && a.order < b.order);
  }
};
inline constexpr EventKey kNoEvent{std::numeric_limits<std::uint64_t>::max(),
                                   std::numeric_limits<std::uint64_t>::max()};

class EventHeap {
 public:
  EventHeap() { grow(256); }
  EventHeap(const EventHeap&) = delete;
  EventHeap& operator=(const EventHeap&) = delete;
  ~EventHeap() { release(keys_); }

  bool empty() const { return size_ == 0; }
  const EventKey& first() const { return keys_[kRoot]; }  // kNoEvent when empty
  std::span<const EventKey> keys() const { return {keys_ + kRoot, size_}; }

  void push(const EventKey& key) {
    if (size_ == capacity_) grow(capacity_ * 2);
    sift_up(kRoot + size_++, key);
  }
  // REQUIRES !empty().
  void pop() {
    const EventKey last = keys_[kRoot + --size_];
    keys_[kRoot + size_] = kNoEvent;
    if (size_ != 0) sift_down(last);
  }

 private:
  // With the root at 3 the children of i are 4(i-2) .. 4(i-2)+3: one aligned group of 64 bytes.
  static constexpr std::size_t kRoot = 3;
  static constexpr std::align_val_t kLine{64};

  static unsigned __int128 wide(const EventKey& k) {
    return static_cast<unsigned __int128>(k.time) << 64 | k.order;
  }

  void sift_up(std::size_t hole, const EventKey& key) {
    while (hole != kRoot) {
      const std::size_t parent = hole / 4 + 2;
      if (!(key < keys_[parent])) break;
      keys_[hole] = keys_[parent];
      hole = parent;
    }
    keys_[hole] = key;
  }

  // The places beyond the last key hold kNoEvent, so the least of four needs no bounds check.
  void sift_down(const EventKey& key) {
    const std::size_t end = kRoot + size_;
    std::size_t hole = kRoot;
    for (std::size_t first = 4; first < end; first = 4 * (hole - 2)) {
      const std::size_t left = wide(keys_[first + 1]) < wide(keys_[first]) ? first + 1 : first;
      const std::size_t right = wide(keys_[first + 3]) < wide(keys_[first + 2]) ? first + 3 : first + 2;
      const std::size_t least = wide(keys_[right]) < wide(keys_[left]) ? right : left;
      if (!(keys_[least] < key)) break;
      keys_[hole] = keys_[least];
      hole = least;
    }
    keys_[hole] = key;
  }

  void grow(std::size_t capacity) {
    const std::size_t places = (capacity + kRoot + 8) & ~std::size_t{3};
    EventKey* grown = static_cast<EventKey*>(::operator new(places * sizeof(EventKey), kLine));
    std::fill(grown, grown + places, kNoEvent);
    if (keys_ != nullptr) std::copy(keys_, keys_ + kRoot + size_, grown);
    release(keys_);
    keys_ = grown;
    capacity_ = capacity;
  }
  static void release(EventKey* keys) { ::operator delete(keys, kLine); }

  EventKey* keys_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace wn::sim
