#include "runtime/tree/builder.h"

#include <new>
#include <utility>
#include <vector>

#include "runtime/tree/steps.h"

namespace wn::tree {

namespace {
std::unexpected<Error> used_up() { return fail(Errc::overloaded, "the tree's memory is used up"); }
}  // namespace

Builder::Builder(Options options, std::pmr::memory_resource* memory) : tree_(options, memory) {}

Result<void> Builder::reserve(std::uint32_t count) {
  try {
    if (count > tree_.options_.nodes_max - tree_.nodes_.size()) {
      return fail(Errc::too_large, "more worknodes than nodes_max");
    }
    tree_.nodes_.reserve(count);
    return {};
  } catch (const std::bad_alloc&) {
    return used_up();
  }
}

Result<NodeIndex> Builder::index_of(WorknodeId id) {
  const NodeIndex found = tree_.nodes_.find(id);
  if (found != kNoNode) return found;
  if (tree_.nodes_.size() >= tree_.options_.nodes_max) {
    return fail(Errc::too_large, "more worknodes than nodes_max");
  }
  try {
    tree_.nodes_.reserve(1);
  } catch (const std::bad_alloc&) {
    return used_up();
  }
  return tree_.nodes_.insert(id);
}

Result<void> Builder::add(const ListedNode& listed) {
  if (!listed.id || !listed.parent || listed.id == kRootId || listed.id == kTrashId) {
    return fail(Errc::bad_input, "not a worknode that can have a parent");
  }
  if (listed.last_home && listed.parent != kTrashId) {
    return fail(Errc::bad_input, "a last home outside of the trash");
  }
  const Result<NodeIndex> node = index_of(listed.id);
  if (!node) return std::unexpected(node.error());
  if (tree_.nodes_.parent(*node) != kNoNode) return fail(Errc::bad_input, "a worknode is listed twice");
  const Result<NodeIndex> parent = index_of(listed.parent);
  if (!parent) return std::unexpected(parent.error());
  Result<NodeIndex> home = kNoNode;
  if (listed.last_home) home = index_of(listed.last_home);
  if (!home) return std::unexpected(home.error());
  const Tree::Before before{.node = *node};
  tree_.set(*node, *parent, listed.type, *home);
  tree_.nodes_.link(*node, *parent);
  tree_.account(before);
  return {};
}

// Colours every node once: each walk ends at a top or at a node that is known to reach one.
bool Builder::all_reach_a_top() const {
  const NodeTable& nodes = tree_.nodes_;
  std::pmr::vector<std::uint32_t> walk_of(
      nodes.end(), 0, tree_.order_.get_allocator());  // the walk that passed the node; 0 = none yet
  for (NodeIndex start = 0; start < nodes.end(); ++start) {
    for (NodeIndex at = start; at != kNoNode && walk_of[at] == 0; at = nodes.parent(at)) {
      walk_of[at] = start + 1;
      const NodeIndex above = nodes.parent(at);
      if (above != kNoNode && walk_of[above] == start + 1) return false;
    }
  }
  return true;
}

Result<Tree> Builder::finish(causality::Stamp truncated) && {
  try {
    if (tree_.options_.defect != Defect::move_without_cycle_check && !all_reach_a_top()) {
      return fail(Errc::bad_input, "the listed worknodes have a cycle");
    }
  } catch (const std::bad_alloc&) {
    return used_up();
  }
  tree_.truncated_ = truncated;
  return std::move(tree_);
}

}  // namespace wn::tree
