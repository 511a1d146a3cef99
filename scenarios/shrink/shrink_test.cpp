#include "scenarios/shrink/shrink.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "runtime/base/check.h"
#include "scenarios/shrink/edits.h"
#include "scenarios/shrink/forked_oracle.h"
#include "scenarios/shrink/zoom.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;
using faults::Fault;
using faults::FaultKind;
using faults::NodeRole;
using faults::OpFunction;
using faults::Plan;

// Five servers, four clients, 400 operations and 40 faults.
Plan big_plan() {
  Plan plan;
  plan.scenario = "shrink-test";
  plan.seed = 17;
  plan.duration = seconds(60);
  plan.freeze_at = SimTime{} + seconds(45);
  plan.model.crashed_max = 2;
  plan.model.partitions = true;
  plan.system.defect = Defect::vote_not_persisted;
  plan.claims = {"linearizability"};
  for (std::uint32_t id = 1; id <= 9; ++id) {
    plan.nodes.push_back({.id = NodeId{id}, .role = id <= 5 ? NodeRole::server : NodeRole::client});
  }
  for (std::uint32_t i = 0; i < 400; ++i) {
    plan.operations.push_back({.id = i + 1,
                               .process = NodeId{6 + i % 4},
                               .at = SimTime{} + milliseconds(100 * (i + 1)),
                               .function = i % 2 == 0 ? OpFunction::put : OpFunction::get,
                               .key = i % 5,
                               .value = i});
  }
  for (std::uint32_t i = 0; i < 40; ++i) {
    Fault fault;
    fault.id = i + 1;
    fault.kind = i % 2 == 0 ? FaultKind::kill : FaultKind::partition;
    fault.at = SimTime{} + milliseconds(1000 * (i + 1));
    fault.duration = milliseconds(900);
    if (fault.kind == FaultKind::kill) {
      fault.nodes = {NodeId{1 + i % 5}, NodeId{1 + (i + 1) % 5}};
      std::ranges::sort(fault.nodes);
    } else {
      fault.links = {{NodeId{1}, NodeId{2}}, {NodeId{2}, NodeId{1}}};
    }
    plan.faults.push_back(fault);
  }
  return plan;
}

// "Fails" when an early operation meets a kill of node 3; a second, unrelated failure needs a partition.
Judgement toy_judge(const Plan& plan) {
  const bool killed = std::ranges::any_of(plan.faults, [](const Fault& f) {
    return f.kind == FaultKind::kill && std::ranges::find(f.nodes, NodeId{3}) != f.nodes.end();
  });
  const bool wrote = std::ranges::any_of(plan.operations, [](const auto& op) { return op.id == 31; });
  const bool read = std::ranges::any_of(plan.operations, [](const auto& op) { return op.id == 120; });
  Judgement judgement;
  if (killed && wrote && read) {
    judgement = {.outcome = Outcome3::fail, .signatures = {"toy: stale read"}, .at_ns = 12'000'000'000};
  } else if (plan.operations.size() < 3 && plan.faults.size() < 3) {
    judgement = {.outcome = Outcome3::fail, .signatures = {"toy: something else"}};
  }
  return judgement;
}

ShrinkResult shrink_with(unsigned jobs, std::uint64_t steps = kShrinkStepsMax) {
  ForkedOracle oracle("toy: stale read", {.jobs = jobs, .seconds_max = 300, .judge = toy_judge});
  auto result = shrink_plan(big_plan(), oracle, {.steps_max = steps});
  REQUIRE(result.has_value());
  return *std::move(result);
}

TEST_CASE("shrink: keeps what the failure needs and nothing else") {
  REQUIRE(faults::plan_check(big_plan()).has_value());
  const ShrinkResult result = shrink_with(2);
  CHECK(result.complete);
  CHECK(result.after.operations == 2);
  CHECK(result.after.faults == 1);
  CHECK(result.plan.faults[0].nodes == std::vector<NodeId>{NodeId{3}});
  CHECK(result.plan.faults[0].duration < milliseconds(2));
  CHECK(result.plan.system.defect == Defect::vote_not_persisted);
  CHECK(result.plan.duration < seconds(20));
  CHECK(faults::plan_check(result.plan).has_value());
  // The signature is the one asked for, although a smaller plan fails in another way.
  CHECK(toy_judge(result.plan).signatures.front() == "toy: stale read");
}

TEST_CASE("shrink: the number of workers does not change the result, and a budget in steps is exact") {
  for (const std::uint64_t steps : {std::uint64_t{40}, kShrinkStepsMax}) {
    const ShrinkResult one = shrink_with(1, steps);
    const ShrinkResult three = shrink_with(3, steps);
    CHECK(faults::to_text(one.plan) == faults::to_text(three.plan));
    CHECK(one.steps == three.steps);
    CHECK(one.steps <= steps);
  }
}

TEST_CASE("shrink: a plan that passes is refused, not shrunk to nothing") {
  ForkedOracle oracle("toy: stale read", {.jobs = 1, .seconds_max = 60, .judge = toy_judge});
  Plan plan = big_plan();
  plan.faults.clear();
  const auto result = shrink_plan(plan, oracle);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::precondition);
}

