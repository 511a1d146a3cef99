#pragma once
// NodeTable: the nodes of one tree by 32-bit index, found by id through an open-addressing index, with their
// child lists. Bare storage: what a tree may do with it is the Tree's business.
//
// Records lie in blocks of 1,024 that never move; parents lie apart in one array, because walks to the top
// read nothing else. Bytes a node: record 56, parent 4, index 8 to 21 (at most 3/4 full): 68 to 85, plus the
// parent array's unused half after it grew.
//
// A child list is doubly linked and in no order that means anything; who shows children sorts them (query.h).
// Errors: none; reserve() throws what the memory resource throws, all else never allocates.
// Thread rule: one thread.
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/tree/mix.h"

namespace wn::tree {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = 0xFFFFFFFFU;
inline constexpr NodeIndex kRootIndex = 0;
inline constexpr NodeIndex kTrashIndex = 1;

struct NodeRecord {
  WorknodeId id;
  std::uint64_t moved = 0;    // time of the youngest operation that ever moved, or tried to move, this node
  std::uint64_t touched = 0;  // the same for operations that named it or changed its child list
  NodeIndex first_child = kNoNode;
  NodeIndex next = kNoNode;  // sibling
  NodeIndex previous = kNoNode;
  std::uint32_t child_count : 30 = 0;
  std::uint32_t in_changes : 1 = 0;  // marks of the batch at hand
  std::uint32_t in_relinks : 1 = 0;
  std::uint32_t type = 0;
  NodeIndex last_home = kNoNode;  // in the trash: the parent that it was deleted from; else without meaning
};
static_assert(sizeof(NodeRecord) == 56);

class NodeTable {
 public:
  NodeTable(std::uint64_t hash_key, std::pmr::memory_resource* memory);

  // Room for `extra` more nodes.
  void reserve(std::uint32_t extra);
  std::uint32_t size() const { return size_; }
  // One past the highest index in use: for loops over all; indices of erased nodes have a record without id.
  NodeIndex end() const { return static_cast<NodeIndex>(parents_.size()); }

  NodeIndex find(WorknodeId id) const;
  // REQUIRES that the id is new and room reserved. The node has no parent and no children.
  NodeIndex insert(WorknodeId id);
  // REQUIRES no parent and no children.
  void erase(NodeIndex node);

  NodeRecord& operator[](NodeIndex node) { return blocks_[node >> kBlockBits][node & kBlockMask]; }
  const NodeRecord& operator[](NodeIndex node) const {
    return blocks_[node >> kBlockBits][node & kBlockMask];
  }
  NodeIndex parent(NodeIndex node) const { return parents_[node]; }
  void set_parent(NodeIndex node, NodeIndex parent) { parents_[node] = parent; }

  // Child lists only; kNoNode as parent is allowed and does nothing.
  void link(NodeIndex node, NodeIndex parent);
  void unlink(NodeIndex node, NodeIndex parent);

  std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kBlockBits = 10;
  static constexpr std::uint32_t kBlockMask = (1U << kBlockBits) - 1;
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t node_plus_one = 0;  // 0 = empty
  };
  std::uint64_t hash(WorknodeId id) const;
  void place(std::uint64_t hash, NodeIndex node);
  void rehash(std::size_t slots);

  std::uint64_t hash_key_;
  std::pmr::vector<std::pmr::vector<NodeRecord>> blocks_;
  std::pmr::vector<NodeIndex> parents_;
  std::pmr::vector<Slot> slots_;  // a power of two
  NodeIndex free_ = kNoNode;      // erased nodes, linked by `next`
  std::uint32_t free_count_ = 0;
  std::uint32_t size_ = 0;
};

inline std::uint64_t NodeTable::hash(WorknodeId id) const {
  return mix(id.low ^ hash_key_, mix(id.high, hash_key_ ^ 0x8EBC6AF09C88C6E3ULL));
}

inline NodeIndex NodeTable::find(WorknodeId id) const {
  if (slots_.empty()) return kNoNode;
  const std::uint64_t h = hash(id);
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(h >> 32);
  for (std::size_t at = h & mask;; at = (at + 1) & mask) {
    const Slot slot = slots_[at];
    if (slot.node_plus_one == 0) return kNoNode;
    if (slot.tag == tag && (*this)[slot.node_plus_one - 1].id == id) return slot.node_plus_one - 1;
  }
}

inline void NodeTable::link(NodeIndex node, NodeIndex parent) {
  if (parent == kNoNode) return;
  NodeRecord& record = (*this)[node];
  NodeRecord& above = (*this)[parent];
  record.previous = kNoNode;
  record.next = above.first_child;
  if (above.first_child != kNoNode) (*this)[above.first_child].previous = node;
  above.first_child = node;
  above.child_count = above.child_count + 1;
}

inline void NodeTable::unlink(NodeIndex node, NodeIndex parent) {
  if (parent == kNoNode) return;
  NodeRecord& record = (*this)[node];
  NodeRecord& above = (*this)[parent];
  if (record.previous != kNoNode) {
    (*this)[record.previous].next = record.next;
  } else {
    above.first_child = record.next;
  }
  if (record.next != kNoNode) (*this)[record.next].previous = record.previous;
  record.next = kNoNode;
  record.previous = kNoNode;
  above.child_count = above.child_count - 1;
}

}  // namespace wn::tree
