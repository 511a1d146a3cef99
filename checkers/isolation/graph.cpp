#include "checkers/isolation/graph.h"

#include <algorithm>

namespace wn::checkers {

void Graph::finish() {
  std::ranges::sort(edges_);
  edges_.erase(std::ranges::unique(edges_).begin(), edges_.end());
  first_.assign(nodes_ + 1, 0);
  for (const Edge& e : edges_) ++first_[e.from + 1];
  for (std::uint32_t i = 0; i < nodes_; ++i) first_[i + 1] += first_[i];
}

std::vector<std::uint32_t> Graph::components(DependencySet kinds) const {
  constexpr std::uint32_t kNew = 0xFFFFFFFF;
  std::vector<std::uint32_t> index(nodes_, kNew);
  std::vector<std::uint32_t> low(nodes_, 0);
  std::vector<std::uint32_t> component(nodes_, kNew);
  std::vector<std::uint32_t> path;
  std::vector<std::pair<std::uint32_t, std::size_t>> stack;  // node, next edge
  std::uint32_t counter = 0;
  std::uint32_t components = 0;
  for (std::uint32_t start = 0; start < nodes_; ++start) {
    if (index[start] != kNew) continue;
    stack.emplace_back(start, first_[start]);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (index[node] == kNew) {
        index[node] = low[node] = counter++;
        path.push_back(node);
      }
      bool deeper = false;
      while (next < first_[node + 1]) {
        const Edge& e = edges_[next++];
        if ((set_of(e.kind) & kinds) == 0) continue;
        if (index[e.to] == kNew) {
          stack.emplace_back(e.to, first_[e.to]);
          deeper = true;
          break;
        }
        if (component[e.to] == kNew) low[node] = std::min(low[node], index[e.to]);
      }
      if (deeper) continue;
      const std::uint32_t done = node;
      if (low[done] == index[done]) {
        while (component[done] == kNew) {
          component[path.back()] = components;
          path.pop_back();
        }
        ++components;
      }
      stack.pop_back();
      if (!stack.empty()) low[stack.back().first] = std::min(low[stack.back().first], low[done]);
    }
  }
  return component;
}

std::vector<Edge> Graph::way(std::uint32_t from, std::uint32_t to, DependencySet kinds,
                             const std::vector<std::uint32_t>& component) const {
  std::vector<const Edge*> came(nodes_, nullptr);
  std::vector<std::uint32_t> queue{from};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const Edge& e : out(queue[i])) {
      if ((set_of(e.kind) & kinds) == 0 || component[e.to] != component[from]) continue;
      if (e.to == from || came[e.to] != nullptr) continue;
      came[e.to] = &e;
      if (e.to != to) {
        queue.push_back(e.to);
        continue;
      }
      std::vector<Edge> path;
      for (std::uint32_t at = to; at != from; at = came[at]->from) path.push_back(*came[at]);
      std::ranges::reverse(path);
      return path;
    }
  }
  return {};
}

std::vector<Edge> Graph::cycle(DependencySet kinds, Dependency must) const {
  const auto component = components(kinds);
  for (const Edge& e : edges_) {
    if (e.kind != must || (set_of(e.kind) & kinds) == 0 || component[e.from] != component[e.to]) continue;
    std::vector<Edge> path = way(e.to, e.from, kinds, component);
    path.insert(path.begin(), e);
    return path;
  }
  return {};
}

std::vector<Edge> Graph::cycle_with_one_rw(DependencySet kinds) const {
  const auto component = components(static_cast<DependencySet>(kinds | set_of(Dependency::rw)));
  std::size_t attempts = 0;
  for (const Edge& e : edges_) {
    if (e.kind != Dependency::rw || component[e.from] != component[e.to]) continue;
    if (++attempts > kAttemptsMax) break;
    std::vector<Edge> path = way(e.to, e.from, kinds, component);
    if (path.empty()) continue;
    path.insert(path.begin(), e);
    return path;
  }
  return {};
}

}  // namespace wn::checkers