TEST_CASE("shrink: a crash of the code under test is a failure like any other") {
  const PlanJudge crashing = [](const Plan& plan) -> Judgement {
    WN_CHECK(std::ranges::none_of(plan.faults, [](const Fault& f) { return f.id == 7; }));
    return {};
  };
  const auto judgement = judge_apart(big_plan(), crashing);
  REQUIRE(judgement.has_value());
  REQUIRE(judgement->outcome == Outcome3::fail);
  CHECK(judgement->signatures.front().starts_with("crash: "));
  ForkedOracle oracle(judgement->signatures.front(), {.jobs = 2, .seconds_max = 300, .judge = crashing});
  const auto result = shrink_plan(big_plan(), oracle);
  REQUIRE(result.has_value());
  CHECK(result->after.faults == 1);
  CHECK(result->after.operations == 0);
  CHECK(result->plan.faults[0].id == 7);
}

TEST_CASE("shrink: time that has run out ends the search with a plan that still fails") {
  ForkedOracle oracle("toy: stale read", {.jobs = 1, .seconds_max = 0, .judge = toy_judge});
  const auto result = shrink_plan(big_plan(), oracle);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find("time limit") != std::string::npos);
}

TEST_CASE("shrink: taking a node away takes its operations, its faults and its share of the model") {
  const Plan plan = big_plan();
  const Plan smaller = without_node(without_node(plan, NodeId{5}), NodeId{4});
  CHECK(smaller.nodes.size() == 7);
  CHECK(smaller.model.crashed_max == 1);
  for (const Fault& f : smaller.faults) {
    CHECK_FALSE((f.nodes.empty() && f.links.empty()));
    CHECK(std::ranges::none_of(f.nodes, [](NodeId n) { return n.value == 4 || n.value == 5; }));
  }
  const Plan fewer_clients = without_node(plan, NodeId{9});
  CHECK(fewer_clients.operations.size() == 300);
  CHECK(fewer_clients.faults == plan.faults);
}

