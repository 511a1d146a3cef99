#pragma once
// EventQueue: what happens next. Order is (time, order of pushing), so events of one moment run first come,
// first served on every machine.
//
// What is near lies in a wheel of kBuckets lists, each of kBucketWidth of simulated time (Varghese & Lauck,
// SOSP '87; a calendar queue, Brown, CACM 1988): pushing links a node into a list, and a list is sorted only
// when its time comes, which costs nearly nothing where few events share 8 us. What is far, or too many to
// sort in, waits in a 4-ary heap (event_heap.h) and is taken from there when it is its turn: the earlier of
// the wheel's first and the heap's first is next, so where an event lies changes no order. No allocation once
// the high-water mark is reached. There is no removal: whoever cancels leaves the event to be recognised as
// stale when it comes up.
//
// Limits: kSlotsMax events waiting; 2^40 pushes in one queue's life.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/time.h"
#include "sim/scheduler/event_heap.h"

namespace wn::sim {

template <class Payload>
class EventQueue {
  static_assert(std::is_trivially_copyable_v<Payload>);

 public:
  static constexpr std::uint32_t kSlotBits = 24;
  static constexpr std::uint32_t kSlotsMax = (1U << kSlotBits) - 1;

  EventQueue() {
    heads_.fill(kNil);
    nodes_.reserve(1024);
    ready_.reserve(256);
  }
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Both REQUIRE !empty().
  SimTime next_time() const { return {static_cast<std::int64_t>(first_.time)}; }
  const Payload& next() const { return nodes_[first_.order & kSlotsMax].payload; }

  // Calls see(time, order, payload) for everything that waits, in no order that means anything.
  template <class See>
  void for_each(See&& see) const {
    const auto tell = [&](const EventKey& key) {
      see(SimTime{static_cast<std::int64_t>(key.time)}, key.order >> kSlotBits,
          nodes_[key.order & kSlotsMax].payload);
    };
    for (const EventKey& key : far_.keys()) tell(key);
    for (const EventKey& key : ready_) tell(key);
    for (std::uint32_t slot : heads_) {
      for (; slot != kNil; slot = nodes_[slot].next) tell(nodes_[slot].key);
    }
  }

  // REQUIRES size() < kSlotsMax and at >= 0.
  void push(SimTime at, const Payload& payload) { push_ranked(at, next_order_++, payload); }
  // As if it had been push number `rank`. REQUIRES that that number is kept free by keep_ranks.
  void push_ranked(SimTime at, std::uint64_t rank, const Payload& payload) {
    WN_CHECK(at.ns >= 0);
    const std::uint32_t slot = take_slot();
    Node& node = nodes_[slot];
    node.key = {static_cast<std::uint64_t>(at.ns), rank << kSlotBits | slot};
    node.payload = payload;
    ++size_;
    const EventKey key = node.key;
    const std::uint64_t bucket = bucket_of(key);
    if (bucket > opened_ && bucket - opened_ < kBuckets) {
      link(bucket & (kBuckets - 1), slot);
    } else if (bucket > opened_ || !insert_ready(key)) {
      far_.push(key);
    }
    if (key < first_) find_first();
  }
  // Pushes from now on count from `count` at least: the ranks below are for push_ranked.
  void keep_ranks(std::uint64_t count) { next_order_ = std::max(next_order_, count); }

  // REQUIRES !empty().
  Payload pop() {
    const auto slot = static_cast<std::uint32_t>(first_.order & kSlotsMax);
    if (!ready_.empty() && ready_.back().order == first_.order) {
      ready_.pop_back();
    } else {
      far_.pop();
      // The lists before it are empty: the wheel's window moves along.
      if (ready_.empty() && bucket_of(first_) > opened_) opened_ = bucket_of(first_) - 1;
    }
    --size_;
    Node& node = nodes_[slot];
    node.next = free_;
    free_ = slot;
    find_first();
    return nodes_[slot].payload;
  }

