// Late operations that need no undoing. An operation may be put into the log behind younger ones, and the
// tree changed as it stands, when nothing younger can tell the difference:
//   - it has no effect at its place: then nothing changes; or
//   - its subtree was left alone since: no younger operation named, or changed the children of, any node in
//     it. So it had the same subtree at its place in the order, no younger operation moved the node again,
//     and no younger operation's walk to the top, which starts at its parent, goes through the node.
// The judgement itself needs the ancestors at that place; a node's parent of then is in the log, with the
// first younger operation on that node.
#include "runtime/tree/tree.h"

namespace wn::tree {

namespace {
constexpr std::size_t kWindowMax =
    4096;                                // younger operations; beyond, one redo pass costs less than look-ups
constexpr std::uint32_t kQuietMax = 64;  // nodes of a subtree that are looked at
}  // namespace

bool Tree::place(LogEntry& entry, std::size_t position) {
  if (log_.size() - position > kWindowMax) return false;
  entry.outcome = static_cast<std::uint8_t>(judge_at(entry, position));
  if (entry.outcome == static_cast<std::uint8_t>(Outcome::applied)) {
    if (!is_quiet_since(entry.node, entry.time)) return false;
    entry.old_parent = nodes_.parent(entry.node);
    take_effect(entry);
  } else {
    entry.old_parent = parent_at(entry.node, entry, position);
  }
  touch(entry);
  log_.insert(position, entry);
  ++stats_.placed;
  return true;
}

// The parent that `node` had just before `entry`, which is to go to `position`.
NodeIndex Tree::parent_at(NodeIndex node, const LogEntry& entry, std::size_t position) const {
  if (nodes_[node].moved >= entry.time) {
    for (const LogEntry& younger : log_.entries().subspan(position)) {
      if (younger.node == node) return younger.old_parent;
    }
  }
  return nodes_.parent(node);
}

Outcome Tree::judge_at(const LogEntry& entry, std::size_t position) const {
  if (options_.defect == Defect::move_without_cycle_check) return Outcome::applied;
  NodeIndex at = entry.parent;
  for (std::uint32_t steps = 1;; ++steps) {
    if (at == entry.node) return Outcome::cycle;
    at = parent_at(at, entry, position);
    if (at == kNoNode) return Outcome::applied;
    if (steps >= options_.depth_max) return Outcome::too_deep;
  }
}

// Pre-order over the child lists without a stack: down, else to the next sibling, else up.
bool Tree::is_quiet_since(NodeIndex top, std::uint64_t time) const {
  NodeIndex at = top;
  for (std::uint32_t seen = 0; seen < kQuietMax; ++seen) {
    const NodeRecord& record = nodes_[at];
    if (record.touched >= time) return false;
    if (record.first_child != kNoNode) {
      at = record.first_child;
      continue;
    }
    while (at != top && nodes_[at].next == kNoNode) at = nodes_.parent(at);
    if (at == top) return true;
    at = nodes_[at].next;
  }
  return false;
}

}  // namespace wn::tree
