#include "runtime/tree/tree.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/tree/mix.h"

namespace wn::tree {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::applied:
      return "applied";
    case Outcome::cycle:
      return "cycle";
    case Outcome::too_deep:
      return "too-deep";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::conflict:
      return "conflict";
    case Outcome::stale:
      return "stale";
    case Outcome::invalid:
      return "invalid";
  }
  return "?";
}

Tree::Tree(Options options, std::pmr::memory_resource* memory)
    : options_(options),
      nodes_(options.hash_key, memory),
      log_(memory),
      order_(memory),
      pending_(memory),
      changes_(memory),
      relinks_(memory),
      new_ids_(memory),
      marks_(memory) {
  WN_CHECK(options.nodes_max >= 2);
  WN_CHECK(options.depth_max >= 1);
  nodes_.reserve(2);
  WN_CHECK_EQ(nodes_.insert(kRootId), kRootIndex);
  WN_CHECK_EQ(nodes_.insert(kTrashId), kTrashIndex);
}

// The rule of the room, in the tree as it stands: what would become of a move of `node` under `parent`?
Outcome Tree::judge(NodeIndex node, NodeIndex parent) const {
  if (options_.defect == Defect::move_without_cycle_check) return Outcome::applied;
  NodeIndex at = parent;
  for (std::uint32_t steps = 1;; ++steps) {
    if (at == node) return Outcome::cycle;
    at = nodes_.parent(at);
    if (at == kNoNode) return Outcome::applied;
    if (steps >= options_.depth_max) return Outcome::too_deep;
  }
}

void Tree::touch(const LogEntry& entry) {
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
Tree::Before Tree::remember(LogEntry& entry) const {
  const NodeRecord& record = nodes_[entry.node];
  entry.old_type = record.type;
  entry.old_last_home = record.last_home;
  return {.node = entry.node, .parent = entry.old_parent, .type = record.type, .last_home = record.last_home};
}

// What an operation that takes effect does to its node, but not the lists. REQUIRES remember().
void Tree::set_by(const LogEntry& entry) {
  const bool deletes = entry.parent == kTrashIndex && entry.old_parent != kTrashIndex;
  set(entry.node, entry.parent, entry.type != 0 ? entry.type : entry.old_type,
      deletes ? entry.old_parent : entry.old_last_home);
}

void Tree::set(NodeIndex node, NodeIndex parent, std::uint32_t type, NodeIndex last_home) {
  nodes_.set_parent(node, parent);
  NodeRecord& record = nodes_[node];
  record.type = type;
  record.last_home = last_home;
}

void Tree::note_change(NodeIndex node) {
  NodeRecord& record = nodes_[node];
  if (record.in_changes) return;
  record.in_changes = 1;
  changes_.push_back(
      {.node = node, .parent = nodes_.parent(node), .type = record.type, .last_home = record.last_home});
}

// A node's summand of the digest. Placeholders have none.
Tree::Sum Tree::share(NodeIndex node, NodeIndex parent, std::uint32_t type, NodeIndex last_home) const {
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
void Tree::account(const Before& before) {
  const NodeRecord& record = nodes_[before.node];
  const NodeIndex parent = nodes_.parent(before.node);
  const Sum old_share = share(before.node, before.parent, before.type, before.last_home);
  const Sum new_share = share(before.node, parent, record.type, record.last_home);
  sum_.low += new_share.low - old_share.low;
  sum_.high += new_share.high - old_share.high;
  placed_count_ += (parent != kNoNode ? 1U : 0U) - (before.parent != kNoNode ? 1U : 0U);
}

Digest Tree::digest() const {
  Digest digest;
  digest.absorb(placed_count_);
  digest.absorb(sum_.low);
  digest.absorb(sum_.high);
  return digest;
}

void Tree::truncate_before(causality::Stamp stable) {
  if (stable <= truncated_) return;
  truncated_ = stable;
  const auto entries = log_.entries();
  const std::size_t kept_from = log_.position(stable);
  const bool also_this = kept_from < entries.size() && entries[kept_from].stamp() == stable;
  log_.drop_front(kept_from + (also_this ? 1 : 0));
}

std::size_t Tree::memory_bytes() const {
  return sizeof(*this) + nodes_.memory_bytes() + log_.memory_bytes() +
         order_.capacity() * sizeof(std::uint32_t) + pending_.capacity() * sizeof(Pending) +
         (changes_.capacity() + relinks_.capacity()) * sizeof(Before) +
         new_ids_.capacity() * sizeof(WorknodeId) + marks_.capacity() * sizeof(std::uint32_t);
}

}  // namespace wn::tree
