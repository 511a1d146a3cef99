#include "scenarios/bench/stack.h"

#include <catch2/catch_test_macros.hpp>

#include "scenarios/workloads/admin_process.h"
#include "sim/world/world.h"

namespace wn::scenarios {
namespace {

struct Ran {
  OutcomeCounter outcomes;
  sim::WorldStats stats;
  Digest digest;
  FlatMap<std::string, std::uint64_t> sometimes;
};

Ran run(const faults::Plan& plan, const StackShape& shape) {
  Ran ran;
  sim::World world(plan, stack_factory(plan, shape, &ran.outcomes), nullptr);
  world.set_fault_command([](const faults::Fault& fault) { return encode_admin_command(fault); });
  world.run_until(SimTime{plan.duration.ns});
  CHECK_FALSE(world.overloaded());
  ran.stats = world.stats();
  ran.digest = world.digest();
  ran.sometimes = world.sometimes();
  return ran;
}

void add_fault(faults::Plan& plan, faults::FaultKind kind, Duration at, Duration lasts,
               std::vector<std::uint32_t> nodes) {
  faults::Fault fault{.id = static_cast<std::uint32_t>(plan.faults.size() + 1),
                      .kind = kind,
                      .at = SimTime{at.ns},
                      .duration = lasts};
  for (std::uint32_t node : nodes) fault.nodes.push_back(NodeId{node});
  plan.faults.push_back(std::move(fault));
}

constexpr StackShape kChecked{.check_invariants = true};

TEST_CASE("stack: without faults every operation succeeds, at least 99 of 100 at the first try") {
  const faults::Plan plan = stack_plan(kChecked);
  const Ran ran = run(plan, kChecked);
  CHECK(ran.outcomes.invoked == plan.operations.size());
  CHECK(ran.outcomes.unknown == 0);
  CHECK(ran.outcomes.ok + ran.outcomes.failed == ran.outcomes.invoked);  // a cas that did not match fails
  CHECK(ran.outcomes.first_try * 100 >= ran.outcomes.invoked * 99);
}

TEST_CASE("stack: the same plan gives the same digest, another seed another one") {
  StackShape shape = kChecked;
  shape.duration = seconds(10);
  const faults::Plan plan = stack_plan(shape);
  const Digest first = run(plan, shape).digest;
  CHECK(run(plan, shape).digest == first);
  shape.seed = 2;
  const faults::Plan other = stack_plan(shape);
  CHECK(run(other, shape).digest != first);
}

TEST_CASE("stack: the service comes back after power loss of all servers") {
  faults::Plan plan = stack_plan(kChecked);
  add_fault(plan, faults::FaultKind::power_loss, seconds(10), seconds(2), {1, 2, 3, 4, 5});
  const Ran ran = run(plan, kChecked);
  CHECK(ran.outcomes.invoked == plan.operations.size());
  CHECK(ran.outcomes.ok * 10 > ran.outcomes.invoked * 8);
}

TEST_CASE("stack: members are exchanged and leadership moves while clients work") {
  StackShape shape = kChecked;
  shape.servers = 3;
  shape.spares = 2;
  faults::Plan plan = stack_plan(shape);
  plan.system.snapshot_every_entries = 50;
  add_fault(plan, faults::FaultKind::membership, seconds(10), {}, {3, 4, 5});
  add_fault(plan, faults::FaultKind::transfer, seconds(20), {}, {4});
  add_fault(plan, faults::FaultKind::membership, seconds(30), {}, {1, 2, 3});
  const Ran ran = run(plan, shape);
  CHECK(ran.outcomes.unknown == 0);
  CHECK(ran.outcomes.invoked == plan.operations.size());
  const std::uint64_t* carried_out = ran.sometimes.find("admin: change carried out");
  REQUIRE(carried_out != nullptr);
  CHECK(*carried_out == 3);
}

TEST_CASE("stack: a server whose disk was wiped, and one that was killed, are caught up again") {
  StackShape shape = kChecked;
  faults::Plan plan = stack_plan(shape);
  plan.system.snapshot_every_entries = 30;
  add_fault(plan, faults::FaultKind::kill, seconds(5), seconds(20), {2});
  add_fault(plan, faults::FaultKind::kill, seconds(35), seconds(3), {1});
  const Ran ran = run(plan, shape);
  CHECK(ran.outcomes.invoked == plan.operations.size());
  CHECK(ran.outcomes.ok * 10 > ran.outcomes.invoked * 8);
}

}  // namespace
}  // namespace wn::scenarios
