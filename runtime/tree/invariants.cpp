// What must hold between calls, written a second time.
#include <string>
#include <vector>

#include "runtime/tree/steps.h"

namespace wn::tree {

namespace {

std::string name_of(WorknodeId id) { return std::to_string(id.high) + ":" + std::to_string(id.low); }

// A child list that holds exactly the nodes that name this parent.
std::string broken_list(const NodeTable& nodes, NodeIndex parent) {
  std::uint32_t seen = 0;
  NodeIndex previous = kNoNode;
  for (NodeIndex at = nodes[parent].first_child; at != kNoNode; at = nodes[at].next) {
    if (nodes.parent(at) != parent)
      return "a child list names another parent's child " + name_of(nodes[at].id);
    if (nodes[at].previous != previous) return "a child list is torn at " + name_of(nodes[at].id);
    if (++seen > nodes.size()) return "a child list has a loop";
    previous = at;
  }
  return seen == nodes[parent].child_count ? "" : "a child count is wrong at " + name_of(nodes[parent].id);
}

}  // namespace

std::string Tree::broken_invariant() const {
  std::uint32_t placed_count = 0;
  std::uint32_t listed = 0;
  std::uint32_t live = 0;
  Sum sum;
  std::vector<NodeIndex> walk_of(nodes_.end(), kNoNode);
  for (NodeIndex node = 0; node < nodes_.end(); ++node) {
    const NodeRecord& record = nodes_[node];
    if (!record.id) continue;
    ++live;
    if (nodes_.find(record.id) != node) return "the index does not find " + name_of(record.id);
    if (record.in_changes || record.in_relinks) return "a mark is left on " + name_of(record.id);
    if (std::string broken = broken_list(nodes_, node); !broken.empty()) return broken;
    listed += record.child_count;
    for (NodeIndex at = node; at != kNoNode && walk_of[at] == kNoNode; at = nodes_.parent(at)) {
      walk_of[at] = node;
      const NodeIndex above = nodes_.parent(at);
      if (above != kNoNode && walk_of[above] == node) return "a cycle through " + name_of(record.id);
    }
    const NodeIndex parent = nodes_.parent(node);
    if (parent == kNoNode) continue;
    if (node <= kTrashIndex) return "the root or the trash has a parent";
    ++placed_count;
    const Sum own = share(node, parent, record.type, record.last_home);
    sum.low += own.low;
    sum.high += own.high;
  }
  if (live != nodes_.size()) return "the table's size is wrong";
  if (placed_count != placed_count_ || listed != placed_count) return "the count of nodes is wrong";
  if (sum.low != sum_.low || sum.high != sum_.high) return "the digest is not that of the nodes";
  const auto entries = log_.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool ascends = entries[i].stamp() > (i == 0 ? truncated_ : entries[i - 1].stamp());
    if (!ascends) return "the log is out of order at " + std::to_string(i);
  }
  return "";
}

}  // namespace wn::tree
