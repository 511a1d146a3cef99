// What a tree can be asked about its nodes, and what hangs on walks to the top: restore and purge.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/tree/steps.h"

namespace wn::tree {

namespace {
std::unexpected<Error> no_such_node() { return fail(Errc::not_found, "no such worknode in the tree"); }
std::unexpected<Error> too_far() { return fail(Errc::too_large, "the walk to the top exceeds depth_max"); }
}  // namespace

// The index of a node that is in the tree, else kNoNode.
NodeIndex Tree::placed(WorknodeId id) const {
  const NodeIndex node = nodes_.find(id);
  if (node == kNoNode) return kNoNode;
  return node <= kTrashIndex || nodes_.parent(node) != kNoNode ? node : kNoNode;
}

// Steps from the node to the top; kNoNode when they are more than depth_max. `top` gets the last one seen.
std::uint32_t Tree::climb(NodeIndex node, NodeIndex& top) const {
  top = node;
  for (std::uint32_t steps = 0; steps <= options_.depth_max; ++steps) {
    const NodeIndex above = nodes_.parent(top);
    if (above == kNoNode) return steps;
    top = above;
  }
  return kNoNode;
}

bool Tree::contains(WorknodeId node) const { return placed(node) != kNoNode; }

Result<NodeView> Tree::find(WorknodeId id) const {
  const NodeIndex node = placed(id);
  if (node == kNoNode) return no_such_node();
  const NodeIndex parent = nodes_.parent(node);
  return NodeView{.id = id,
                  .parent = parent == kNoNode ? WorknodeId{} : nodes_[parent].id,
                  .type = nodes_[node].type,
                  .child_count = nodes_[node].child_count};
}

Result<bool> Tree::is_ancestor(WorknodeId ancestor, WorknodeId node) const {
  const NodeIndex above = placed(ancestor);
  NodeIndex at = placed(node);
  if (above == kNoNode || at == kNoNode) return no_such_node();
  for (std::uint32_t steps = 0; steps <= options_.depth_max; ++steps) {
    at = nodes_.parent(at);
    if (at == kNoNode) return false;
    if (at == above) return true;
  }
  return too_far();
}

Result<bool> Tree::is_deleted(WorknodeId id) const {
  const NodeIndex node = placed(id);
  if (node == kNoNode) return no_such_node();
  NodeIndex top = kNoNode;
  if (climb(node, top) == kNoNode) return too_far();
  return top == kTrashIndex && node != kTrashIndex;
}

Result<std::uint32_t> Tree::depth(WorknodeId id) const {
  const NodeIndex node = placed(id);
  if (node == kNoNode) return no_such_node();
  NodeIndex top = kNoNode;
  const std::uint32_t steps = climb(node, top);
  if (steps == kNoNode) return too_far();
  return steps;
}

Result<void> Tree::path(WorknodeId id, std::vector<WorknodeId>& out) const {
  const NodeIndex node = placed(id);
  if (node == kNoNode) return no_such_node();
  NodeIndex top = kNoNode;
  if (climb(node, top) == kNoNode) return too_far();
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  for (NodeIndex at = node; at != kNoNode; at = nodes_.parent(at)) out.push_back(nodes_[at].id);
  std::reverse(out.begin() + start, out.end());
  return {};
}

Result<Operation> Tree::restore(causality::Stamp stamp, WorknodeId id) const {
  const NodeIndex node = placed(id);
  if (node == kNoNode) return no_such_node();
  if (nodes_.parent(node) != kTrashIndex) {
    return fail(Errc::precondition, "the worknode does not lie in the trash itself");
  }
  const NodeIndex home = nodes_[node].last_home;
  if (home == kNoNode)
    return fail(Errc::precondition, "the worknode never had a parent outside of the trash");
  NodeIndex top = kNoNode;
  if (climb(home, top) == kNoNode) return too_far();
  if (top != kRootIndex) {
    return fail(Errc::precondition, "the parent to restore under is itself not in the living tree");
  }
  return Operation{.stamp = stamp, .node = id, .parent = nodes_[home].id};
}

Result<std::uint32_t> Tree::purge(WorknodeId id) {
  const NodeIndex top = placed(id);
  if (top == kNoNode || nodes_.parent(top) != kTrashIndex) {
    return fail(Errc::precondition, "only what lies in the trash itself can be purged");
  }
  if (!log_.empty() && !is_older_than(top, log_.entries().front().time)) {
    return fail(Errc::precondition, "an operation that is not yet stable named a worknode of this subtree");
  }
  forget_home_below(top);
  std::uint32_t purged = 0;
  for (NodeIndex at = top;;) {
    if (nodes_[at].first_child != kNoNode) {
      at = nodes_[at].first_child;
      continue;
    }
    const NodeIndex above = nodes_.parent(at);
    const Before before{
        .node = at, .parent = above, .type = nodes_[at].type, .last_home = nodes_[at].last_home};
    nodes_.unlink(at, above);
    nodes_.set_parent(at, kNoNode);
    account(before);
    nodes_.erase(at);
    ++purged;
    if (at == top) return purged;
    at = above;
  }
}

// Has no operation from `time` on named a node of this subtree?
bool Tree::is_older_than(NodeIndex top, std::uint64_t time) const {
  NodeIndex at = top;
  for (;;) {
    if (nodes_[at].touched >= time) return false;
    if (nodes_[at].first_child != kNoNode) {
      at = nodes_[at].first_child;
      continue;
    }
    while (at != top && nodes_[at].next == kNoNode) at = nodes_.parent(at);
    if (at == top) return true;
    at = nodes_[at].next;
  }
}

// Deleted nodes whose last parent is about to go for ever can be moved, but no longer restored.
void Tree::forget_home_below(NodeIndex top) {
  const auto goes = [&](NodeIndex home) {
    for (; home != kNoNode; home = nodes_.parent(home)) {
      if (home == top) return true;
    }
    return false;
  };
  for (NodeIndex at = nodes_[kTrashIndex].first_child; at != kNoNode; at = nodes_[at].next) {
    if (!goes(nodes_[at].last_home)) continue;
    const Before before{
        .node = at, .parent = kTrashIndex, .type = nodes_[at].type, .last_home = nodes_[at].last_home};
    nodes_[at].last_home = kNoNode;
    account(before);
  }
  for (LogEntry& entry : log_.entries()) {
    if (goes(entry.old_last_home)) entry.old_last_home = kNoNode;
  }
  // Outside of the trash a last home means nothing; it must only not come to mean another node.
  for (NodeIndex at = 0; at < nodes_.end(); ++at) {
    if (nodes_.parent(at) != kTrashIndex && goes(nodes_[at].last_home)) nodes_[at].last_home = kNoNode;
  }
}

}  // namespace wn::tree
