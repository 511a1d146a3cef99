#pragma once
// Builder: a tree by listing its nodes, for genesis and for snapshots. Nodes may come in any order; nothing
// is trusted: finish() refuses second mentions, cycles and more nodes than fit.
// Errors: bad_input, too_large (nodes_max), overloaded (memory). Thread rule: one thread.
#include <cstdint>
#include <memory_resource>

#include "runtime/tree/tree.h"

namespace wn::tree {

struct ListedNode {
  WorknodeId id;
  WorknodeId parent;
  std::uint32_t type = 0;
  WorknodeId last_home;  // of a node directly in the trash: where it was deleted from; else none
};

class Builder {
 public:
  Builder(Options options, std::pmr::memory_resource* memory);
  // Room for `count` nodes, optional.
  Result<void> reserve(std::uint32_t count);
  Result<void> add(const ListedNode& node);
  // The tree, with everything at or before `truncated` taken as stable.
  Result<Tree> finish(causality::Stamp truncated) &&;

 private:
  Result<NodeIndex> index_of(WorknodeId id);
  bool all_reach_a_top() const;
  Tree tree_;
};

}  // namespace wn::tree