 private:
  static constexpr std::uint32_t kNil = 0xFFFFFFFF;
  static constexpr unsigned kWidthBits = 13;  // a bucket is 8.2 us wide, the wheel reaches over 34 ms
  static constexpr std::size_t kBuckets = 4096;
  static constexpr std::size_t kWords = kBuckets / 64;
  static_assert(kWords == 64, "one word tells which of the others are not zero");
  static constexpr std::size_t kMovesMax = 64;  // of what is sorted, for one that comes late

  struct Node {
    EventKey key;
    Payload payload;
    std::uint32_t next;
  };

  static std::uint64_t bucket_of(const EventKey& key) { return key.time >> kWidthBits; }

  void link(std::size_t place, std::uint32_t slot) {
    nodes_[slot].next = heads_[place];
    heads_[place] = slot;
    occupied_[place / 64] |= 1ULL << (place % 64);
    words_ |= 1ULL << (place / 64);
  }

  // `ready_` is sorted, the earliest last. False: it would be a long way in.
  bool insert_ready(const EventKey& key) {
    std::size_t at = ready_.size();
    const std::size_t least = at > kMovesMax ? at - kMovesMax : 0;
    while (at > least && ready_[at - 1] < key) --at;
    if (at == least && least != 0) return false;
    ready_.insert(ready_.begin() + static_cast<std::ptrdiff_t>(at), key);
    return true;
  }

  // The next list that is not empty, as the number of its bucket; REQUIRES that there is one. Without
  // branches: where it lies is as good as random.
  std::uint64_t next_bucket() const {
    const std::size_t from = (opened_ + 1) & (kBuckets - 1);
    const std::size_t word = from / 64;
    const std::uint64_t here = occupied_[word] >> (from % 64) << (from % 64);
    const std::uint64_t later = words_ & ~(~0ULL >> (63 - word));
    const auto other = static_cast<std::size_t>(std::countr_zero(later != 0 ? later : words_));
    const std::size_t at = here != 0 ? word : other;
    const std::uint64_t bits = here != 0 ? here : occupied_[other];
    const std::size_t place = at * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    return opened_ + 1 + ((place - from) & (kBuckets - 1));
  }

  // REQUIRES that nothing is ready.
  void open(std::uint64_t bucket) {
    opened_ = bucket;
    const std::size_t place = bucket & (kBuckets - 1);
    std::uint32_t slot = std::exchange(heads_[place], kNil);
    occupied_[place / 64] &= ~(1ULL << (place % 64));
    words_ &= ~(std::uint64_t{occupied_[place / 64] == 0} << (place / 64));
    ready_.push_back(nodes_[slot].key);
    slot = nodes_[slot].next;
    if (slot == kNil) return;
    for (; slot != kNil; slot = nodes_[slot].next) ready_.push_back(nodes_[slot].key);
    const auto later = [](const EventKey& a, const EventKey& b) { return b < a; };
    if (ready_.size() > 2) {
      std::sort(ready_.begin(), ready_.end(), later);
    } else if (ready_[0] < ready_[1]) {
      std::swap(ready_[0], ready_[1]);
    }
  }

  void find_first() {
    if (ready_.empty() && words_ != 0) {
      const std::uint64_t bucket = next_bucket();
      if (bucket <= bucket_of(far_.first())) open(bucket);
    }
    first_ = far_.first();
    if (!ready_.empty() && ready_.back() < first_) first_ = ready_.back();
  }

  std::uint32_t take_slot() {
    if (free_ == kNil) {
      WN_CHECK(nodes_.size() < kSlotsMax);
      nodes_.emplace_back();
      return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    return std::exchange(free_, nodes_[free_].next);
  }

  EventKey first_ = kNoEvent;
  std::size_t size_ = 0;
  std::uint64_t next_order_ = 0;
  std::uint64_t opened_ = 0;  // no list at or before it has anything
  std::uint64_t words_ = 0;   // which of occupied_ are not zero
  std::uint32_t free_ = kNil;
  std::vector<Node> nodes_;
  std::vector<EventKey> ready_;
  EventHeap far_;
  std::array<std::uint64_t, kWords> occupied_{};
  std::array<std::uint32_t, kBuckets> heads_;
};

}  // namespace wn::sim
