#pragma once
// LogShape: which indices the log holds and in which terms, without the entries. The writer and the reader of
// the log both go by it, so that what is replayed is what was meant.
#include <algorithm>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/ids.h"

namespace wn::store {

class LogShape {
 public:
  LogShape() = default;
  LogShape(LogIndex base, Term base_term) : base_(base), base_term_(base_term), last_(base) {}

  LogIndex base() const { return base_; }  // the log holds (base, last]
  Term base_term() const { return base_term_; }
  LogIndex last() const { return last_; }
  Term last_term() const { return runs_.empty() ? base_term_ : runs_.back().term; }
  // Term 0 when the log cannot tell.
  Term term_of(LogIndex index) const {
    if (index == base_) return base_term_;
    if (index < base_ || index > last_) return Term{};
    auto after = std::upper_bound(runs_.begin(), runs_.end(), index,
                                  [](LogIndex i, const Run& run) { return i < run.first; });
    return std::prev(after)->term;
  }
  // REQUIRES index == last().next().
  void append(LogIndex index, Term term) {
    WN_CHECK_EQ(index, last_.next());
    if (runs_.empty() || runs_.back().term != term) runs_.push_back({index, term});
    last_ = index;
  }
  // Drops entries >= from. Cutting below the base leaves an empty log of unknown term.
  void truncate(LogIndex from) {
    if (from > last_) return;
    last_ = from.prev();
    while (!runs_.empty() && runs_.back().first >= from) runs_.pop_back();
    if (last_ < base_) {
      base_ = last_;
      base_term_ = Term{};
    }
  }
  // Resets to a snapshot's end; what follows it is kept if the log holds that very entry ([raft] section 7).
  // True when it was kept.
  bool rebase(LogIndex index, Term term) {
    const bool keep = index >= base_ && index <= last_ && term_of(index) == term;
    if (!keep) {
      *this = LogShape(index, term);
      return false;
    }
    forget_to(index);
    return true;
  }
  // Moves the base up. REQUIRES base() <= index <= last().
  void forget_to(LogIndex index) {
    const Term term = term_of(index);
    std::size_t gone = 0;
    while (gone + 1 < runs_.size() && runs_[gone + 1].first <= index.next()) ++gone;
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(gone));
    if (index == last_) runs_.clear();
    base_ = index;
    base_term_ = term;
  }

 private:
  struct Run {
    LogIndex first;
    Term term;
  };
  LogIndex base_;
  Term base_term_;
  LogIndex last_;
  std::vector<Run> runs_;
};

}  // namespace wn::store