TEST_CASE("shrink: a cut keeps the plan valid and ends faults at the freeze") {
  const Plan shorter = cut_at(big_plan(), SimTime{} + milliseconds(10'500));
  CHECK(shorter.duration == milliseconds(10'500));
  CHECK(faults::plan_check(shorter).has_value());
  for (const Fault& f : shorter.faults) CHECK(f.at + f.duration <= shorter.freeze_at);
  const Plan frozen = freeze_at(big_plan(), SimTime{} + seconds(5));
  CHECK(frozen.duration == seconds(20));
  CHECK(faults::plan_check(frozen).has_value());
}

TEST_CASE("shrink: a window of a run is a valid plan that begins with what lasted then") {
  const Plan plan = big_plan();
  const auto windows = windows_before(plan, SimTime{} + seconds(30), 0);
  REQUIRE_FALSE(windows.empty());
  for (const Window& window : windows) {
    const Plan zoom = zoomed(plan, window);
    CHECK(faults::plan_check(zoom).has_value());
    CHECK(zoom.freeze_at == SimTime{} + kZoomLead + (window.end - window.begin));
    CHECK(zoom.duration - (zoom.freeze_at - SimTime{}) == plan.duration - (plan.freeze_at - SimTime{}));
    CHECK((zoom.seed == plan.seed) == (window.attempt == 0));
    CHECK_FALSE(zoom.operations.empty());
    CHECK(zoom.operations.size() < plan.operations.size());
  }
  // The fault of 5 s … 5.9 s is half over at 5.5 s.
  const Plan zoom = zoomed(plan, {.begin = SimTime{} + milliseconds(5500), .end = SimTime{} + seconds(8)});
  REQUIRE_FALSE(zoom.faults.empty());
  CHECK(zoom.faults.front().at == SimTime{} + kZoomLead);
  CHECK(zoom.faults.front().duration == milliseconds(400));
  // Near the start there is nothing to gain.
  CHECK(windows_before(plan, SimTime{} + seconds(2), 0).empty());
}

TEST_CASE("shrink: with another seed, sorts and slices of time stay or go as one") {
  const Plan plan = big_plan();
  const Plan sorts = reseeded(plan, 3, 500'000, Together::sort);
  CHECK(sorts.seed != plan.seed);
  for (const Fault& f : plan.faults) {
    const bool kept = std::ranges::find(sorts.faults, f.id, &Fault::id) != sorts.faults.end();
    for (const Fault& other : plan.faults) {
      if (other.kind != f.kind) continue;
      CHECK((std::ranges::find(sorts.faults, other.id, &Fault::id) != sorts.faults.end()) == kept);
    }
  }
  for (const Together together : {Together::none, Together::sort, Together::slice}) {
    CHECK(reseeded(plan, 3, 0, together).faults == plan.faults);
    CHECK(reseeded(plan, 3, 1'000'000, together).operations.empty());
  }
}

TEST_CASE("shrink: sizes read like a person would write them") {
  CHECK(to_words({.nodes = 5, .faults = 41, .operations = 1204}) == "5 nodes, 41 faults, 1,204 operations");
  CHECK(to_words({.nodes = 1, .faults = 1, .operations = 1, .deviations = 2}) ==
        "1 node, 1 fault, 1 operation, 2 deviations");
}

TEST_CASE("shrink: a failed check is known by its condition, wherever and with whatever numbers it failed") {
  CHECK(crash_signature("../../runtime/raft/log.cpp:51: CHECK failed in void wn::raft::Log::append(const "
                        "wn::raft::Entry&): entry.term >= last_term(); left = 2, right = 3") ==
        "crash: CHECK failed: entry.term >= last_term()");
  CHECK(crash_signature("a.cpp:1: CHECK failed in f: ok") == "crash: CHECK failed: ok");
  CHECK(crash_signature("killed by signal 11") == "crash: killed by signal 11");
}

TEST_CASE("edits: a client takes the tokens along that nobody else needs") {
  Plan plan;
  for (std::uint32_t i = 1; i <= 3; ++i) {
    plan.nodes.push_back(
        {.id = NodeId{i}, .role = i == 1 ? faults::NodeRole::server : faults::NodeRole::client});
  }
  const NodeId leaver{2};
  plan.tokens = {{.id = 1, .holder = leaver},
                 {.id = 2, .parent = 1, .holder = NodeId{3}},
                 {.id = 3, .parent = 1, .holder = leaver},
                 {.id = 4, .parent = 3, .holder = leaver},
                 {.id = 5, .holder = leaver}};
  plan.operations = {{.id = 1, .process = NodeId{3}, .function = OpFunction::revoke, .value = 5},
                     {.id = 2, .process = leaver, .function = OpFunction::get, .token = 4}};
  const Plan smaller = without_node(plan, leaver);
  REQUIRE(smaller.tokens.size() == 3);
  CHECK(smaller.tokens[0] == faults::TokenPlan{.id = 1});
  CHECK(smaller.tokens[1] == plan.tokens[1]);
  CHECK(smaller.tokens[2] == faults::TokenPlan{.id = 5});
}

}  // namespace
}  // namespace wn::scenarios
