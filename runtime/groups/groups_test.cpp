#include "runtime/groups/groups.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/groups/test_client.h"

namespace wn::groups {
namespace {

TEST_CASE("groups: what was written is read, a cas compares, an add counts") {
  TestWorld world(3, one_group({1, 2, 3}));
  TestClient client(world, 100);
  CHECK(client.call(Function::put, 5, 7).value == 7);
  CHECK(client.call(Function::get, 5).value == 7);
  CHECK(client.call(Function::cas, 5, 9, 7).value == 9);
  const Answer refused = client.call(Function::cas, 5, 10, 7);
  CHECK(refused.code == AnswerCode::refused);
  CHECK(refused.error == Errc::precondition);
  CHECK(refused.value == 9);
  CHECK(client.call(Function::add, 5, 3).value == 12);
  const Answer absent = client.call(Function::get, 6);
  CHECK(absent.code == AnswerCode::done);
  CHECK(!absent.found);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: an operation that is sent again takes effect once, also after a restart of all nodes") {
  TestWorld world(3, one_group({1, 2, 3}));
  TestClient client(world, 100);
  client.call(Function::put, 5, 0);
  const std::uint32_t leader = world.leader(kGenesis);
  const Command add{.context = 1,
                    .client = NodeId{200},
                    .operation = 1,
                    .attempt = 1,
                    .worknode = worknode(5),
                    .function = Function::add,
                    .value = 10};
  world.submit(leader, add);
  world.run(seconds(1));
  for (std::uint32_t id = 1; id <= 3; ++id) world.crash(id);
  for (std::uint32_t id = 1; id <= 3; ++id) world.restart(id);
  world.run(seconds(2));
  Command again = add;
  again.attempt = 2;
  world.answers.clear();
  world.submit(world.leader(kGenesis), again);
  world.run(seconds(1));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].second.code == AnswerCode::done);
  CHECK(world.answers[0].second.value == 10);
  CHECK(client.call(Function::get, 5).value == 10);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: a follower refuses with a hint, a node without a replica names the genesis group") {
  TestWorld world(4, one_group({1, 2, 3}));
  TestClient client(world, 100);
  client.call(Function::put, 5, 1);
  const std::uint32_t leader = world.leader(kGenesis);
  const std::uint32_t follower = leader == 1 ? 2 : 1;
  const Command get{.context = 9,
                    .client = NodeId{1},
                    .operation = 1,
                    .attempt = 1,
                    .worknode = worknode(5),
                    .function = Function::get};
  world.answers.clear();
  world.submit(follower, get);
  world.run(milliseconds(10));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].second.code == AnswerCode::not_leader);
  CHECK(world.answers[0].second.node == NodeId{leader});
  world.answers.clear();
  world.submit(4, get);
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].second.code == AnswerCode::wrong_group);
  CHECK(world.answers[0].second.group == kGenesis);
  CHECK(world.answers[0].second.node);
}

