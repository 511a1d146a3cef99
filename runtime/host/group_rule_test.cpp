// What a group's leader wants of it: split along the tree, merge upwards, move.
#include "runtime/host/group_rule.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/host/group_map.h"
#include "runtime/host/test_hosts.h"
#include "runtime/realm/protocol.h"

namespace wn::host {
namespace {

constexpr std::uint64_t kFanOut = 3;
constexpr groups::GroupId kGenesis{1};
constexpr groups::GroupId kAbove{2};
constexpr groups::GroupId kOwn{3};

WorknodeId parent(WorknodeId id) {
  const std::uint64_t n = realm::number_of(id.low);
  return n == 0 ? WorknodeId{} : realm::numbered((n - 1) / kFanOut);
}
std::vector<WorknodeId> numbers(std::initializer_list<std::uint64_t> list) {
  std::vector<WorknodeId> out;
  for (const std::uint64_t n : list) out.push_back(realm::numbered(n));
  std::ranges::sort(out);
  return out;
}
GroupView view_of(std::vector<WorknodeId> owned) {
  GroupView view{.group = kOwn, .genesis = false, .worknodes = std::move(owned), .members = {}};
  for (const std::uint32_t n : {1U, 2U, 3U}) view.members.insert_sorted(NodeId{n});
  return view;
}
std::optional<groups::Change> want(const GroupRule& rule, const GroupView& view, std::uint64_t roll = 0) {
  const std::vector<NodeId> nodes = {NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}, NodeId{5}};
  Draw draw = Random(7).at("test.rule", 0, roll);
  const auto owner = [&](WorknodeId id) {
    if (std::ranges::binary_search(view.worknodes, id)) return kOwn;
    return realm::number_of(id.low) == 1 ? kAbove : kGenesis;
  };
  return wanted(rule, view, nodes, &parent, owner, kGenesis, draw);
}

TEST_CASE("group rule: half of a group is whole subtrees, never more than half") {
  WorknodeId root;
  // 1 has the children 4, 5, 6; 4 has 13, 14, 15.
  CHECK(half_of(numbers({1, 4, 5, 6, 13, 14, 15}), &parent, root) == numbers({5, 6, 13}));
  CHECK(half_of(numbers({1, 4, 5, 6, 13, 14, 15, 2, 7}), &parent, root) == numbers({4, 13, 14, 15}));
  CHECK(root == realm::numbered(4));
  CHECK(half_of(numbers({4, 5}), &parent, root).size() == 1);
  CHECK(half_of(numbers({4}), &parent, root).empty());
  for (std::uint64_t k = 0; k < 200; ++k) {
    Draw d = Random(3).at("test.half", 0, k);
    std::vector<WorknodeId> owned;
    for (std::uint64_t n = 1; n < 60; ++n) {
      if (d.below(3) == 0) owned.push_back(realm::numbered(n));
    }
    std::ranges::sort(owned);
    const auto half = half_of(owned, &parent, root);
    CHECK(half.size() == owned.size() / 2);  // single ones fill up what subtrees leave
    CHECK(std::ranges::is_sorted(half));
    CHECK(std::ranges::includes(owned, half));
    if (!half.empty()) CHECK(std::ranges::binary_search(half, root));
  }
}

TEST_CASE(
    "group rule: a group splits when it has grown, is merged upwards when it has shrunk, rests between") {
  const GroupRule rule{.interval = seconds(1), .split_above = 3, .merge_below = 2, .move_ppm = 0};
  const auto split = want(rule, view_of(numbers({4, 13, 14, 15})));
  REQUIRE(split.has_value());
  CHECK(split->kind == groups::ChangeKind::split);
  CHECK(split->worknodes.size() == 2);
  CHECK(!want(rule, view_of(numbers({4, 13, 14}))).has_value());
  const auto merge = want(rule, view_of(numbers({4})));
  REQUIRE(merge.has_value());
  CHECK(merge->kind == groups::ChangeKind::merge);
  CHECK(merge->to == kAbove);
  CHECK(want(rule, view_of(numbers({2})))->to == kGenesis);
  CHECK(want(rule, view_of({}))->to == kGenesis);
  GroupView first = view_of(numbers({4}));
  first.genesis = true;
  CHECK(!want(rule, first).has_value());
}

TEST_CASE("group rule: a move changes one replica, and none is moved where there is no other node") {
  const GroupRule always{.interval = seconds(1), .split_above = 0, .merge_below = 0, .move_ppm = 1'000'000};
  for (std::uint64_t roll = 0; roll < 50; ++roll) {
    const GroupView view = view_of(numbers({4}));
    const auto move = want(always, view, roll);
    REQUIRE(move.has_value());
    CHECK(move->kind == groups::ChangeKind::move);
    CHECK(move->members.size() == 3);
    CHECK(std::ranges::count_if(move->members, [&](NodeId n) { return view.members.contains(n); }) == 2);
  }
  GroupView everywhere = view_of(numbers({4}));
  for (const std::uint32_t n : {4U, 5U}) everywhere.members.insert_sorted(NodeId{n});
  CHECK(!want(always, everywhere).has_value());
}

realm::Request strong(realm::Function function, std::uint64_t worknode, std::int64_t value = 0) {
  realm::Request r;
  r.mode = Mode::strong;
  r.function = function;
  r.worknode = realm::numbered(worknode);
  r.value = value;
  return r;
}

TEST_CASE("host: groups split, merge and move by their rule, and every value is where it is asked for") {
  TestHosts hosts(4, [](Options& o) {
    o.groups.groups =
        first_groups({.groups = 2, .replicas = 3, .members = o.realm.members, .worknodes = 12, .fan_out = 3});
    o.group_rule = {.interval = milliseconds(500), .split_above = 4, .merge_below = 4, .move_ppm = 200'000};
  });
  hosts.run_for(seconds(2));
  for (std::int64_t round = 1; round <= 12; ++round) {
    for (std::uint64_t n = 1; n <= 12; ++n) {
      const auto value = static_cast<std::int64_t>(n) * 100 + round;
      const NodeId at{static_cast<std::uint32_t>(1 + n % 4)};
      const NodeId other{static_cast<std::uint32_t>(1 + (n + 1) % 4)};
      REQUIRE(hosts.call(at, strong(realm::Function::put, n, value)).code == realm::ReplyCode::done);
      const realm::Reply seen = hosts.call(other, strong(realm::Function::get, n));
      REQUIRE(seen.code == realm::ReplyCode::done);
      CHECK(seen.items == std::vector<std::int64_t>{value});
    }
    hosts.run_for(milliseconds(700));
  }
  for (const char* claim : {"host: a group split", "host: a group merged", "host: a group moved"}) {
    INFO(claim);
    CHECK(hosts.claimed(claim));
  }
}

}  // namespace
}  // namespace wn::host
