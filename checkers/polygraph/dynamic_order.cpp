#include "checkers/polygraph/dynamic_order.h"

#include <algorithm>

namespace wn::checkers::polygraph {

void DynamicOrder::build(Arcs& arcs, std::uint32_t nodes, const std::vector<levels::OrderEdge>& edges,
                         bool out) {
  arcs.first.assign(nodes + 1, 0);
  arcs.fixed.resize(edges.size());
  arcs.moving.resize(nodes);
  for (const auto& e : edges) ++arcs.first[(out ? e.from : e.to) + 1];
  for (std::uint32_t n = 0; n < nodes; ++n) arcs.first[n + 1] += arcs.first[n];
  std::vector<std::uint32_t> at(arcs.first.begin(), arcs.first.end() - 1);
  for (const auto& e : edges) arcs.fixed[at[out ? e.from : e.to]++] = out ? e.to : e.from;
}

DynamicOrder::DynamicOrder(std::uint32_t nodes, const std::vector<levels::OrderEdge>& edges,
                           const std::vector<std::uint32_t>& order)
    : place_(nodes, 0), met_(nodes, 0), came_(nodes) {
  build(out_, nodes, edges, true);
  build(in_, nodes, edges, false);
  for (std::uint32_t i = 0; i < order.size(); ++i) place_[order[i]] = i;
}

template <class F>
void DynamicOrder::each(const Arcs& arcs, std::uint32_t node, F f) {
  for (std::uint32_t i = arcs.first[node]; i < arcs.first[node + 1]; ++i) f(Arc{.node = arcs.fixed[i]});
  for (const Arc& arc : arcs.moving[node]) f(arc);
}

bool DynamicOrder::add(std::uint32_t from, std::uint32_t to, std::uint32_t tag) {
  if (place_[from] >= place_[to]) {
    if (!forward(to, from)) return false;
    backward(from, place_[to]);
    reorder();
  }
  out_.moving[from].push_back({.node = to, .tag = tag});
  in_.moving[to].push_back({.node = from, .tag = tag});
  added_.push_back({.from = from, .to = to});
  return true;
}

void DynamicOrder::remove_last() {
  const levels::OrderEdge e = added_.back();
  added_.pop_back();
  out_.moving[e.from].pop_back();
  in_.moving[e.to].pop_back();
}

// By breadth, so that the way back is a short one. False: `goal` was met.
bool DynamicOrder::forward(std::uint32_t start, std::uint32_t goal) {
  ++stamp_;
  const std::uint32_t high = place_[goal];
  bool met = start == goal;
  ahead_.assign(1, start);
  met_[start] = stamp_;
  for (std::size_t i = 0; i < ahead_.size() && !met; ++i) {
    const std::uint32_t node = ahead_[i];
    each(out_, node, [&](const Arc& arc) {
      ++steps_;
      if (met_[arc.node] == stamp_ || place_[arc.node] > high) return;
      met_[arc.node] = stamp_;
      came_[arc.node] = {.node = node, .tag = arc.tag};
      ahead_.push_back(arc.node);
      met = met || arc.node == goal;
    });
  }
  if (!met) return true;
  way_.assign(1, goal);
  tags_.clear();
  for (std::uint32_t n = goal; n != start; n = came_[n].node) {
    if (came_[n].tag != kNoTag) tags_.push_back(came_[n].tag);
    way_.push_back(came_[n].node);
  }
  std::ranges::reverse(way_);
  std::ranges::sort(tags_);
  tags_.erase(std::ranges::unique(tags_).begin(), tags_.end());
  return false;
}

void DynamicOrder::backward(std::uint32_t start, std::uint32_t low) {
  ++stamp_;
  behind_.assign(1, start);
  met_[start] = stamp_;
  for (std::size_t i = 0; i < behind_.size(); ++i) {
    each(in_, behind_[i], [&](const Arc& arc) {
      ++steps_;
      if (met_[arc.node] == stamp_ || place_[arc.node] < low) return;
      met_[arc.node] = stamp_;
      behind_.push_back(arc.node);
    });
  }
}

// What leads to the edge's begin comes first, then what its end leads to, in the places that both had.
void DynamicOrder::reorder() {
  std::ranges::sort(behind_, {}, [&](std::uint32_t n) { return place_[n]; });
  std::ranges::sort(ahead_, {}, [&](std::uint32_t n) { return place_[n]; });
  slots_.clear();
  for (const std::uint32_t n : behind_) slots_.push_back(place_[n]);
  for (const std::uint32_t n : ahead_) slots_.push_back(place_[n]);
  std::ranges::sort(slots_);
  std::size_t i = 0;
  for (const std::uint32_t n : behind_) place_[n] = slots_[i++];
  for (const std::uint32_t n : ahead_) place_[n] = slots_[i++];
}

}  // namespace wn::checkers::polygraph