TEST_CASE("groups: a split gives worknodes to a group of their own, and the old one refuses them") {
  TestWorld world(3, one_group({1, 2, 3}));
  TestClient client(world, 100);
  client.call(Function::put, 5, 50);
  client.call(Function::put, 6, 60);
  const Answer split = client.change({.kind = ChangeKind::split,
                                      .group = kGenesis,
                                      .root = worknode(5),
                                      .worknodes = {worknode(5), worknode(7)}});
  REQUIRE(split.code == AnswerCode::done);
  const Answer five = client.call(Function::add, 5, 1);
  CHECK(five.value == 51);
  CHECK(five.group == split.group);
  CHECK(five.epoch == 2);
  CHECK(client.call(Function::get, 6).group == kGenesis);
  CHECK(client.call(Function::put, 7, 1).group == split.group);
  world.run(seconds(1));
  for (std::uint32_t id = 1; id <= 3; ++id) {
    CHECK(world.node(id).groups->owned_by(split.group) == std::vector{worknode(5), worknode(7)});
  }
  const Answer again = client.change(
      {.kind = ChangeKind::split, .group = kGenesis, .root = worknode(5), .worknodes = {worknode(5)}});
  CHECK(again.code == AnswerCode::refused);
  CHECK(again.error == Errc::not_found);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: worknodes are transferred between groups on different nodes, and come back by a merge") {
  Options options = one_group({1, 2, 3});
  options.groups.push_back({.group = GroupId{2},
                            .root = worknode(20),
                            .members = members({3, 4, 5}),
                            .worknodes = {worknode(20)}});
  TestWorld world(5, options);
  TestClient client(world, 100);
  CHECK(client.call(Function::put, 20, 1).group == GroupId{2});
  client.call(Function::put, 5, 50);
  Answer moved = client.change(
      {.kind = ChangeKind::transfer, .group = kGenesis, .to = GroupId{2}, .worknodes = {worknode(5)}});
  REQUIRE(moved.code == AnswerCode::done);
  const Answer five = client.call(Function::add, 5, 1);
  CHECK(five.value == 51);
  CHECK(five.group == GroupId{2});
  moved = client.change({.kind = ChangeKind::merge, .group = GroupId{2}, .to = kGenesis});
  REQUIRE(moved.code == AnswerCode::done);
  CHECK(client.call(Function::add, 5, 1).value == 52);
  CHECK(client.call(Function::add, 20, 1).group == kGenesis);
  world.run(seconds(1));
  CHECK(world.node(4).groups->status_of(GroupId{2})->dissolved);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: replicas move to other nodes, which begin blank; those left behind forget them") {
  TestWorld world(5, one_group({1, 2, 3}));
  TestClient client(world, 100);
  client.call(Function::put, 5, 50);
  const Answer moved =
      client.change({.kind = ChangeKind::move, .group = kGenesis, .members = members({3, 4, 5})});
  REQUIRE(moved.code == AnswerCode::done);
  world.run(seconds(3));
  CHECK(client.call(Function::add, 5, 1).value == 51);
  CHECK(!world.node(1).groups->status_of(kGenesis).has_value());
  CHECK(!world.node(2).groups->status_of(kGenesis).has_value());
  CHECK(world.node(5).groups->owned_by(kGenesis) == std::vector{worknode(5)});
  for (std::uint32_t id = 1; id <= 5; ++id) {
    world.crash(id);
    world.restart(id);
  }
  CHECK(client.call(Function::add, 5, 1).value == 52);
  // And back, over the graves.
  REQUIRE(client.change({.kind = ChangeKind::move, .group = kGenesis, .members = members({1, 2, 3})}).code ==
          AnswerCode::done);
  CHECK(client.call(Function::add, 5, 1).value == 53);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: the log is compacted by images, and a node that missed them takes one") {
  Options options = one_group({1, 2, 3});
  options.snapshot_every = 16;
  options.raft.compaction_tail_entries = 4;
  TestWorld world(3, options);
  TestClient client(world, 100);
  client.call(Function::put, 5, 0);
  const std::uint32_t away = world.leader(kGenesis) == 1 ? 2 : 1;
  world.crash(away);
  for (int i = 0; i < 100; ++i) REQUIRE(client.call(Function::add, 5, 1).code == AnswerCode::done);
  world.restart(away);
  world.run(seconds(3));
  CHECK(world.saw("groups: image installed"));
  const auto status = world.node(away).groups->status_of(kGenesis);
  CHECK(status->applied == world.node(world.leader(kGenesis)).groups->status_of(kGenesis)->applied);
  world.crash(away);
  world.restart(away);
  world.run(seconds(1));
  CHECK(client.call(Function::get, 5).value == 100);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: limits are refused by type") {
  Options options = one_group({1});
  options.pending_max = 2;
  TestWorld world(1, options);
  TestClient client(world, 100);
  client.call(Function::put, 5, 0);
  world.answers.clear();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    world.submit(1, {.context = i,
                     .client = NodeId{static_cast<std::uint32_t>(i)},
                     .operation = 1,
                     .attempt = 1,
                     .worknode = worknode(5),
                     .function = Function::add,
                     .value = 1});
  }
  world.run(milliseconds(20));
  REQUIRE(world.answers.size() == 3);
  CHECK(world.answers[0].second.code == AnswerCode::overloaded);
  std::vector<WorknodeId> many;
  for (std::uint64_t i = 0; i <= kSetMax; ++i) many.push_back(worknode(1000 + i));
  const Answer large = client.change(
      {.kind = ChangeKind::split, .group = kGenesis, .root = worknode(1000), .worknodes = many});
  CHECK(large.error == Errc::too_large);
  CHECK(client.call(static_cast<Function>(9), 5).error == Errc::invalid_argument);
}

}  // namespace
}  // namespace wn::groups
