// What leaves a node before its own disk has written, and what does not.
#include <catch2/catch_test_macros.hpp>

#include "runtime/groups/test_client.h"

namespace wn::groups {
namespace {

constexpr NetworkOptions kSlowDisks{.delay_min = milliseconds(1),
                                    .delay_max = milliseconds(1),
                                    .sync_min = milliseconds(40),
                                    .sync_max = milliseconds(40)};

Command put_on(std::uint64_t on) {
  return {.context = 1,
          .client = NodeId{200},
          .operation = 1,
          .attempt = 1,
          .worknode = worknode(on),
          .function = Function::put,
          .value = 7};
}

TEST_CASE(
    "groups: a leader's entries travel while its own disk writes them: one sync of all, not one a hop") {
  TestWorld world(3, one_group({1, 2, 3}), 1, kSlowDisks);
  TestClient client(world, 100);
  client.call(Function::put, 5, 0);
  world.run(milliseconds(200));
  const std::uint32_t leader = world.leader(kGenesis);
  world.answers.clear();
  const Instant asked = world.now();
  world.submit(leader, put_on(5));
  world.run_until(asked + milliseconds(39));
  CHECK(world.answers.empty());  // no disk has it yet
  world.run_until(asked + milliseconds(43));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].second.code == AnswerCode::done);
}

TEST_CASE("groups: an acknowledgement waits for its own record, whatever else leaves before it") {
  TestWorld world(3, one_group({1, 2, 3}), 1, kSlowDisks);
  TestClient client(world, 100);
  client.call(Function::put, 5, 0);
  world.run(milliseconds(200));
  const std::uint32_t leader = world.leader(kGenesis);
  const std::uint32_t one = leader % 3 + 1;
  const std::uint32_t other = one % 3 + 1;
  world.cut(leader, other);
  world.answers.clear();
  const Instant asked = world.now();
  world.submit(leader, put_on(5));
  world.run_until(asked + milliseconds(20));  // the entry has come, and is not durable
  world.crash(one);
  world.run(milliseconds(200));
  CHECK(world.answers.empty());  // what nobody but the leader has is no answer
  CHECK(world.violation.empty());
}

}  // namespace
}  // namespace wn::groups
