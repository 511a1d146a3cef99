#include "runtime/host/group_rule.h"

#include <algorithm>
#include <map>

namespace wn::host {
namespace {

constexpr std::size_t kStepsMax = 4096;  // up a tree that changes while it is looked at
constexpr std::uint64_t kMillion = 1'000'000;

bool contains(std::span<const WorknodeId> sorted, WorknodeId id) {
  return std::ranges::binary_search(sorted, id);
}

// (top, index of what is owned at or below it), ascending; each top is owned too.
using Below = std::vector<std::pair<WorknodeId, std::size_t>>;
Below all_below(std::span<const WorknodeId> owned, const ParentOf& parent_of) {
  Below out;
  for (std::size_t i = 0; i < owned.size(); ++i) {
    std::size_t steps = 0;
    for (WorknodeId at = owned[i]; at && steps < kStepsMax; at = parent_of(at), ++steps) {
      if (contains(owned, at)) out.emplace_back(at, i);
    }
  }
  std::ranges::sort(out);
  return out;
}

std::optional<groups::Change> move_of(const GroupView& view, std::span<const NodeId> nodes, Draw& draw) {
  const std::uint64_t leaves = draw.u64();
  const std::uint64_t comes = draw.u64();
  std::vector<NodeId> others;
  for (const NodeId node : nodes) {
    if (!view.members.contains(node)) others.push_back(node);
  }
  if (others.empty() || view.members.empty()) return std::nullopt;
  groups::Change change;
  change.kind = groups::ChangeKind::move;
  change.group = view.group;
  change.members = view.members;
  change.members.erase(view.members[leaves % view.members.size()]);
  change.members.insert_sorted(others[comes % others.size()]);
  return change;
}

}  // namespace

std::vector<WorknodeId> half_of(std::span<const WorknodeId> owned, const ParentOf& parent_of,
                                WorknodeId& root) {
  const std::size_t most = std::min(owned.size() / 2, groups::kSetMax);
  const Below below = all_below(owned, parent_of);
  struct Top {
    std::size_t size;
    std::size_t first;  // in `below`
  };
  std::vector<Top> tops;
  for (std::size_t i = 0, end = 0; i < below.size(); i = end) {
    while (end < below.size() && below[end].first == below[i].first) ++end;
    if (end - i <= most) tops.push_back({.size = end - i, .first = i});
  }
  std::ranges::sort(tops, [](const Top& a, const Top& b) {
    return a.size != b.size ? a.size > b.size : a.first < b.first;
  });
  std::vector<bool> taken(owned.size(), false);
  std::size_t count = 0;
  for (const Top& top : tops) {
    // A subtree lies within a larger one that was taken, or apart from all of them.
    if (count + top.size > most || taken[below[top.first].second]) continue;
    if (count == 0) root = below[top.first].first;
    for (std::size_t i = 0; i < top.size; ++i) taken[below[top.first + i].second] = true;
    count += top.size;
  }
  std::vector<WorknodeId> out;
  for (std::size_t i = 0; i < owned.size(); ++i) {
    if (taken[i]) out.push_back(owned[i]);
  }
  return out;
}

groups::GroupId group_above(const GroupView& view, const ParentOf& parent_of, const OwnerOf& owner_of,
                            groups::GroupId genesis) {
  std::size_t steps = 0;
  for (const WorknodeId id : view.worknodes) {
    for (WorknodeId at = parent_of(id); at && steps < kStepsMax; at = parent_of(at), ++steps) {
      if (contains(view.worknodes, at)) continue;
      const groups::GroupId owner = owner_of(at);
      if (owner && owner != view.group) return owner;
    }
  }
  return genesis;
}

std::optional<groups::Change> wanted(const GroupRule& rule, const GroupView& view,
                                     std::span<const NodeId> nodes, const ParentOf& parent_of,
                                     const OwnerOf& owner_of, groups::GroupId genesis, Draw& draw) {
  const bool moves = draw.below(kMillion) < rule.move_ppm;
  const std::optional<groups::Change> move = move_of(view, nodes, draw);
  if (moves && move) return move;
  groups::Change change;
  change.group = view.group;
  if (rule.split_above > 0 && view.worknodes.size() > rule.split_above) {
    change.kind = groups::ChangeKind::split;
    change.worknodes = half_of(view.worknodes, parent_of, change.root);
    if (change.worknodes.empty()) return std::nullopt;
    return change;
  }
  if (view.genesis || view.worknodes.size() >= rule.merge_below) return std::nullopt;
  change.kind = groups::ChangeKind::merge;
  change.to = group_above(view, parent_of, owner_of, genesis);
  if (!change.to || change.to == view.group) return std::nullopt;
  return change;
}

}  // namespace wn::host
