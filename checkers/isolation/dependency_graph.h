#pragma once
// DependencyGraph: which transaction must come before which (Adya 1999, chapter 4), as dense arrays.
//
// Nodes are the history's operations by index; edges of data (ww, wr, rw) and of process order lie in one
// array, 4 bytes each, sorted by source. Real time has no edges of its own: node `operations + i` stands for
// the moment before operation i is invoked; it leads to operation i and to the next moment, and a transaction
// leads to the first moment after it completed. So real time costs three steps a transaction whatever the
// concurrency, and has the same paths as all of its pairs.
//
// Limit: 2^30 nodes.
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers::isolation {

inline constexpr std::uint32_t kNobody = 0xFFFFFFFF;

enum class Kind : std::uint8_t { ww, wr, rw, process, realtime };
std::string_view to_string(Kind kind);

using Kinds = std::uint8_t;  // set of Kind
constexpr Kinds set_of(Kind k) { return static_cast<Kinds>(1U << static_cast<unsigned>(k)); }
inline constexpr Kinds kWw = set_of(Kind::ww);
inline constexpr Kinds kWritten = kWw | set_of(Kind::wr);
inline constexpr Kinds kOrders = set_of(Kind::process) | set_of(Kind::realtime);

struct Edge {
  std::uint32_t from = 0, to = 0;
  Kind kind = Kind::ww;
  friend bool operator==(const Edge&, const Edge&) = default;
};

class DependencyGraph {
 public:
  static constexpr std::uint32_t kNodesMax = 1U << 30U;

  // `each(sink)` calls sink(from, to, kind) for each edge; it is called twice and must say the same.
  template <typename Each>
  void build(std::uint32_t operations, const Each& each) {
    operations_ = operations;
    first_.assign(operations + 1, 0);
    each([&](std::uint32_t from, std::uint32_t, Kind) { ++first_[from + 1]; });
    for (std::uint32_t i = 0; i < operations; ++i) first_[i + 1] += first_[i];
    edges_.resize(first_.back());
    // The beginning of each slice moves to its end while it is filled, and back afterwards.
    each([&](std::uint32_t from, std::uint32_t to, Kind kind) {
      edges_[first_[from]++] = (to << 2U) | static_cast<std::uint32_t>(kind);
    });
    for (std::uint32_t i = operations; i > 0; --i) first_[i] = first_[i - 1];
    first_[0] = 0;
  }
  void add_real_time(const History& history);

  std::uint32_t operations() const { return operations_; }
  std::uint32_t nodes() const { return after_.empty() ? operations_ : 2 * operations_; }
  std::uint64_t edges() const { return edges_.size(); }
  bool real_time() const { return !after_.empty(); }
  bool real_time_says_something() const { return real_time_pairs_; }

  // Calls step(to, kind) for each way out of a node; stops when step says false.
  template <typename Step>
  void out(std::uint32_t node, const Step& step) const {
    const std::uint32_t degree = out_degree(node);
    for (std::uint32_t i = 0; i < degree; ++i) {
      Kind kind{};
      const std::uint32_t to = target(node, i, kind);
      if (!step(to, kind)) return;
    }
  }
  std::uint32_t out_degree(std::uint32_t node) const {
    if (node >= operations_) return node + 1 < 2 * operations_ ? 2 : 1;
    const auto data = static_cast<std::uint32_t>(first_[node + 1] - first_[node]);
    return data + (!after_.empty() && after_[node] < operations_ ? 1 : 0);
  }
  std::uint32_t target(std::uint32_t node, std::uint32_t i, Kind& kind) const {
    kind = Kind::realtime;
    if (node >= operations_) return i == 0 ? node - operations_ : node + 1;
    const std::uint64_t at = first_[node] + i;
    if (at == first_[node + 1]) return operations_ + after_[node];
    kind = static_cast<Kind>(edges_[at] & 3U);
    return edges_[at] >> 2U;
  }

 private:
  std::uint32_t operations_ = 0;
  std::vector<std::uint64_t> first_;
  std::vector<std::uint32_t> edges_;  // target and kind
  std::vector<std::uint32_t> after_;  // per operation: the first one invoked after it was acknowledged
  bool real_time_pairs_ = false;
};

// Components of more than one node, each ascending; the nodes of moments among them.
std::vector<std::vector<std::uint32_t>> find_knots(const DependencyGraph& graph);

}  // namespace wn::checkers::isolation
