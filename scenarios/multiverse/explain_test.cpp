// Explanations of runs whose cause is known, and forks where something rare came true.
#include "scenarios/multiverse/explain.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "scenarios/multiverse/on_sometimes.h"
#include "scenarios/multiverse/sample_run.h"

using namespace wn;
using namespace wn::scenarios;

namespace {

SimTime at_ms(std::int64_t ms) { return SimTime{} + milliseconds(ms); }

faults::Fault fault_of(std::uint32_t id, faults::FaultKind kind, std::int64_t from_ms, Duration length,
                       std::vector<NodeId> nodes) {
  faults::Fault fault;
  fault.id = id;
  fault.kind = kind;
  fault.at = at_ms(from_ms);
  fault.duration = length;
  fault.nodes = std::move(nodes);
  return fault;
}

// Three servers that say ok before their disks do. Harmless pauses, and one loss of power on all three while
// a client writes: what was acknowledged is gone. That alone decides.
faults::Plan one_decisive_fault() {
  faults::Plan plan;
  plan.scenario = "decisive";
  plan.seed = 4;
  plan.duration = seconds(12);
  plan.freeze_at = at_ms(7000);
  plan.claims = {"linearizability", "raft-safety", "durability"};
  plan.model.crashed_max = 1;
  plan.model.power_loss_of_all = true;
  plan.system.defect = Defect::ack_before_sync;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    plan.nodes.push_back(
        {.id = NodeId{i}, .role = i <= 3 ? faults::NodeRole::server : faults::NodeRole::client});
  }
  plan.disk.sync_mean = milliseconds(40);
  for (std::uint32_t i = 0; i < 400; ++i) {
    faults::Operation op;
    op.id = i + 1;
    op.process = NodeId{4};
    op.at = at_ms(1000 + 20 * i);
    op.function = i % 4 == 3 ? faults::OpFunction::get : faults::OpFunction::put;
    op.key = i / 4 % 2;
    op.value = i + 1;
    plan.operations.push_back(op);
  }
  using enum faults::FaultKind;
  plan.faults = {fault_of(1, pause, 2000, milliseconds(5), {NodeId{1}}),
                 fault_of(2, pause, 3000, milliseconds(5), {NodeId{2}}),
                 fault_of(3, power_loss, 4000, milliseconds(300), {NodeId{1}, NodeId{2}, NodeId{3}}),
                 fault_of(4, pause, 5500, milliseconds(5), {NodeId{3}})};
  return plan;
}

}  // namespace

TEST_CASE("explain: the one fault that decides is ranked first, and the events that decide are near it") {
  const faults::Plan plan = one_decisive_fault();
  const ExplainOptions options{.futures = 6, .points = 4, .near_max = 0};
  const auto found = explain(plan, options);
  REQUIRE(found.has_value());
  INFO(found->signature);
  REQUIRE_FALSE(found->signature.empty());
  REQUIRE(found->complete);
  REQUIRE_FALSE(found->influences.empty());
  const Influence& first = found->influences.front();
  CHECK(first.kind == InfluenceKind::fault);
  CHECK(first.id == 3);
  CHECK(first.effect() > 0.5);
  CHECK_FALSE(first.fails_without);
  for (std::size_t i = 1; i < found->influences.size(); ++i) CHECK(found->influences[i].effect() < 0.4);
  CHECK(found->curve.back().failing.p == 1);
}

TEST_CASE("explain: a limit of futures is kept, cuts at the same place, and leaves the ranking its share") {
  ExplainOptions options{.futures = 3, .points = 3, .faults_max = 2, .near_max = 0, .futures_max = 36};
  options.only_sealing = true;
  const auto found = explain(one_decisive_fault(), options);
  REQUIRE(found.has_value());
  CHECK(found->futures <= 36);
  CHECK(found->futures > 18);
  CHECK_FALSE(found->turning.has_value());
  REQUIRE(found->sealing.has_value());
  CHECK(found->sealing->after.failing.p > found->sealing->before.failing.p);
  CHECK(found->influences.size() == 2);
  options.jobs = 2;
  const auto again = explain(one_decisive_fault(), options);
  REQUIRE(again.has_value());
  CHECK(again->futures == found->futures);
  CHECK(again->sealing->after.events == found->sealing->after.events);
  CHECK(again->sealing->before.events == found->sealing->before.events);
}

TEST_CASE("explain: a run that cannot fail has no cliffs, no deciding events, and no fault that matters") {
  faults::Plan plan = one_decisive_fault();
  plan.system.defect = Defect::none;
  const auto found = explain(plan, {.futures = 2, .points = 2, .faults_max = 1});
  REQUIRE(found.has_value());
  CHECK(found->signature.empty());
  CHECK(found->cliffs.empty());
  CHECK_FALSE(found->turning.has_value());
  for (const Influence& influence : found->influences) CHECK(influence.effect() == 0);
  CHECK(explain(plan, {.points = 1}).error().code == Errc::invalid_argument);
}

TEST_CASE("on sometimes: claims that come true in futures are forked on, and each place has its own claim") {
  const auto report = branch_on_sometimes(testing::vote_forgotten(5),
                                          {.futures = 2, .futures_max = 12, .time_limit = seconds(600)});
  REQUIRE(report.has_value());
  REQUIRE(report->futures <= 12);
  REQUIRE_FALSE(report->places.empty());
  std::set<std::string> claims;
  for (const Place& place : report->places) CHECK(claims.insert(place.claim).second);
  for (const FoundFailure& found : report->found) {
    const auto again = run_plan(found.plan, {.record_history = false, .check = false});
    REQUIRE(again.has_value());
    CHECK(again->digest.to_hex() == found.ending.digest);
  }
}
