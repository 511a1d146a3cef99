// Causal: T3 has to know, of each session, the last transaction before T3 (in so and wr) that writes x.
// Vector clocks; of each session that writes x one place in the list of its writers of x, which only moves
// forward while a reader's session is walked. O(n * k) for n operations and k sessions that write.
#include <algorithm>
#include <vector>

#include "checkers/levels/inference.h"

namespace wn::checkers::levels {

InferenceResult infer_causal(const UniqueHistory& unique, const LevelRules& rules, const Budget& budget,
                             InferredSink& sink);

namespace {

constexpr std::uint32_t kAskEvery = 1U << 12;
using Clock = std::uint32_t*;  // of each column, how many of its session's transactions are known

class CausalInferrer {
 public:
  CausalInferrer(const UniqueHistory& unique, const LevelRules& rules, const Budget& budget,
                 InferredSink& sink)
      : unique_(unique), rules_(rules), budget_(budget), sink_(sink) {}

  InferenceResult run() {
    columns();
    if ((static_cast<std::uint64_t>(rows_) + unique_.sessions()) * width_ * sizeof(std::uint32_t) >
        budget_.bytes)
      return {Inference::too_large, kNoTxn32};
    if (!clocks()) return {Inference::cycle, kNoTxn32};
    writers();
    for (std::uint32_t s = 0; s < unique_.sessions(); ++s) {
      const InferenceResult r = session(s);
      if (r.kind != Inference::done) return r;
    }
    return {};
  }

 private:
  static constexpr std::uint32_t kNoColumn = kNoTxn32;
  // The list of one session's writers of one key.
  struct Writers {
    std::uint32_t column = 0, begin = 0, end = 0;
  };

  void columns() {
    column_.assign(unique_.sessions(), kNoColumn);
    row_.assign(unique_.size(), kNoTxn32);
    for (std::uint32_t t = 0; t < unique_.size(); ++t) {
      if (unique_.writes(t).empty()) continue;
      row_[t] = rows_++;
      std::uint32_t& column = column_[unique_.txns[t].session];
      if (column == kNoColumn) column = width_++;
    }
  }
  Clock row(std::uint32_t t) { return cells_.data() + std::size_t{row_[t]} * width_; }
  std::uint32_t known(std::uint32_t t) const { return unique_.txns[t].index + 1; }

  // Joins what the sources of its reads know.
  void join(Clock clock, std::uint32_t t) {
    for (const auto [key, source] : unique_.reads(t)) {
      if (source == kInitialTxn) continue;
      const std::uint32_t column = column_[unique_.txns[source].session];
      // Who knows the source knows all that it knows.
      if (clock[column] >= known(source)) continue;
      const Clock other = row(source);
      if (!rules_.transitive) {
        clock[column] = known(source);
        continue;
      }
      for (std::uint32_t c = 0; c < width_; ++c) clock[c] = std::max(clock[c], other[c]);
    }
  }
  // A session that hangs on another's transaction begins with what that one knew: an info transaction.
  // It reads nothing, so only its own row matters.
  bool clocks() {
    cells_.assign(std::size_t{rows_} * width_, 0);
    std::vector<std::uint32_t> running(std::size_t{unique_.sessions()} * width_, 0);
    const KnownPreds preds{unique_};
    Ordering ordering(preds);
    return ordering.run([&](std::uint32_t t) {
      const UniqueTxn& txn = unique_.txns[t];
      const Clock clock = running.data() + std::size_t{txn.session} * width_;
      if (txn.previous != kNoTxn32 && unique_.txns[txn.previous].session != txn.session) {
        // What the other session knew when it had completed `previous`, or somewhat more: it may have gone on
        // in this walk. So from the row, or from its reads.
        inherit(clock, txn.previous);
      }
      join(clock, t);
      const std::uint32_t column = column_[txn.session];
      if (column != kNoColumn) clock[column] = known(t);
      if (row_[t] != kNoTxn32) std::copy_n(clock, width_, row(t));
    });
  }
  void inherit(Clock clock, std::uint32_t t) {
    for (; t != kNoTxn32; t = unique_.txns[t].previous) {
      if (row_[t] != kNoTxn32) {
        const Clock other = row(t);
        for (std::uint32_t c = 0; c < width_; ++c) clock[c] = std::max(clock[c], other[c]);
        return;
      }
      join(clock, t);
    }
  }

