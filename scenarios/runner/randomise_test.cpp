#include "scenarios/runner/randomise.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "faults/plan/fault_points.h"
#include "faults/plan/plan_io.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {
namespace {

faults::Plan drawn(std::uint64_t seed) {
  const auto scenario =
      load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/fast/raft-fault-points.toml");
  REQUIRE(scenario.has_value());
  return make_plan(*scenario, seed);
}

std::uint64_t fired(const RunResult& run) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : run.sometimes) {
    if (name.starts_with("fault point ") && name.ends_with(" fired")) sum += count;
  }
  return sum;
}

TEST_CASE("what a seed draws of fault points and knobs is plan data, so a stored plan replays exactly") {
  const faults::Plan plan = drawn(3);
  REQUIRE(!plan.fault_points.empty());
  CHECK(plan.system != drawn(4).system);
  const auto back = faults::parse_plan(faults::to_text(plan), "x");
  REQUIRE(back.has_value());
  CHECK(back->fault_points == plan.fault_points);
  const auto first = run_plan(plan), second = run_plan(*back);
  REQUIRE((first && second));
  CHECK(first->digest == second->digest);
  CHECK(first->signature == "");
  CHECK(fired(*first) > 0);
}

TEST_CASE("a plan without fault points offers none, and one of another build is no error") {
  faults::Plan plan = drawn(3);
  plan.fault_points = {{"raft.no-such-point", 500'000}};
  CHECK(faults::missing_fault_points(plan) == std::vector<std::string>{"raft.no-such-point"});
  const auto unknown = run_plan(plan);
  plan.fault_points.clear();
  const auto none = run_plan(plan);
  REQUIRE((unknown && none));
  CHECK(unknown->digest == none->digest);  // to be asked changes nothing
  CHECK(fired(*none) == 0);
}

TEST_CASE("drawn timeouts keep their order whatever the seed") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const faults::SystemPlan system = drawn(seed).system;
    if (system.election_timeout_min == Duration{}) continue;
    CHECK(system.heartbeat_interval * 3 <= system.election_timeout_min);
    CHECK(system.election_timeout_min < system.election_timeout_max);
  }
}

}  // namespace
}  // namespace wn::scenarios
