#include "runtime/memory/runs.h"

#include <algorithm>
#include <bit>

#include "runtime/base/check.h"

namespace wn::memory {

RunPool::RunPool(Entry* entries, std::uint32_t pages) : entries_(entries), pages_(pages) {
  heads_.fill(kNoPage);
  std::fill_n(entries_, pages_, Entry{});
  // From the end, so that the lowest pages are taken first.
  std::uint32_t end = pages_;
  while (end > 0) {
    const auto order =
        std::min<std::uint32_t>(static_cast<std::uint32_t>(std::countr_zero(end)), kRunOrderMax);
    end -= 1U << order;
    push(end, order);
  }
  free_pages_ = pages_;
}

void RunPool::push(std::uint32_t page, std::uint32_t order) {
  entries_[page] = {
      .next = heads_[order], .previous = kNoPage, .order = static_cast<std::uint8_t>(order), .free = true};
  if (heads_[order] != kNoPage) entries_[heads_[order]].previous = page;
  heads_[order] = page;
  ++counts_[order];
  occupied_ |= 1U << order;
}

void RunPool::unlink(std::uint32_t page) {
  Entry& entry = entries_[page];
  WN_CHECK(entry.free);
  if (entry.next != kNoPage) entries_[entry.next].previous = entry.previous;
  if (entry.previous != kNoPage) entries_[entry.previous].next = entry.next;
  if (heads_[entry.order] == page) heads_[entry.order] = entry.next;
  if (--counts_[entry.order] == 0) occupied_ &= ~(1U << entry.order);
  entry.free = false;
}

std::uint32_t RunPool::take(std::uint32_t order) {
  if (!can_take(order)) return kNoPage;
  auto from = order + static_cast<std::uint32_t>(std::countr_zero(occupied_ >> order));
  const std::uint32_t page = heads_[from];
  unlink(page);
  while (from > order) {
    --from;
    push(page + (1U << from), from);
  }
  entries_[page].order = static_cast<std::uint8_t>(order);
  free_pages_ -= 1U << order;
  return page;
}

void RunPool::give(std::uint32_t page, std::uint32_t order) {
  WN_CHECK(order <= kRunOrderMax && page < pages_ && page % (1U << order) == 0);
  WN_CHECK(!entries_[page].free && entries_[page].order == order);
  free_pages_ += 1U << order;
  while (order < kRunOrderMax) {
    const std::uint32_t buddy = page ^ (1U << order);
    if (buddy >= pages_ || !entries_[buddy].free || entries_[buddy].order != order) break;
    unlink(buddy);
    page = std::min(page, buddy);
    ++order;
  }
  push(page, order);
}

std::uint64_t RunPool::runs_left(std::uint32_t order) const {
  std::uint64_t runs = 0;
  for (std::uint32_t o = order; o <= kRunOrderMax; ++o) runs += std::uint64_t{counts_[o]} << (o - order);
  return runs;
}

}  // namespace wn::memory
