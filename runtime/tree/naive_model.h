#pragma once
// For tests: the definition of the tree (TPDS 2022, section 3.1), written to be read and not to be fast. All
// operations are sorted by stamp and run, one after the other, on a plain map.
#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/tree/tree.h"

namespace wn::tree {

class NaiveTree {
 public:
  struct Node {
    WorknodeId parent;  // none: a placeholder
    std::uint32_t type = 0;
    WorknodeId last_home;
    friend bool operator==(const Node&, const Node&) = default;
  };
  explicit NaiveTree(std::uint32_t depth_max) : depth_max_(depth_max) {}
  void start_with(WorknodeId id, Node node) { nodes_[id] = node; }

  // Runs one operation; what became of it.
  Outcome run(const Operation& operation) {
    std::uint32_t steps = 0;
    for (WorknodeId at = operation.parent; at; at = nodes_[at].parent) {
      if (at == operation.node) return Outcome::cycle;
      if (nodes_[at].parent && ++steps >= depth_max_) return Outcome::too_deep;
    }
    Node& node = nodes_[operation.node];
    if (operation.parent == kTrashId && node.parent != kTrashId) node.last_home = node.parent;
    node.parent = operation.parent;
    if (operation.type != 0) node.type = operation.type;
    return Outcome::applied;
  }
  std::vector<Outcome> run_sorted(std::vector<Operation> operations) {
    std::sort(operations.begin(), operations.end(),
              [](const Operation& a, const Operation& b) { return a.stamp < b.stamp; });
    std::vector<Outcome> outcomes;
    for (const Operation& operation : operations) outcomes.push_back(run(operation));
    return outcomes;
  }
  const std::map<WorknodeId, Node>& nodes() const { return nodes_; }

  // Is it the same tree, node by node?
  bool equals(const Tree& tree) const {
    std::size_t placed = 0;
    for (const auto& [id, node] : nodes_) {
      if (!node.parent) {
        if (id != kRootId && id != kTrashId && tree.contains(id)) return false;
        continue;
      }
      ++placed;
      const Result<NodeView> seen = tree.find(id);
      if (!seen || seen->parent != node.parent || seen->type != node.type) return false;
      if (node.parent != kTrashId) continue;
      const NodeIndex home = tree.nodes()[tree.nodes().find(id)].last_home;
      if ((home == kNoNode ? WorknodeId{} : tree.nodes()[home].id) != node.last_home) return false;
    }
    return placed == tree.size();
  }

 private:
  std::uint32_t depth_max_;
  std::map<WorknodeId, Node> nodes_;
};

}  // namespace wn::tree
