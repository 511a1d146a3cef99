// Late operations that need no undoing. An operation may be put into the log behind younger ones, and the
// tree changed as it stands, when nothing younger can tell the difference:
//   - it has no effect at its place: then nothing changes; or
//   - no younger operation moves its node again, and each younger one that asks for the ancestors of a node
//   in
//     its subtree gets the same answer. Others do not walk through the node.
// Whatever was below the node at its place or since is found by looking at its subtree of now and, when some
// of that was touched since, at what younger operations took out of it. Parents of then are in the log: with
// the first younger operation on a node stands the parent that it had.
#include "runtime/tree/steps.h"

namespace wn::tree {

namespace {
constexpr std::size_t kWindowMax = 4096;   // younger operations; beyond, one redo pass costs less
constexpr std::uint32_t kBelowMax = 1024;  // nodes in or once in the subtree
constexpr std::uint32_t kAskersMax = 32;   // younger operations that are judged again
}  // namespace

bool Tree::place(LogEntry& entry, std::size_t position) {
  if (log_.size() - position > kWindowMax) return false;
  entry.outcome = static_cast<std::uint8_t>(judge_at(entry, position, kNoNode, kNoNode));
  if (entry.outcome == static_cast<std::uint8_t>(Outcome::applied)) {
    if (!is_unnoticed(entry, position)) return false;
    entry.old_parent = nodes_.parent(entry.node);
    take_effect(entry);
  } else {
    entry.old_parent = parent_at(entry.node, entry.time, position);
  }
  touch(entry);
  log_.insert(position, entry);
  ++stats_.placed;
  return true;
}

// The parent that `node` had when the log ended before `position`, where the next entry has `time` or more.
NodeIndex Tree::parent_at(NodeIndex node, std::uint64_t time, std::size_t position) const {
  if (nodes_[node].moved >= time) {
    for (const LogEntry& younger : log_.entries().subspan(position)) {
      if (younger.node == node) return younger.old_parent;
    }
  }
  return nodes_.parent(node);
}

// judge() in the tree of then, where in addition `moved` (or no node) lies under `under`.
Outcome Tree::judge_at(const LogEntry& entry, std::size_t position, NodeIndex moved, NodeIndex under) const {
  if (options_.defect == Defect::move_without_cycle_check) return Outcome::applied;
  NodeIndex at = entry.parent;
  for (std::uint32_t steps = 1;; ++steps) {
    if (at == entry.node) return Outcome::cycle;
    at = at == moved ? under : parent_at(at, entry.time, position);
    if (at == kNoNode) return Outcome::applied;
    if (steps >= options_.depth_max) return Outcome::too_deep;
  }
}

bool Tree::is_unnoticed(const LogEntry& entry, std::size_t position) {
  if (nodes_[entry.node].moved >= entry.time) return false;
  new_epoch();
  std::uint32_t left = kBelowMax;
  bool touched = false;
  if (!mark_below(entry.node, entry.time, left, touched)) return false;
  if (!touched) return true;
  const auto younger = log_.entries().subspan(position);
  for (bool grew = true; grew;) {
    grew = false;
    for (const LogEntry& other : younger) {
      const bool took_out = other.outcome == static_cast<std::uint8_t>(Outcome::applied) &&
                            other.old_parent != kNoNode && marks_[other.old_parent] == epoch_;
      if (!took_out || marks_[other.node] == epoch_) continue;
      if (!mark_below(other.node, entry.time, left, touched)) return false;
      grew = true;
    }
  }
  std::uint32_t askers = 0;
  for (std::size_t i = 0; i < younger.size(); ++i) {
    if (marks_[younger[i].parent] != epoch_) continue;
    if (++askers > kAskersMax) return false;
    const Outcome outcome = judge_at(younger[i], position + i, entry.node, entry.parent);
    if (younger[i].outcome != static_cast<std::uint8_t>(outcome)) return false;
  }
  return true;
}

// Marks a subtree as it stands; false when it has more than `left` nodes. Pre-order over the child lists
// without a stack: down, else to the next sibling, else up.
bool Tree::mark_below(NodeIndex top, std::uint64_t time, std::uint32_t& left, bool& touched) {
  for (NodeIndex at = top;;) {
    if (left-- == 0) return false;
    const NodeRecord& record = nodes_[at];
    marks_[at] = epoch_;
    touched = touched || record.touched >= time;
    if (record.first_child != kNoNode) {
      at = record.first_child;
      continue;
    }
    while (at != top && nodes_[at].next == kNoNode) at = nodes_.parent(at);
    if (at == top) return true;
    at = nodes_[at].next;
  }
}

}  // namespace wn::tree
