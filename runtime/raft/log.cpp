#include "runtime/raft/log.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::raft {

namespace {
// Below this many compacted entries the window is not moved to the front of its memory.
constexpr std::size_t kHeadEntriesMin = 64;
}  // namespace

void Log::reset(LogIndex base, Term base_term) {
  entries_.clear();
  head_ = 0;
  base_ = base;
  base_term_ = base_term;
}

Term Log::term_at(LogIndex index) const {
  if (index == base_) return base_term_;
  return at(index).term;
}

const Entry& Log::at(LogIndex index) const {
  WN_CHECK_GT(index, base_);
  const std::uint64_t offset = head_ + (index - base_) - 1;
  WN_CHECK_LT(offset, entries_.size());
  return entries_[offset];
}

std::span<const Entry> Log::span(LogIndex first, LogIndex last) const {
  if (last < first) return {};
  WN_CHECK_GT(first, base_);
  WN_CHECK_LE(last, last_index());
  return {entries_.data() + head_ + (first - base_) - 1, last - first + 1};
}

LogIndex Log::last_with_term_at_most(LogIndex limit, Term term) const {
  if (limit <= base_) return base_;
  const LogIndex last = std::min(limit, last_index());
  const auto window = span(first_index(), last);
  const auto end =
      std::ranges::partition_point(window, [&](const Entry& entry) { return entry.term <= term; });
  return base_ + static_cast<std::uint64_t>(end - window.begin());
}

void Log::append(const Entry& entry) {
  WN_CHECK_EQ(entry.index, last_index().next());
  WN_CHECK_GE(entry.term, last_term());
  entries_.push_back(entry);
}

void Log::truncate_from(LogIndex index) {
  WN_CHECK_GT(index, base_);
  if (index > last_index()) return;
  entries_.resize(head_ + (index - base_) - 1);
}

void Log::compact_to(LogIndex index) {
  const Term term = term_at(index);
  const std::size_t new_head = head_ + (index - base_);
  // The payloads are released at once; their slots wait until half of the memory is unused.
  for (std::size_t i = head_; i < new_head; ++i) entries_[i] = Entry{};
  head_ = new_head;
  base_ = index;
  base_term_ = term;
  if (head_ >= kHeadEntriesMin && head_ >= entries_.size() - head_) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

}  // namespace wn::raft
