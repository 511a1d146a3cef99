#pragma once
// EventQueue: what happens next. Order is (time, order of pushing), so events of one moment run first come,
// first served on every machine.
//
// A 4-ary heap (Johnson 1975; LaMarca & Ladner, "The Influence of Caches on the Performance of Heaps", 1996)
// of 16-byte keys, laid out so that four siblings share a cache line; the payloads stay put in a slab with a
// free list. O(log n), and no allocation once the high-water mark is reached. There is no removal: whoever
// cancels leaves the event to be recognised as stale when it comes up.
//
// Limits: kSlotsMax events waiting; 2^40 pushes in one queue's life.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/time.h"

namespace wn::sim {

template <class Payload>
class EventQueue {
  static_assert(std::is_trivially_copyable_v<Payload>);

 public:
  static constexpr std::uint32_t kSlotBits = 24;
  static constexpr std::uint32_t kSlotsMax = (1U << kSlotBits) - 1;

  EventQueue() { grow(1024); }
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;
  ~EventQueue() { release(keys_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Both REQUIRE !empty().
  SimTime next_time() const { return {static_cast<std::int64_t>(keys_[kRoot].time)}; }

  const Payload& next() const { return payloads_[keys_[kRoot].order & kSlotsMax]; }

  // Calls see(time, order, payload) for everything that waits, in no order that means anything.
  template <class See>
  void for_each(See&& see) const {
    for (std::size_t i = kRoot; i < kRoot + size_; ++i) {
      const Key& key = keys_[i];
      see(SimTime{static_cast<std::int64_t>(key.time)}, key.order >> kSlotBits,
          payloads_[key.order & kSlotsMax]);
    }
  }

  // REQUIRES size() < kSlotsMax and at >= 0.
  void push(SimTime at, const Payload& payload) { push_ranked(at, next_order_++, payload); }
  // As if it had been push number `rank`. REQUIRES that that number is kept free by keep_ranks.
  void push_ranked(SimTime at, std::uint64_t rank, const Payload& payload) {
    WN_CHECK(at.ns >= 0);
    if (size_ == capacity_) grow(capacity_ * 2);
    const Key key{static_cast<std::uint64_t>(at.ns), rank << kSlotBits | take_slot(payload)};
    sift_up(kRoot + size_++, key);
  }
  // Pushes from now on count from `count` at least: the ranks below are for push_ranked.
  void keep_ranks(std::uint64_t count) { next_order_ = std::max(next_order_, count); }

  // REQUIRES !empty().
  Payload pop() {
    const auto slot = static_cast<std::uint32_t>(keys_[kRoot].order & kSlotsMax);
    free_.push_back(slot);
    const Key last = keys_[kRoot + --size_];
    keys_[kRoot + size_] = kNever;
    if (size_ != 0) sift_down(last);
    return payloads_[slot];
  }

 private:
  struct Key {
    std::uint64_t time;
    std::uint64_t order;  // of pushing, then the payload's slot
    friend bool operator<(const Key& a, const Key& b) {
      return a.time < b.time || (a.time == b.time && a.order < b.order);
    }
  };
  static constexpr Key kNever{std::numeric_limits<std::uint64_t>::max(),
                              std::numeric_limits<std::uint64_t>::max()};
  // With the root at 3 the children of i are 4(i-2) .. 4(i-2)+3: one aligned group of 64 bytes.
  static constexpr std::size_t kRoot = 3;
  static constexpr std::align_val_t kLine{64};

  static unsigned __int128 wide(const Key& k) {
    return static_cast<unsigned __int128>(k.time) << 64 | k.order;
  }

  void sift_up(std::size_t hole, const Key& key) {
    while (hole != kRoot) {
      const std::size_t parent = hole / 4 + 2;
      if (!(key < keys_[parent])) break;
      keys_[hole] = keys_[parent];
      hole = parent;
    }
    keys_[hole] = key;
  }

  // The places beyond the last key hold kNever, so the least of four needs no bounds check.
  void sift_down(const Key& key) {
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

  std::uint64_t take_slot(const Payload& payload) {
    if (free_.empty()) {
      WN_CHECK(payloads_.size() < kSlotsMax);
      payloads_.push_back(payload);
      return payloads_.size() - 1;
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    payloads_[slot] = payload;
    return slot;
  }

  void grow(std::size_t capacity) {
    const std::size_t places = (capacity + kRoot + 8) & ~std::size_t{3};
    Key* grown = static_cast<Key*>(::operator new(places * sizeof(Key), kLine));
    std::fill(grown, grown + places, kNever);
    if (keys_ != nullptr) std::copy(keys_, keys_ + kRoot + size_, grown);
    release(keys_);
    keys_ = grown;
    capacity_ = capacity;
    payloads_.reserve(capacity);
    free_.reserve(capacity);
  }
  static void release(Key* keys) { ::operator delete(keys, kLine); }

  Key* keys_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::uint64_t next_order_ = 0;
  std::vector<Payload> payloads_;
  std::vector<std::uint32_t> free_;
};

}  // namespace wn::sim
