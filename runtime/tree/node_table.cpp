#include "runtime/tree/node_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace wn::tree {

NodeTable::NodeTable(std::uint64_t hash_key, std::pmr::memory_resource* memory)
    : hash_key_(hash_key), blocks_(memory), parents_(memory), slots_(memory) {}

void NodeTable::reserve(std::uint32_t extra) {
  const std::uint32_t fresh = extra > free_count_ ? extra - free_count_ : 0;
  const std::size_t wanted = parents_.size() + fresh;
  if (wanted > parents_.capacity()) parents_.reserve(std::max(wanted, 2 * parents_.capacity()));
  while ((blocks_.size() << kBlockBits) < wanted) {
    std::pmr::vector<NodeRecord> block(std::size_t{1} << kBlockBits, blocks_.get_allocator());
    blocks_.push_back(std::move(block));
  }
  std::size_t slots = slots_.empty() ? 16 : slots_.size();
  while (std::size_t{4} * (size_ + extra) > 3 * slots) slots *= 2;
  if (slots != slots_.size()) rehash(slots);
}

void NodeTable::place(std::uint64_t hash, NodeIndex node) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].node_plus_one != 0) at = (at + 1) & mask;
  slots_[at] = {.tag = static_cast<std::uint32_t>(hash >> 32), .node_plus_one = node + 1};
}

void NodeTable::rehash(std::size_t slots) {
  std::pmr::vector<Slot> fresh(slots, slots_.get_allocator());
  slots_.swap(fresh);
  for (NodeIndex node = 0; node < end(); ++node) {
    const WorknodeId id = (*this)[node].id;
    if (id) place(hash(id), node);
  }
}

NodeIndex NodeTable::insert(WorknodeId id) {
  WN_CHECK(std::size_t{4} * (size_ + 1) <= 3 * slots_.size());
  NodeIndex node = free_;
  if (node != kNoNode) {
    free_ = (*this)[node].next;
    --free_count_;
  } else {
    WN_CHECK(parents_.size() < parents_.capacity());
    node = static_cast<NodeIndex>(parents_.size());
    parents_.push_back(kNoNode);
  }
  NodeRecord& record = (*this)[node];
  record = NodeRecord{};
  record.id = id;
  parents_[node] = kNoNode;
  place(hash(id), node);
  ++size_;
  return node;
}

void NodeTable::erase(NodeIndex node) {
  NodeRecord& record = (*this)[node];
  WN_CHECK(record.id);
  WN_CHECK(parents_[node] == kNoNode);
  WN_CHECK(record.child_count == 0);
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = hash(record.id) & mask;
  while (slots_[hole].node_plus_one != node + 1) hole = (hole + 1) & mask;
  // Close the hole by shifting back what may lie there (Knuth, volume 3, 6.4, algorithm R).
  for (std::size_t at = (hole + 1) & mask; slots_[at].node_plus_one != 0; at = (at + 1) & mask) {
    const std::size_t home = hash((*this)[slots_[at].node_plus_one - 1].id) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
  record = NodeRecord{};
  record.next = free_;
  free_ = node;
  ++free_count_;
  --size_;
}

std::size_t NodeTable::memory_bytes() const {
  return (blocks_.size() << kBlockBits) * sizeof(NodeRecord) +
         blocks_.capacity() * sizeof(std::pmr::vector<NodeRecord>) + parents_.capacity() * sizeof(NodeIndex) +
         slots_.capacity() * sizeof(Slot);
}

}  // namespace wn::tree
