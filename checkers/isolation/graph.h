#pragma once
// Graph: dependencies between transactions (Adya 1999, chapter 4) and real time, and its cycles.
#include <cstdint>
#include <span>
#include <vector>

namespace wn::checkers {

enum class Dependency : std::uint8_t { ww = 1, wr = 2, rw = 4, realtime = 8 };
using DependencySet = std::uint8_t;
constexpr DependencySet set_of(Dependency d) { return static_cast<DependencySet>(d); }

struct Edge {
  std::uint32_t from = 0, to = 0;
  Dependency kind{};
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

class Graph {
 public:
  explicit Graph(std::uint32_t nodes) : nodes_(nodes) {}
  void add(std::uint32_t from, std::uint32_t to, Dependency kind) {
    if (from != to) edges_.push_back({from, to, kind});
  }
  void finish();  // after the last add
  std::size_t edges() const { return edges_.size(); }

  // A short cycle over edges of these kinds that passes at least one edge of `must`, empty when there is
  // none.
  std::vector<Edge> cycle(DependencySet kinds, Dependency must) const;
  // A short cycle with exactly one rw edge, the others of `kinds` (which must not hold rw). Gives up after
  // kAttemptsMax rw edges: empty then, too.
  std::vector<Edge> cycle_with_one_rw(DependencySet kinds) const;
  static constexpr std::size_t kAttemptsMax = 20'000;

 private:
  std::span<const Edge> out(std::uint32_t node) const {
    return std::span(edges_).subspan(first_[node], first_[node + 1] - first_[node]);
  }
  // Component of each node over edges of these kinds (Tarjan 1972, without recursion).
  std::vector<std::uint32_t> components(DependencySet kinds) const;
  // Shortest way inside one component, by breadth; empty when there is none.
  std::vector<Edge> way(std::uint32_t from, std::uint32_t to, DependencySet kinds,
                        const std::vector<std::uint32_t>& component) const;

  std::uint32_t nodes_;
  std::vector<Edge> edges_;
  std::vector<std::size_t> first_;
};

}  // namespace wn::checkers
