#pragma once
// KnotSearch: components and ways in the product of a knot with the automaton "was the last step rw?".
// Product node: 2 * local node + state. With `nonadjacent`, rw leads only from state 0, to state 1; without,
// every step leads to state 0 and only even nodes are used.
#include <cstdint>
#include <vector>

#include "checkers/isolation/knot.h"

namespace wn::checkers::isolation {

class KnotSearch {
 public:
  KnotSearch(const Knot& knot, Kinds kinds, bool nonadjacent)
      : knot_(knot), kinds_(kinds), nonadjacent_(nonadjacent) {
    find_components();
  }

  static constexpr std::uint32_t kUnused = 0xFFFFFFFF;
  // Component of a product node. A way leads from a component to itself or to ones of lower number.
  std::uint32_t component(std::uint32_t product_node) const { return component_[product_node]; }
  std::uint32_t components() const { return count_; }

  // Shortest way (steps of moments cost nothing) between two product nodes of one component, or, with
  // `anywhere`, of several. Local edges. REQUIRES that there is one.
  std::vector<Edge> way(std::uint32_t from, std::uint32_t to, bool anywhere) const;

  // Calls f(from, to) for each step between product nodes.
  template <typename F>
  void each_step(std::uint32_t product_node, const F& f) const {
    const std::uint32_t node = product_node / 2;
    for (std::uint32_t i = knot_.first_[node]; i < knot_.first_[node + 1]; ++i) {
      const Knot::Step& s = knot_.steps_[i];
      if ((set_of(s.kind) & kinds_) == 0) continue;
      const bool rw = nonadjacent_ && s.kind == Kind::rw;
      if (rw && product_node % 2 == 1) continue;
      f(2 * s.to + (rw ? 1 : 0), s.kind);
    }
  }

 private:
  void find_components();

  const Knot& knot_;
  Kinds kinds_;
  bool nonadjacent_;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> component_;
};

}  // namespace wn::checkers::isolation
