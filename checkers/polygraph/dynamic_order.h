#pragma once
// DynamicOrder: nodes in an order that keeps all edges, while edges come and, last in first out, go
// (D. Pearce, P. Kelly, "A dynamic topological sort algorithm for directed acyclic graphs", 2006): an edge
// that leads backwards costs a walk between its ends' places only. Private to this room.
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/levels/order.h"

namespace wn::checkers::polygraph {

inline constexpr std::uint32_t kNoTag = ~std::uint32_t{0};

class DynamicOrder {
 public:
  // `order`: keeps all of `edges`, which stay.
  DynamicOrder(std::uint32_t nodes, const std::vector<levels::OrderEdge>& edges,
               const std::vector<std::uint32_t>& order);

  // False: it would close a cycle, and is not there.
  bool add(std::uint32_t from, std::uint32_t to, std::uint32_t tag);
  void remove_last();
  std::size_t added() const { return added_.size(); }

  // After add() was false: the way from `to` back to `from`, as nodes; and the tags on it, each once.
  const std::vector<std::uint32_t>& way() const { return way_; }
  const std::vector<std::uint32_t>& tags() const { return tags_; }

  std::uint32_t place(std::uint32_t node) const { return place_[node]; }
  std::uint64_t steps() const { return steps_; }  // nodes walked over

 private:
  struct Arc {
    std::uint32_t node = 0, tag = kNoTag;
  };
  struct Arcs {
    std::vector<std::uint32_t> first, fixed;
    std::vector<std::vector<Arc>> moving;
  };
  static void build(Arcs& arcs, std::uint32_t nodes, const std::vector<levels::OrderEdge>& edges, bool out);
  template <class F>
  static void each(const Arcs& arcs, std::uint32_t node, F f);
  bool forward(std::uint32_t from, std::uint32_t to);
  void backward(std::uint32_t from, std::uint32_t low);
  void reorder();

  Arcs out_, in_;
  std::vector<std::uint32_t> place_;
  std::vector<levels::OrderEdge> added_;
  std::vector<std::uint32_t> met_, ahead_, behind_, way_, tags_, slots_;
  std::vector<Arc> came_;  // in forward(): from which node, by which tag
  std::uint32_t stamp_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace wn::checkers::polygraph
