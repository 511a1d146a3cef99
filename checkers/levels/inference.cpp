#include "checkers/levels/inference.h"

#include <algorithm>
#include <vector>

namespace wn::checkers::levels {

InferenceResult infer_causal(const UniqueHistory& unique, const LevelRules& rules, const Budget& budget,
                             InferredSink& sink);

namespace {

constexpr std::uint32_t kAskEvery = 1U << 14;

// For each key, something that holds within one transaction only.
class PerKey {
 public:
  explicit PerKey(std::size_t keys) : slots_(keys) {}
  void set(std::uint32_t key, std::uint32_t stamp, std::uint32_t value) { slots_[key] = {stamp, value}; }
  // kNoTxn32: not set under this stamp.
  std::uint32_t get(std::uint32_t key, std::uint32_t stamp) const {
    return slots_[key].stamp == stamp ? slots_[key].value : kNoTxn32;
  }

 private:
  struct Slot {
    std::uint32_t stamp = kNoTxn32, value = kNoTxn32;
  };
  std::vector<Slot> slots_;
};

// Tells the keys that `writer` writes and that are among `read` (distinct) by the smaller of both sets: this
// is what makes it O(n^1.5) in all. A transaction of r reads meets at most r writers, so the small readers
// (r <= sqrt n) cost at most r * r each; of the large ones there are at most sqrt n, each of which meets
// every write of the history once at most (AWDIT, section 3). F: bool(key).
template <class F>
bool common_keys(const UniqueHistory& unique, std::uint32_t writer, const std::vector<std::uint32_t>& read,
                 F f) {
  const auto writes = unique.writes(writer);
  if (writes.size() <= read.size()) {
    for (const std::uint32_t key : writes) {
      if (!f(key)) return false;
    }
    return true;
  }
  for (const std::uint32_t key : read) {
    if (std::ranges::binary_search(writes, key) && !f(key)) return false;
  }
  return true;
}

class Inferrer {
 public:
  Inferrer(const UniqueHistory& unique, const LevelRules& rules, InferredSink& sink)
      : unique_(unique),
        rules_(rules),
        sink_(sink),
        by_key_(unique.keys.size()),
        writer_in_session_(unique.keys.size()),
        met_(unique.size(), kNoTxn32) {}

  // Backwards over the reads, so that `by_key_` holds what each key is read from next. Whoever T3 had read
  // from before that read (first: at the earliest place, which implies the later ones) is before its source.
  // The reads of one key after that follow by the chain.
  bool read_committed(std::uint32_t t) {
    const auto reads = unique_.reads(t);
    if (reads.size() < 2) return true;
    first_.assign(reads.size(), false);
    for (std::size_t i = 0; i < reads.size(); ++i) {
      const std::uint32_t s = reads[i].source;
      if (s == kInitialTxn || met_[s] == t) continue;
      met_[s] = t;
      first_[i] = true;
    }
    keys_.clear();
    for (std::size_t i = reads.size(); i-- > 0;) {
      const auto [key, source] = reads[i];
      const std::uint32_t next = by_key_.get(key, t);
      if (rules_.chain && next != kNoTxn32 && source != kInitialTxn && !tell(source, next, t, key))
        return false;
      if (rules_.observed && first_[i] && !common_keys(unique_, source, keys_, [&](std::uint32_t k) {
            const std::uint32_t after = by_key_.get(k, t);
            return after == kNoTxn32 || tell(source, after, t, k);
          }))
        return false;
      if (next == kNoTxn32) keys_.push_back(key);
      by_key_.set(key, t, source);
    }
    return true;
  }

  InferenceResult read_atomic(std::uint32_t t) {
    const auto reads = unique_.reads(t);
    keys_.clear();
    for (const auto [key, source] : reads) {
      const std::uint32_t other = by_key_.get(key, t);
      if (other != kNoTxn32 && other != source) return {Inference::repeated, t};
      if (other != kNoTxn32) continue;
      by_key_.set(key, t, source);
      keys_.push_back(key);
      const std::uint32_t before = writer_in_session_.get(key, unique_.txns[t].session);
      if (rules_.in_session && before != kNoTxn32 && !tell(before, source, t, key))
        return {Inference::stopped, t};
    }
    if (keys_.size() > 1 && rules_.observed) {
      for (const auto [key, source] : reads) {
        if (source == kInitialTxn || met_[source] == t) continue;
        met_[source] = t;
        if (!common_keys(unique_, source, keys_, [&](std::uint32_t k) {
              const std::uint32_t from = by_key_.get(k, t);
              return from == kNoTxn32 || tell(source, from, t, k);
            }))
          return {Inference::stopped, t};
      }
    }
    for (const std::uint32_t key : unique_.writes(t)) writer_in_session_.set(key, unique_.txns[t].session, t);
    return {};
  }

 private:
  bool tell(std::uint32_t from, std::uint32_t to, std::uint32_t reader, std::uint32_t key) {
    if (from == to || (to == kInitialTxn && !rules_.initial)) return true;
    return sink_.take({.from = from, .to = to, .reader = reader, .key = key});
  }

  const UniqueHistory& unique_;
  const LevelRules& rules_;
  InferredSink& sink_;
  PerKey by_key_, writer_in_session_;
  std::vector<std::uint32_t> met_, keys_;
  std::vector<bool> first_;
};

}  // namespace

InferenceResult infer(const UniqueHistory& unique, Level level, const LevelRules& rules, const Budget& budget,
                      InferredSink& sink) {
  if (level == Level::causal) return infer_causal(unique, rules, budget, sink);
  Inferrer inferrer(unique, rules, sink);
  std::uint32_t asked = 0;
  if (level == Level::read_committed) {
    for (std::uint32_t t = 0; t < unique.size(); ++t) {
      if (++asked % kAskEvery == 0 && budget.stopped()) return {Inference::time_up, t};
      if (!inferrer.read_committed(t)) return {Inference::stopped, t};
    }
    return {};
  }
  // Session by session: what a session wrote last is known by key.
  for (const std::uint32_t t : unique.of_session) {
    if (++asked % kAskEvery == 0 && budget.stopped()) return {Inference::time_up, t};
    const InferenceResult r = inferrer.read_atomic(t);
    if (r.kind != Inference::done) return r;
  }
  return {};
}

}  // namespace wn::checkers::levels
