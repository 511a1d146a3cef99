#include "checkers/isolation/dependency_graph.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::checkers::isolation {

std::string_view to_string(Kind kind) {
  constexpr std::string_view kNames[] = {"ww", "wr", "rw", "process", "realtime"};
  return kNames[static_cast<std::size_t>(kind)];
}

void DependencyGraph::add_real_time(const History& history) {
  const auto& ops = history.operations;
  after_.assign(operations_, operations_);
  std::uint32_t last = operations_;  // the last one that is not refused
  for (std::uint32_t i = operations_; i > 0 && last == operations_; --i)
    if (ops[i - 1].outcome != Outcome::fail) last = i - 1;
  // Most complete soon after they were invoked: look forward from there in growing steps, then halve.
  for (std::uint32_t i = 0; i < operations_; ++i) {
    if (ops[i].outcome != Outcome::ok) continue;
    std::uint32_t low = i + 1;  // all before it were invoked before the end of i
    std::uint32_t step = 1;
    while (low + step < operations_ && ops[low + step - 1].invoked < ops[i].completed) {
      low += step;
      step *= 2;
    }
    const auto begin = ops.begin() + low;
    const auto end = ops.begin() + std::min<std::uint64_t>(operations_, std::uint64_t{low} + step);
    const auto at = std::ranges::partition_point(
        begin, end, [&](const Operation& o) { return o.invoked < ops[i].completed; });
    after_[i] = static_cast<std::uint32_t>(at - ops.begin());
    if (last < operations_ && after_[i] <= last) real_time_pairs_ = true;
  }
  if (after_.empty()) after_.push_back(0);  // an empty history has real time, too
}

// Strong components with one number per node (Pearce 2016, "A space-efficient algorithm for finding strongly
// connected components"), without recursion. Roots are taken from the last to the first: time mostly runs
// forward, so that most of what a root leads to is done already and the stacks stay short.
std::vector<std::vector<std::uint32_t>> find_knots(const DependencyGraph& graph) {
  struct Frame {
    std::uint32_t node = 0, next = 0;
    bool root = true;
  };
  std::vector<std::vector<std::uint32_t>> out;
  const std::uint32_t nodes = graph.nodes();
  std::vector<std::uint32_t> index(nodes, 0);  // 0: not seen; kNobody: component closed
  std::vector<std::uint32_t> open;             // seen, not closed, not roots of anything yet
  std::vector<Frame> stack;
  std::uint32_t counter = 1;
  for (std::uint32_t start = nodes; start > 0; --start) {
    if (index[start - 1] != 0) continue;
    index[start - 1] = counter++;
    stack.push_back({start - 1});
    while (!stack.empty()) {
      Frame& at = stack.back();
      const std::uint32_t node = at.node;
      const std::uint32_t degree = graph.out_degree(node);
      bool deeper = false;
      while (at.next < degree) {
        Kind kind{};
        const std::uint32_t to = graph.target(node, at.next, kind);
        if (index[to] == 0) {
          index[to] = counter++;
          stack.push_back({to});
          deeper = true;
          break;
        }
        if (index[to] < index[node]) {
          index[node] = index[to];
          at.root = false;
        }
        ++at.next;
      }
      if (deeper) continue;  // the same edge is looked at again afterwards: `to` is closed or lower then
      const bool root = at.root;
      stack.pop_back();
      if (!root) {
        open.push_back(node);
        continue;
      }
      std::vector<std::uint32_t> knot;
      while (!open.empty() && index[open.back()] >= index[node]) {
        knot.push_back(open.back());
        index[open.back()] = kNobody;
        open.pop_back();
      }
      index[node] = kNobody;
      if (knot.empty()) continue;
      knot.push_back(node);
      std::ranges::sort(knot);
      out.push_back(std::move(knot));
    }
    WN_CHECK(open.empty());
    counter = 1;  // all seen are closed
  }
  return out;
}

}  // namespace wn::checkers::isolation
