// Idle groups: no messages, no deadlines; and what wakes them.
#include <catch2/catch_test_macros.hpp>

#include "runtime/groups/test_client.h"

namespace wn::groups {
namespace {

Options many_groups(std::uint64_t groups, std::uint32_t nodes) {
  Options options = one_group({1, 2, 3});
  for (std::uint64_t g = 2; g <= groups; ++g) {
    const auto at = [&](std::uint64_t k) { return static_cast<std::uint32_t>(1 + (g + k) % nodes); };
    raft::MemberList on;
    for (std::uint64_t k = 0; k < 3; ++k) on.insert_sorted(NodeId{at(k)});
    options.groups.push_back(
        {.group = GroupId{g}, .root = worknode(g), .members = on, .worknodes = {worknode(g)}});
  }
  return options;
}

// By then all have elected, committed their first entry and fallen asleep.
void settle(TestWorld& world) {
  for (int i = 0; i < 20 && !world.all_asleep(); ++i) world.run(seconds(1));
  REQUIRE(world.all_asleep());
}

TEST_CASE("groups: asleep they exchange no messages; nodes say that they live, once for all groups") {
  TestWorld world(5, many_groups(50, 5));
  settle(world);
  const std::uint64_t batches = world.sends(MessageKind::batch);
  const std::uint64_t alives = world.sends(MessageKind::alive);
  const std::uint64_t ticks = world.ticked;
  world.run(seconds(100));
  CHECK(world.all_asleep());
  CHECK(world.sends(MessageKind::batch) == batches);
  CHECK(world.sends(MessageKind::alive) - alives == 5 * 4 * 2 * 100);  // two a second to each of four peers
  CHECK(world.ticked - ticks == 5 * 2 * 100);
  CHECK(world.violation.empty());
}

TEST_CASE("groups: an operation wakes its group alone, and it falls asleep again") {
  TestWorld world(5, many_groups(50, 5));
  settle(world);
  TestClient client(world, 100);
  client.at = world.leader(GroupId{7});
  const Instant asked = world.now();
  CHECK(client.call(Function::put, 7, 1).code == AnswerCode::done);
  CHECK(world.now() < asked + milliseconds(50));
  std::size_t awake = 0;
  for (std::uint32_t id = 1; id <= 5; ++id) awake += world.node(id).groups->awake();
  CHECK(awake > 0);
  CHECK(awake <= 3);
  settle(world);
}

TEST_CASE("groups: a read of a group that slept longer than its lease asks a quorum first") {
  TestWorld world(3, many_groups(3, 3));
  settle(world);
  TestClient client(world, 100);
  client.call(Function::put, 2, 1);
  settle(world);
  const std::uint32_t old = world.leader(GroupId{2});
  // While it sleeps it is cut off, and another leader takes a write.
  world.isolate(old);
  world.run(seconds(6));
  client.at = old == 1 ? 2 : 1;
  CHECK(client.call(Function::put, 2, 2).code == AnswerCode::done);
  world.answers.clear();
  world.submit(old, {.context = 77,
                     .client = NodeId{200},
                     .operation = 1,
                     .attempt = 1,
                     .worknode = worknode(2),
                     .function = Function::get});
  world.run(seconds(3));
  for (const auto& [node, answer] : world.answers) {
    if (answer.context == 77) CHECK(answer.code != AnswerCode::done);
  }
  CHECK(world.violation.empty());
}

TEST_CASE(
    "groups: the dead leader of sleeping groups is replaced within four seconds, and the rest sleeps on") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    TestWorld world(5, many_groups(30, 5), seed);
    settle(world);
    const std::uint32_t dead = world.leader(GroupId{7});
    std::vector<GroupId> led;
    for (const GroupStatus& s : world.node(dead).groups->status()) {
      if (s.role == raft::Role::leader) led.push_back(s.group);
    }
    world.crash(dead);
    world.run(seconds(4));
    for (const GroupId group : led) CHECK(world.leader(group) != 0);
    // Also without it they sleep, and when it is back it is told what it missed.
    for (int i = 0; i < 20 && !world.all_asleep(); ++i) world.run(seconds(1));
    CHECK(world.all_asleep());
    TestClient client(world, 100);
    client.at = world.leader(GroupId{7});
    REQUIRE(client.call(Function::put, 7, 5).code == AnswerCode::done);
    world.restart(dead);
    settle(world);
    const auto there = world.node(dead).groups->status_of(GroupId{7});
    REQUIRE(there.has_value());
    CHECK(there->applied == world.node(world.leader(GroupId{7})).groups->status_of(GroupId{7})->applied);
    CHECK(world.violation.empty());
  }
}

TEST_CASE("groups: all of one call's messages to a peer share a frame") {
  TestWorld world(3, many_groups(60, 3));
  settle(world);
  const std::uint64_t before = world.sends(MessageKind::batch);
  // A node falls silent for the others: 60 groups' worth of elections.
  world.crash(1);
  world.run(seconds(4));
  world.restart(1);
  settle(world);
  CHECK(world.sends(MessageKind::batch) - before < 5000);
}

}  // namespace
}  // namespace wn::groups
