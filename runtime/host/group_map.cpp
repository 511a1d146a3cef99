#include "runtime/host/group_map.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/realm/protocol.h"

namespace wn::host {
namespace {

// Numbers of one level of the first tree: the root alone is level 0. None when the tree is not so deep.
struct Level {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

// The first level with at least `wanted` worknodes, or the fullest of those that there are.
Level level_with(std::uint64_t wanted, const GroupMap& map) {
  Level best{.first = 1, .end = 1};
  for (Level at{.first = 1, .end = 1 + std::uint64_t{map.fan_out}}; at.first <= map.worknodes;) {
    const Level there{.first = at.first, .end = std::min<std::uint64_t>(at.end, map.worknodes + 1ULL)};
    if (there.end - there.first > best.end - best.first) best = there;
    if (best.end - best.first >= wanted) break;
    at = {.first = at.first * map.fan_out + 1, .end = at.end * map.fan_out + 1};
  }
  return best;
}

raft::MemberList members_of(std::uint32_t group, const GroupMap& map) {
  std::vector<NodeId> chosen;
  const std::size_t begin = std::size_t{group} * map.members.size() / map.groups;
  for (std::uint32_t i = 0; i < map.replicas; ++i)
    chosen.push_back(map.members[(begin + i) % map.members.size()]);
  std::ranges::sort(chosen);
  raft::MemberList out;
  for (const NodeId node : chosen) out.insert_sorted(node);
  return out;
}

}  // namespace

std::vector<groups::GroupConfig> first_groups(const GroupMap& map) {
  WN_CHECK(map.groups >= 1 && map.replicas >= 1 && map.replicas <= map.members.size() && map.fan_out >= 1);
  std::vector<groups::GroupConfig> out;
  for (std::uint32_t g = 0; g < map.groups; ++g) {
    groups::GroupConfig& config = out.emplace_back();
    config.group = groups::GroupId{g + 1ULL};
    config.root = realm::kRealmRoot;
    config.members = members_of(g, map);
  }
  if (map.groups == 1) return out;
  const Level level = level_with(map.groups - 1, map);
  for (std::uint64_t n = level.first; n <= map.worknodes; ++n) {
    std::uint64_t top = n;
    while (top >= level.end) top = (top - 1) / map.fan_out;
    groups::GroupConfig& config = out[1 + (top - level.first) % (map.groups - 1)];
    if (config.worknodes.size() == map.owned_max) continue;
    if (config.worknodes.empty()) config.root = realm::numbered(top);
    config.worknodes.push_back(realm::numbered(n));
  }
  return out;
}

}  // namespace wn::host