  void writers() {
    std::vector<std::uint32_t> at(unique_.keys.size() + 1, 0);
    for (const std::uint32_t key : unique_.all_writes) ++at[key + 1];
    for (std::size_t k = 1; k < at.size(); ++k) at[k] += at[k - 1];
    writers_.resize(unique_.all_writes.size());
    std::vector<std::vector<Writers>> lists(unique_.keys.size());
    for (const std::uint32_t t : unique_.of_session) {
      const std::uint32_t column = column_[unique_.txns[t].session];
      for (const std::uint32_t key : unique_.writes(t)) {
        const std::uint32_t place = at[key]++;
        writers_[place] = t;
        std::vector<Writers>& list = lists[key];
        if (list.empty() || list.back().column != column)
          list.push_back({.column = column, .begin = place, .end = place});
        ++list.back().end;
      }
    }
    first_list_.reserve(lists.size() + 1);
    for (const std::vector<Writers>& list : lists) {
      first_list_.push_back(static_cast<std::uint32_t>(lists_.size()));
      lists_.insert(lists_.end(), list.begin(), list.end());
    }
    first_list_.push_back(static_cast<std::uint32_t>(lists_.size()));
    place_.resize(lists_.size());
  }

  InferenceResult session(std::uint32_t s) {
    for (std::size_t i = 0; i < lists_.size(); ++i) place_[i] = lists_[i].begin;
    std::vector<std::uint32_t> running(width_, 0);
    for (const std::uint32_t t : unique_.session(s)) {
      if (++asked_ % kAskEvery == 0 && budget_.stopped()) return {Inference::time_up, t};
      join(running.data(), t);
      for (const auto [key, source] : unique_.reads(t)) {
        if (!read(running.data(), t, key, source)) return {Inference::stopped, t};
      }
      if (column_[s] != kNoColumn) running[column_[s]] = known(t);
    }
    return {};
  }
  bool read(const std::uint32_t* clock, std::uint32_t t, std::uint32_t key, std::uint32_t source) {
    const std::uint32_t* source_clock = source == kInitialTxn ? nullptr : row(source);
    for (std::uint32_t i = first_list_[key]; i < first_list_[key + 1]; ++i) {
      const Writers& list = lists_[i];
      std::uint32_t& place = place_[i];
      while (place < list.end && known(writers_[place]) <= clock[list.column]) ++place;
      if (place == list.begin) continue;
      const std::uint32_t last = writers_[place - 1];
      if (last == source || (source == kInitialTxn && !rules_.initial)) continue;
      if (source_clock != nullptr && rules_.known_order && source_clock[list.column] >= known(last)) continue;
      if (!sink_.take({.from = last, .to = source, .reader = t, .key = key})) return false;
    }
    return true;
  }

  const UniqueHistory& unique_;
  const LevelRules& rules_;
  const Budget& budget_;
  InferredSink& sink_;
  std::vector<std::uint32_t> column_, row_, cells_;
  std::uint32_t width_ = 0, rows_ = 0, asked_ = 0;
  std::vector<std::uint32_t> writers_, first_list_, place_;
  std::vector<Writers> lists_;
};

}  // namespace

InferenceResult infer_causal(const UniqueHistory& unique, const LevelRules& rules, const Budget& budget,
                             InferredSink& sink) {
  return CausalInferrer(unique, rules, budget, sink).run();
}

}  // namespace wn::checkers::levels
