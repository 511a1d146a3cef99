// Scenarios of several modes: what the file may say, and what becomes of it.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "faults/plan/plan_check.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::scenarios {
namespace {

const std::string kSystem = "[system]\nservice = \"realm\"\nworknodes = 30\n";
const std::string kModes = "[[workload]]\nkind = \"modes\"\n";

void complains(const std::string& text, const std::string& about) {
  const Result<Scenario> s = parse_scenario(text, "x.toml");
  INFO(text);
  REQUIRE(!s.has_value());
  INFO(s.error().to_string());
  CHECK(s.error().message.find(about) != std::string::npos);
}

bool claims(const Scenario& s, const std::string& claim) {
  return std::ranges::find(s.spec->claims, claim) != s.spec->claims.end();
}

TEST_CASE("scenario of modes: what does not go together is told") {
  complains(kSystem + kModes, "STRONG operations need groups");
  complains(kSystem + "groups = 2\n" + kModes + "local = 50\n", "100 together");
  complains(kSystem + "groups = 2\n" + kModes + "roam = 0.5\n", "need sessions");
  complains(kSystem + "group_replicas = 3\n", "of a realm with groups");
  complains(kSystem + "groups = 2\ngroup_replicas = 4\n", "odd");
  complains("[topology]\nservers = 2\n" + kSystem + "groups = 2\n", "fewer servers than group_replicas");
  complains(kSystem + "[[workload]]\nkind = \"worknode\"\nlocal = 4\n", "of the workload \"modes\"");
  complains("[topology]\nservers = 17\n", "at most 16");
  complains(kSystem + "[groups]\nsplit_above = 3\n", "[groups] needs groups");
  complains(kSystem + "groups = 2\n[groups]\nmove = 1.5\n", "a chance");
  complains(kSystem + "groups = 2\n[groups]\ninterval = \"1ms\"\n", "expected a duration");
}

TEST_CASE("scenario of modes: how groups follow what they own reaches the plan") {
  const std::string rule = "[groups]\nsplit_above = 6\nmerge_below = 2\nmove = 0.25\n";
  const Result<Scenario> s = parse_scenario(kSystem + "groups = 2\n" + rule, "x.toml");
  REQUIRE(s.has_value());
  const faults::Plan plan = make_plan(*s, 1);
  CHECK(plan.system.regroup ==
        faults::RegroupPlan{.interval = seconds(1), .split_above = 6, .merge_below = 2, .move_ppm = 250'000});
  CHECK(faults::plan_check(plan).has_value());
}

TEST_CASE("scenario of modes: groups bring the claim that what is STRONG is linearizable") {
  const Result<Scenario> with = parse_scenario(kSystem + "groups = 2\n" + kModes, "x.toml");
  REQUIRE(with.has_value());
  CHECK(claims(*with, "linearizability"));
  CHECK(with->spec->model_name == "cas-register");
  const Result<Scenario> without = parse_scenario(kSystem, "x.toml");
  REQUIRE(without.has_value());
  CHECK(!claims(*without, "linearizability"));
}

TEST_CASE("scenario of modes: a hundred servers make a plan") {
  const std::string text = "[topology]\nservers = 100\nclients = 100\n" + kSystem + "groups = 5\n" + kModes;
  const Result<Scenario> s = parse_scenario(text, "x.toml");
  if (!s) UNSCOPED_INFO(s.error().to_string());
  REQUIRE(s.has_value());
  const faults::Plan plan = make_plan(*s, 1);
  CHECK(faults::plan_check(plan).has_value());
}

}  // namespace
}  // namespace wn::scenarios
