#pragma once
// Log: the part of the Raft log that is held in memory, as one contiguous window, so that spans of entries
// can be handed out without copying. Invariants: entries are base_index() + 1 … last_index() without gaps;
// terms never decrease. Units: indices and terms. Costs: append, compact and truncate are O(1) amortised per
// entry, look-ups O(1). Spans and references stay valid until the next non-const call. Thread rule: one
// thread. Source: [raft] section 5.3, section 7 (lastIncludedIndex and lastIncludedTerm are base_index and
// base_term).
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/raft/types.h"

namespace wn::raft {

class Log {
 public:
  // Forgets everything; the next entry is base + 1.
  void reset(LogIndex base, Term base_term);

  LogIndex base_index() const { return base_; }
  Term base_term() const { return base_term_; }
  LogIndex first_index() const { return base_.next(); }
  LogIndex last_index() const { return base_ + size(); }
  Term last_term() const { return size() == 0 ? base_term_ : entries_.back().term; }
  std::uint64_t size() const { return entries_.size() - head_; }

  // Is the term at this index known (the index is base_index() or in the window)?
  bool knows(LogIndex index) const { return index >= base_ && index <= last_index(); }
  // REQUIRES knows(index).
  Term term_at(LogIndex index) const;
  // REQUIRES first_index() <= index <= last_index().
  const Entry& at(LogIndex index) const;
  // Entries [first, last]. REQUIRES both in the window, or last = first - 1 (an empty span).
  std::span<const Entry> span(LogIndex first, LogIndex last) const;
  // The largest index <= limit, but not below base_index(), whose term is at most `term`; base_index() if
  // none.
  LogIndex last_with_term_at_most(LogIndex limit, Term term) const;

  // REQUIRES entry.index = last_index() + 1 and entry.term >= last_term().
  void append(const Entry& entry);
  // Drops entries >= index. REQUIRES index > base_index().
  void truncate_from(LogIndex index);
  // Drops entries <= index. REQUIRES knows(index).
  void compact_to(LogIndex index);

 private:
  std::vector<Entry> entries_;  // the first head_ of them are compacted and empty
  std::size_t head_ = 0;
  LogIndex base_;
  Term base_term_;
};

}  // namespace wn::raft
