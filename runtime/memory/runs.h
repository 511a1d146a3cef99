#pragma once
// RunPool: which pages are free. Hands out runs of 2^order pages, aligned to their length, and joins what
// comes back with its buddy. O(kRunOrderMax) each way; deterministic: the last run that came back goes out
// first. It knows page numbers only and never touches the pages. Thread rule: one thread. Source: Knuth,
// TAOCP 1, section 2.5, the buddy system.
#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/memory/size_classes.h"

namespace wn::memory {

inline constexpr std::uint32_t kNoPage = ~0U;

class RunPool {
 public:
  struct Entry {  // one for each page, in memory of the owner's
    std::uint32_t next = kNoPage;
    std::uint32_t previous = kNoPage;
    std::uint8_t order = 0;
    bool free = false;  // the first page of a free run
  };
  RunPool() = default;
  // All pages free. REQUIRES `entries` to hold `pages` of them for the pool's life.
  RunPool(Entry* entries, std::uint32_t pages);

  // The first page of the run, or kNoPage.
  std::uint32_t take(std::uint32_t order);
  // REQUIRES a run that take(order) gave and that did not come back.
  void give(std::uint32_t page, std::uint32_t order);

  bool can_take(std::uint32_t order) const { return order <= kRunOrderMax && (occupied_ >> order) != 0; }
  std::uint32_t pages() const { return pages_; }
  std::uint32_t free_pages() const { return free_pages_; }
  // Runs of this order that could be taken one after another.
  std::uint64_t runs_left(std::uint32_t order) const;

 private:
  void push(std::uint32_t page, std::uint32_t order);
  void unlink(std::uint32_t page);

  Entry* entries_ = nullptr;
  std::uint32_t pages_ = 0;
  std::uint32_t free_pages_ = 0;
  std::uint32_t occupied_ = 0;  // bit o: a free run of order o exists
  std::array<std::uint32_t, kRunOrderMax + 1> heads_{};
  std::array<std::uint32_t, kRunOrderMax + 1> counts_{};
};

}  // namespace wn::memory
