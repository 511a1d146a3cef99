#pragma once
// Orders: puts nodes behind all their predecessors, or names a short cycle. O(nodes + edges); the edges are
// asked for by their end, so that edges which the caller knows anyway (a session's, a read's) need no copy.
//
// Preds: std::uint32_t count() const (nodes); std::uint32_t at(node, i) const, the i-th predecessor, kNoTxn32
// after the last, kSkipPred where there is none at i.
#include <cstdint>
#include <vector>

#include "checkers/levels/unique_history.h"

namespace wn::checkers::levels {

inline constexpr std::uint32_t kSkipPred = kNoTxn32 - 1;

// An edge that must be in the order.
struct OrderEdge {
  std::uint32_t from = 0, to = 0;
  friend auto operator<=>(const OrderEdge&, const OrderEdge&) = default;
};

// Edges by their end: counting sort.
class EdgesTo {
 public:
  EdgesTo(std::uint32_t nodes, const std::vector<OrderEdge>& edges)
      : first_(nodes + 1, 0), from_(edges.size()) {
    for (const OrderEdge& e : edges) ++first_[e.to + 1];
    for (std::uint32_t n = 0; n < nodes; ++n) first_[n + 1] += first_[n];
    std::vector<std::uint32_t> at(first_.begin(), first_.end() - 1);
    for (const OrderEdge& e : edges) from_[at[e.to]++] = e.from;
  }
  std::uint32_t at(std::uint32_t node, std::uint32_t i) const {
    const std::uint32_t place = first_[node] + i;
    return place < first_[node + 1] ? from_[place] : kNoTxn32;
  }

 private:
  std::vector<std::uint32_t> first_, from_;
};

// Each node waits at its first predecessor that has no place yet.
template <class Preds>
class Ordering {
 public:
  explicit Ordering(const Preds& preds)
      : preds_(preds),
        next_(preds.count(), 0),
        waiting_(preds.count(), kNoTxn32),
        next_waiting_(preds.count(), kNoTxn32),
        placed_(preds.count(), 0) {}

  // Calls visit(node) for each, predecessors first. False: some are on or behind a cycle.
  template <class Visit>
  bool run(Visit visit) {
    std::uint32_t count = 0;
    std::vector<std::uint32_t> ready;
    for (std::uint32_t n = 0; n < preds_.count(); ++n) {
      ready.push_back(n);
      while (!ready.empty()) {
        const std::uint32_t node = ready.back();
        ready.pop_back();
        if (!passes(node)) continue;
        visit(node);
        placed_[node] = 1;
        ++count;
        for (std::uint32_t w = waiting_[node]; w != kNoTxn32; w = next_waiting_[w]) ready.push_back(w);
      }
    }
    return count == preds_.count();
  }

  // After run() was false: the nodes of a cycle, each a predecessor of the next and the last of the first;
  // among those through some nodes the shortest.
  std::vector<std::uint32_t> cycle() const {
    std::uint32_t at = 0;
    while (placed_[at] != 0) ++at;
    std::vector<std::uint8_t> met(preds_.count(), 0);
    while (met[at] == 0) {
      met[at] = 1;
      at = preds_.at(at, next_[at]);
    }
    std::vector<std::uint32_t> best;
    for (std::uint32_t n = at; best.empty() || n != at; n = preds_.at(n, next_[n])) best.push_back(n);
    std::reverse(best.begin(), best.end());
    const std::vector<std::uint32_t> starts(
        best.begin(), best.begin() + std::min<std::ptrdiff_t>(kStartsMax, std::ssize(best)));
    for (const std::uint32_t start : starts) shorten(start, best);
    return best;
  }

 private:
  static constexpr std::ptrdiff_t kStartsMax = 16;

  bool passes(std::uint32_t node) {
    for (;; ++next_[node]) {
      const std::uint32_t p = preds_.at(node, next_[node]);
      if (p == kNoTxn32) return true;
      if (p == kSkipPred || placed_[p] != 0) continue;
      next_waiting_[node] = waiting_[p];
      waiting_[p] = node;
      return false;
    }
  }
  // Backwards by breadth, among nodes without a place (a cycle's are), until `start` comes round.
  void shorten(std::uint32_t start, std::vector<std::uint32_t>& best) const {
    std::vector<std::uint32_t> towards(preds_.count(), kNoTxn32);
    std::vector<std::uint32_t> queue{start};
    std::vector<std::uint32_t> depth{1};
    for (std::size_t i = 0; i < queue.size() && depth[i] < best.size(); ++i) {
      const std::uint32_t node = queue[i];
      for (std::uint32_t k = 0;; ++k) {
        const std::uint32_t p = preds_.at(node, k);
        if (p == kNoTxn32) break;
        if (p == kSkipPred || placed_[p] != 0) continue;
        if (p == start) {
          best.clear();
          best.push_back(start);
          for (std::uint32_t n = node; n != start; n = towards[n]) best.push_back(n);
          return;
        }
        if (towards[p] != kNoTxn32) continue;
        towards[p] = node;
        queue.push_back(p);
        depth.push_back(depth[i] + 1);
      }
    }
  }

  const Preds& preds_;
  std::vector<std::uint32_t> next_, waiting_, next_waiting_;
  std::vector<std::uint8_t> placed_;
};

}  // namespace wn::checkers::levels
