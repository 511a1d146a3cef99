#pragma once
// The groups of a realm's first epoch: which Raft group owns which part of the first tree, and on which nodes
// its replicas are. Pure, the same on all nodes.
//
// The first group (genesis) owns the top of the tree and whatever is created later, until it is given away.
// The others own whole subtrees, those whose roots stand on the first level that has enough of them, dealt
// out in turn. The replicas of group g stand on nodes that follow each other, beginning at a place that
// depends on g, so that each node has about as many as another. Thread rule: values.
#include <cstdint>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/groups/types.h"

namespace wn::host {

struct GroupMap {
  std::uint32_t groups = 1;
  std::uint32_t replicas = 3;        // of each; at most members
  std::vector<NodeId> members;       // ascending
  std::uint32_t worknodes = 0;       // of the first tree, below the root
  std::uint32_t fan_out = 10;        // its shape: realm::Options
  std::uint32_t owned_max = 16'384;  // worknodes named for one group; what is beyond stays with the first
};
// REQUIRES groups >= 1, replicas between 1 and members, fan_out >= 1.
std::vector<groups::GroupConfig> first_groups(const GroupMap& map);

}  // namespace wn::host
