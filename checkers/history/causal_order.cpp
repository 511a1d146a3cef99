#include "checkers/history/causal_order.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace wn::checkers {
namespace {

using Edge = std::pair<std::uint32_t, std::uint32_t>;

// Each of the `left` nodes has a predecessor that is left: going back, one comes round.
std::vector<std::uint32_t> some_cycle(std::span<const Edge> edges, const std::vector<std::uint32_t>& waits) {
  std::vector<std::uint32_t> back(waits.size(), kNoStep);
  for (const auto& [from, to] : edges) {
    if (waits[from] > 0 && waits[to] > 0 && back[to] == kNoStep) back[to] = from;
  }
  const auto first = std::ranges::find_if(waits, [](std::uint32_t w) { return w > 0; });
  auto at = static_cast<std::uint32_t>(first - waits.begin());
  std::vector<bool> met(waits.size(), false);
  while (!met[at]) {
    met[at] = true;
    at = back[at];
  }
  std::vector<std::uint32_t> cycle{at};
  for (std::uint32_t i = back[at]; i != at; i = back[i]) cycle.push_back(i);
  std::ranges::reverse(cycle);
  return cycle;
}

}  // namespace

Sorted sort_topologically(std::uint32_t nodes, std::span<const Edge> edges) {
  std::vector<std::uint32_t> begin(std::size_t{nodes} + 1, 0);
  std::vector<std::uint32_t> waits(nodes, 0);
  for (const auto& [from, to] : edges) {
    ++begin[from + 1];
    ++waits[to];
  }
  for (std::uint32_t i = 0; i < nodes; ++i) begin[i + 1] += begin[i];
  std::vector<std::uint32_t> targets(edges.size());
  std::vector<std::uint32_t> fill(begin.begin(), begin.end() - 1);
  for (const auto& [from, to] : edges) targets[fill[from]++] = to;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    if (waits[i] == 0) ready.push(i);
  }
  Sorted sorted;
  sorted.order.reserve(nodes);
  while (!ready.empty()) {
    const std::uint32_t at = ready.top();
    ready.pop();
    sorted.order.push_back(at);
    for (std::uint32_t i = begin[at]; i < begin[at + 1]; ++i) {
      if (--waits[targets[i]] == 0) ready.push(targets[i]);
    }
  }
  if (sorted.order.size() < nodes) sorted.cycle = some_cycle(edges, waits);
  return sorted;
}

CausalOrder::CausalOrder(const ClientHistory& history, std::uint64_t cells_max)
    : history_(history), column_(history.sessions.size(), kNoStep) {
  std::vector<Edge> edges;
  for (std::uint32_t id = 0; id < history.steps.size(); ++id) {
    const ClientStep& step = history.steps[id];
    if (step.act != ClientStep::Act::read && column_[step.session] == kNoStep) {
      column_[step.session] = columns_++;
      session_.push_back(step.session);
    }
    if (step.index > 0) edges.emplace_back(history.sessions[step.session][step.index - 1], id);
    if (step.after != kNoStep) edges.emplace_back(step.after, id);
    if (step.source < kThinAir) edges.emplace_back(step.source, id);
    for (const std::uint32_t seen : step.sees) edges.emplace_back(seen, id);
    for (const std::uint32_t other : step.follows) edges.emplace_back(other, id);
  }
  const auto count = static_cast<std::uint32_t>(history.steps.size());
  Sorted sorted = sort_topologically(count, edges);
  cycle_ = std::move(sorted.cycle);
  too_large_ = std::uint64_t{count} * columns_ > cells_max;
  if (!usable()) return;
  order_ = std::move(sorted.order);
  cells_.resize(std::size_t{count} * columns_, 0);
  for (const std::uint32_t id : order_) {
    const ClientStep& step = history.steps[id];
    const std::span<std::uint32_t> mine(cells_.data() + std::size_t{id} * columns_, columns_);
    const auto join = [&](std::uint32_t other) {
      const std::span<const std::uint32_t> theirs = clock(other);
      for (std::uint32_t c = 0; c < columns_; ++c) mine[c] = std::max(mine[c], theirs[c]);
    };
    if (step.index > 0) join(history.sessions[step.session][step.index - 1]);
    if (step.after != kNoStep) join(step.after);
    if (step.source < kThinAir) join(step.source);
    for (const std::uint32_t seen : step.sees) join(seen);
    for (const std::uint32_t other : step.follows) join(other);
    if (column_[step.session] != kNoStep) mine[column_[step.session]] = step.index + 1;
  }
}

bool CausalOrder::before(std::uint32_t a, std::uint32_t b) const {
  if (a == b) return false;
  const ClientStep& first = history_.steps[a];
  return clock(b)[column_[first.session]] > first.index;
}

}  // namespace wn::checkers
