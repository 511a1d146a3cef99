#pragma once
// The inner steps of Tree that every way of an operation takes (batch.cpp, place.cpp, redo.cpp), in a header
// of this room alone so that they are inlined there.
#include <algorithm>

#include "runtime/tree/mix.h"
#include "runtime/tree/tree.h"

namespace wn::tree {

// The rule of the room, in the tree as it stands: what would become of a move of `node` under `parent`?
inline Outcome Tree::judge(NodeIndex node, NodeIndex parent) const {
  if (options_.defect == Defect::move_without_cycle_check) return Outcome::applied;
  NodeIndex at = parent;
  for (std::uint32_t steps = 1;; ++steps) {
    if (at == node) return Outcome::cycle;
    at = nodes_.parent(at);
    if (at == kNoNode) return Outcome::applied;
    if (steps >= options_.depth_max) return Outcome::too_deep;
  }
}

inline void Tree::touch(const LogEntry& entry) {
  NodeRecord& record = nodes_[entry.node];
  record.moved = std::max(record.moved, entry.time);
  record.touched = std::max(record.touched, entry.time);
  NodeRecord& above = nodes_[entry.parent];
  above.touched = std::max(above.touched, entry.time);
  if (entry.old_parent == kNoNode) return;
  NodeRecord& before = nodes_[entry.old_parent];
  before.touched = std::max(before.touched, entry.time);
}

// Keeps in the entry what the operation is about to replace, and says it.
inline Tree::Before Tree::remember(LogEntry& entry) const {
  const NodeRecord& record = nodes_[entry.node];
  entry.old_type = record.type;
  entry.old_last_home = record.last_home;
  return {.node = entry.node, .parent = entry.old_parent, .type = record.type, .last_home = record.last_home};
}

// What an operation that takes effect does to its node, but not the lists. REQUIRES remember().
inline void Tree::set_by(const LogEntry& entry) {
  const bool deletes = entry.parent == kTrashIndex && entry.old_parent != kTrashIndex;
  set(entry.node, entry.parent, entry.type != 0 ? entry.type : entry.old_type,
      deletes ? entry.old_parent : entry.old_last_home);
}

inline void Tree::set(NodeIndex node, NodeIndex parent, std::uint32_t type, NodeIndex last_home) {
  nodes_.set_parent(node, parent);
  NodeRecord& record = nodes_[node];
  record.type = type;
  record.last_home = last_home;
}

inline void Tree::note_change(NodeIndex node) {
  NodeRecord& record = nodes_[node];
  if (record.in_changes) return;
  record.in_changes = 1;
  changes_.push_back(
      {.node = node, .parent = nodes_.parent(node), .type = record.type, .last_home = record.last_home});
}

// A node's summand of the digest. Placeholders have none.
inline Tree::Sum Tree::share(NodeIndex node, NodeIndex parent, std::uint32_t type,
                             NodeIndex last_home) const {
  if (parent == kNoNode) return {};
  const WorknodeId id = nodes_[node].id;
  const WorknodeId above = nodes_[parent].id;
  const std::uint64_t a = mix(mix(id.low, id.high), mix(above.low, above.high) + type);
  if (parent != kTrashIndex || last_home == kNoNode) return {.low = a, .high = mix(a, id.low + above.high)};
  const WorknodeId home = nodes_[last_home].id;
  const std::uint64_t b = mix(a, mix(home.low, home.high));
  return {.low = b, .high = mix(b, id.low + above.high)};
}

// Brings digest and count from how the node was to how it is.
inline void Tree::account(const Before& before) {
  const NodeRecord& record = nodes_[before.node];
  const NodeIndex parent = nodes_.parent(before.node);
  const Sum old_share = share(before.node, before.parent, before.type, before.last_home);
  const Sum new_share = share(before.node, parent, record.type, record.last_home);
  sum_.low += new_share.low - old_share.low;
  sum_.high += new_share.high - old_share.high;
  placed_count_ += (parent != kNoNode ? 1U : 0U) - (before.parent != kNoNode ? 1U : 0U);
}

}  // namespace wn::tree
