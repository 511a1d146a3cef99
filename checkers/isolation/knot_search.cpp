#include "checkers/isolation/knot_search.h"

#include <algorithm>
#include <deque>

#include "runtime/base/check.h"

namespace wn::checkers::isolation {

// Tarjan 1972 without recursion; components are numbered as they close, sinks first.
void KnotSearch::find_components() {
  struct Frame {
    std::uint32_t node = 0, next = 0;
  };
  const std::uint32_t nodes = 2 * knot_.size();
  component_.assign(nodes, kUnused);
  std::vector<std::uint32_t> index(nodes, 0);
  std::vector<std::uint32_t> low(nodes, 0);
  std::vector<std::uint32_t> open;
  std::vector<Frame> stack;
  std::uint32_t counter = 1;
  const auto enter = [&](std::uint32_t node) {
    index[node] = low[node] = counter++;
    open.push_back(node);
    stack.push_back({node, knot_.first_[node / 2]});
  };
  for (std::uint32_t start = 0; start < nodes; start += 2) {
    if (index[start] != 0) continue;
    enter(start);
    while (!stack.empty()) {
      Frame& at = stack.back();
      const std::uint32_t node = at.node;
      bool deeper = false;
      while (at.next < knot_.first_[node / 2 + 1]) {
        const Knot::Step& s = knot_.steps_[at.next++];
        const bool rw = nonadjacent_ && s.kind == Kind::rw;
        if ((set_of(s.kind) & kinds_) == 0 || (rw && node % 2 == 1)) continue;
        const std::uint32_t to = 2 * s.to + (rw ? 1 : 0);
        if (index[to] == 0) {
          enter(to);
          deeper = true;
          break;
        }
        if (component_[to] == kUnused) low[node] = std::min(low[node], index[to]);
      }
      if (deeper) continue;
      stack.pop_back();
      if (!stack.empty()) low[stack.back().node] = std::min(low[stack.back().node], low[node]);
      if (low[node] != index[node]) continue;
      while (component_[node] == kUnused) {
        component_[open.back()] = count_;
        open.pop_back();
      }
      ++count_;
    }
  }
}

std::vector<Edge> KnotSearch::way(std::uint32_t from, std::uint32_t to, bool anywhere) const {
  struct Came {
    std::uint32_t from = kUnused;
    Kind kind = Kind::ww;
    bool done = false;
  };
  const std::uint32_t operations = knot_.graph_.operations();
  const auto is_moment = [&](std::uint32_t product) { return knot_.nodes_[product / 2] >= operations; };
  std::vector<Came> came(component_.size());
  std::deque<std::uint32_t> queue{from};  // breadth first; what costs nothing goes to the front
  came[from].from = from;
  while (!queue.empty()) {
    const std::uint32_t node = queue.front();
    queue.pop_front();
    if (node == to) break;
    if (came[node].done) continue;
    came[node].done = true;
    each_step(node, [&](std::uint32_t next, Kind kind) {
      if (!anywhere && component_[next] != component_[from]) return;
      if (came[next].from != kUnused) return;
      came[next] = {node, kind, false};
      if (is_moment(node)) {
        queue.push_front(next);
      } else {
        queue.push_back(next);
      }
    });
  }
  WN_CHECK(came[to].from != kUnused);
  std::vector<Edge> out;
  for (std::uint32_t at = to; at != from; at = came[at].from)
    out.push_back({came[at].from / 2, at / 2, came[at].kind});
  std::ranges::reverse(out);
  return out;
}

}  // namespace wn::checkers::isolation
