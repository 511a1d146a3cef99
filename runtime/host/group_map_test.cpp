#include "runtime/host/group_map.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "runtime/realm/protocol.h"

namespace wn::host {
namespace {

GroupMap map_of(std::uint32_t groups, std::uint32_t nodes, std::uint32_t worknodes, std::uint32_t fan_out) {
  GroupMap map;
  map.groups = groups;
  map.worknodes = worknodes;
  map.fan_out = fan_out;
  for (std::uint32_t n = 1; n <= nodes; ++n) map.members.push_back(NodeId{n});
  return map;
}

TEST_CASE("group map: each worknode has one owner, and a subtree stays together") {
  for (const std::uint32_t groups : {1U, 2U, 4U, 5U, 9U, 40U}) {
    const GroupMap map = map_of(groups, 5, 200, 4);
    const auto configs = first_groups(map);
    REQUIRE(configs.size() == groups);
    std::map<std::uint64_t, std::uint64_t> owner;
    for (const groups::GroupConfig& c : configs) {
      CHECK(std::ranges::is_sorted(c.worknodes));
      for (const WorknodeId w : c.worknodes)
        CHECK(owner.emplace(realm::number_of(w.low), c.group.value).second);
    }
    CHECK(configs[0].worknodes.empty());
    for (const auto& [n, group] : owner) {
      const auto above = owner.find((n - 1) / map.fan_out);
      if (n > 0 && above != owner.end()) CHECK(above->second == group);
    }
    if (groups > 1) CHECK(owner.size() >= 150);
    for (std::size_t g = 1; g < configs.size(); ++g) CHECK(!configs[g].worknodes.empty());
  }
}

TEST_CASE("group map: replicas are spread over the nodes") {
  const auto configs = first_groups(map_of(100, 100, 1000, 10));
  std::map<NodeId, std::size_t> load;
  for (const groups::GroupConfig& c : configs) {
    CHECK(c.members.size() == 3);
    for (const NodeId node : c.members) ++load[node];
  }
  CHECK(load.size() == 100);
  for (const auto& [node, replicas] : load) CHECK(replicas == 3);
}

TEST_CASE("group map: a tree with fewer subtrees than groups leaves some without") {
  const auto configs = first_groups(map_of(8, 3, 2, 4));
  std::size_t owned = 0;
  for (const groups::GroupConfig& c : configs) owned += c.worknodes.size();
  CHECK(owned == 2);
}

}  // namespace
}  // namespace wn::host
