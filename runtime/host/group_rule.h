#pragma once
// How the Raft groups of a realm follow what they own: one that has grown splits along the tree, one that has
// shrunk is merged into the group above it, and replicas move. Pure: what one group should do now, seen by
// the node that leads it; the groups themselves decide (groups::Change), and refuse what has changed
// meanwhile.
//
// A rule with merge_below above half of split_above splits and merges for ever. Thread rule: values.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/random.h"
#include "runtime/base/time.h"
#include "runtime/groups/types.h"

namespace wn::host {

struct GroupRule {
  Duration interval;              // between two looks; zero: groups stay as they are
  std::uint32_t split_above = 0;  // a group that owns more worknodes splits; 0: none does
  std::uint32_t merge_below = 0;  // one that owns fewer is merged; 0: none is
  std::uint32_t move_ppm = 0;     // chance at each look that one of its replicas moves to another node
};

// One group as its leader sees it.
struct GroupView {
  groups::GroupId group;
  bool genesis = false;
  std::vector<WorknodeId> worknodes;  // owned; ascending
  raft::MemberList members;
};

using ParentOf = std::function<WorknodeId(WorknodeId)>;  // none: unknown, or the root
using OwnerOf = std::function<groups::GroupId(WorknodeId)>;

// About half of what is owned, at most groups::kSetMax: whole subtrees, the largest that fit first. Empty
// when less than two are owned. `root`: that of the first subtree taken.
std::vector<WorknodeId> half_of(std::span<const WorknodeId> owned, const ParentOf& parent_of,
                                WorknodeId& root);

// The group that owns what is above this one in the tree; the genesis group where nothing is.
groups::GroupId group_above(const GroupView& view, const ParentOf& parent_of, const OwnerOf& owner_of,
                            groups::GroupId genesis);

// Draws the same number of times whatever comes of it. `nodes`: where replicas may be, ascending. The
// context, and of a merge the members of the group that takes, are for the caller to fill in.
std::optional<groups::Change> wanted(const GroupRule& rule, const GroupView& view,
                                     std::span<const NodeId> nodes, const ParentOf& parent_of,
                                     const OwnerOf& owner_of, groups::GroupId genesis, Draw& draw);

}  // namespace wn::host
