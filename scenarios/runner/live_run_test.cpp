// A run that is stopped, looked at, reseeded or given other faults, against the plan that it says it ran.
#include "scenarios/runner/live_run.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "runtime/base/random.h"
#include "scenarios/runner/scenario.h"

using namespace wn;
using namespace wn::faults;
using scenarios::LiveRun;

namespace {

constexpr std::uint32_t kServers = 3;

SimTime at_ms(std::int64_t ms) { return SimTime{} + milliseconds(ms); }

// Lossy links, kills and power losses, so that every kind of draw is made.
Plan stormy_plan(std::uint64_t seed) {
  Plan plan;
  plan.scenario = "stormy";
  plan.seed = seed;
  plan.duration = seconds(14);
  plan.freeze_at = at_ms(9000);
  plan.claims = {"linearizability", "raft-safety", "durability", "liveness"};
  plan.model.crashed_max = 1;
  plan.model.partitions = true;
  plan.network.loss_ppm = 20'000;
  plan.network.duplicate_ppm = 10'000;
  for (std::uint32_t i = 1; i <= kServers + 2; ++i)
    plan.nodes.push_back({.id = NodeId{i}, .role = i <= kServers ? NodeRole::server : NodeRole::client});
  for (std::uint32_t i = 0; i < 80; ++i) {
    Operation op;
    op.id = i + 1;
    op.process = NodeId{kServers + 1 + i % 2};
    op.at = at_ms(1000 + 80 * i);
    op.function = i % 2 == 0 ? OpFunction::put : OpFunction::get;
    op.key = i / 2 % 3;
    op.value = i + 1;
    plan.operations.push_back(op);
  }
  for (std::uint32_t i = 0; i < 5; ++i) {
    Fault fault;
    fault.id = i + 1;
    fault.kind = i % 2 == 0 ? FaultKind::power_loss : FaultKind::kill;
    fault.at = at_ms(1500 + 1500 * i);
    // The last one ends at the very moment of the freeze.
    fault.duration = i == 4 ? plan.freeze_at - fault.at : milliseconds(700);
    fault.nodes = {NodeId{1 + i % kServers}};
    plan.faults.push_back(fault);
  }
  return plan;
}

std::unique_ptr<LiveRun> live(const Plan& plan) {
  auto run = LiveRun::make(plan);
  REQUIRE(run.has_value());
  return std::move(*run);
}

Digest digest_of(const Plan& plan) {
  auto result = scenarios::run_plan(plan);
  REQUIRE(result.has_value());
  return result->digest;
}

}  // namespace

TEST_CASE("live run: stopping, looking and judging on the way changes nothing") {
  const Plan plan = stormy_plan(7);
  auto run = live(plan);
  REQUIRE(run->run_to_event(500));
  CHECK(run->events() == 500);
  CHECK(run->judge_now().size() == plan.claims.size());
  REQUIRE(run->step());
  CHECK(run->events() == 501);
  run->run_until(at_ms(5000));
  CHECK(run->now() == at_ms(5000));
  CHECK_FALSE(run->history().operations.empty());
  CHECK_FALSE(run->done());
  const auto result = run->finish();
  CHECK(result.digest == digest_of(plan));
  CHECK(run->done());
  CHECK_FALSE(run->step());
}

TEST_CASE("live run: a reseeded run is the plan that it says it is, wherever it was stopped") {
  const Random random(3);
  for (std::uint32_t i = 0; i < 12; ++i) {
    const Plan plan = stormy_plan(i);
    auto run = live(plan);
    Draw draw = random.at("stop", i);
    const std::uint64_t first = 1 + draw.below(2000);
    const std::uint64_t second = first + draw.below(3) * draw.below(1500);  // often at the same moment
    run->run_to_event(first);
    REQUIRE(run->reseed(draw.u64()));
    run->run_to_event(second);
    REQUIRE(run->reseed(draw.u64()));
    const Plan branched = run->plan();
    const auto result = run->finish();
    REQUIRE(result.digest == digest_of(branched));
    REQUIRE(result.plan.branches == branched.branches);
    if (first < 1000) REQUIRE(result.digest != digest_of(plan));
    // A branch of a branch, at a moment that no event marks.
    auto again = live(branched);
    again->run_until(at_ms(8000));
    REQUIRE(again->reseed(1));
    const Plan deeper = again->plan();
    REQUIRE(deeper.branches.back().at == at_ms(8000));
    REQUIRE(again->finish().digest == digest_of(deeper));
  }
}

TEST_CASE("live run: the order of actors has the branch's dice too") {
  const auto plan = [](std::uint64_t seed) {
    const auto scenario = scenarios::parse_scenario(
        "duration = \"8s\"\nfreeze = \"6s\"\n[topology]\nservers = 3\nclients = 9\n"
        "[fault_model]\ncrashed_max = 0\npartitions = false\n"
        "[system]\nservice = \"realm\"\nworknodes = 30\nfan_out = 5\nactor_order = \"random\"\n"
        "handler_cost = \"25ms\"\n[[workload]]\nkind = \"actors\"\nrate = 90\nkeys = 6\n"
        "[swarm]\nkinds = [\"packet-delay\"]\nweight = 0.5\ninterval = \"4s\"\n",
        "branching");
    REQUIRE(scenario.has_value());
    return scenarios::make_plan(*scenario, seed);
  };
  // Choices by node and step, where there was more than one actor to choose from.
  struct Choices final : sim::TraceSink {
    void on_event(const TraceEvent& e) override {
      if (e.kind == TraceKind::actor_chosen) made[{e.node.value, e.field[0], e.field[2]}] = e.field[1];
      if (e.kind == TraceKind::actor_chosen && e.at > since) ++late;
    }
    SimTime since;
    std::uint64_t late = 0;
    std::map<std::array<std::uint64_t, 3>, std::uint64_t> made;
  };
  const Plan own = plan(3);
  Choices first;
  Choices second;
  auto run = scenarios::LiveRun::make(own, {.check = false, .sink = &first});
  REQUIRE(run.has_value());
  const Digest whole = (*run)->finish().digest;
  // The plan's own seed once more: the same run. Another one: choices differ that were a function of the
  // step.
  for (const std::uint64_t seed : {own.seed, own.seed + 1}) {
    second.since = at_ms(1500);
    auto again = scenarios::LiveRun::make(own, {.check = false, .sink = &second});
    REQUIRE(again.has_value());
    (*again)->run_until(second.since);
    REQUIRE((*again)->reseed(seed));
    const Plan branched = (*again)->plan();
    const Digest digest = (*again)->finish().digest;
    CHECK(digest == digest_of(branched));
    CHECK((digest == whole) == (seed == own.seed));
  }
  CHECK(second.late > 20);
  std::size_t differ = 0;
  for (const auto& [key, choice] : second.made) {
    const auto other = first.made.find(key);
    if (other != first.made.end() && other->second != choice) ++differ;
  }
  CHECK(differ > 5);
}

TEST_CASE("live run: other faults from now on are the plan that has them") {
  for (std::uint32_t i = 0; i < 6; ++i) {
    auto run = live(stormy_plan(i));
    run->run_until(at_ms(3100));
    // One that ends with the freeze, where ties are certain; then fewer, then more than there were.
    std::vector<Fault> later;
    for (std::uint32_t k = 0; k <= i; ++k) {
      Fault fault;
      fault.id = 100 + k;
      fault.kind = FaultKind::partition;
      fault.at = at_ms(4000 + 100 * k);
      fault.duration = k == 0 ? at_ms(9000) - fault.at : milliseconds(300);
      fault.links = {{NodeId{1 + k % 3}, NodeId{1 + (k + 1) % 3}}};
      later.push_back(fault);
    }
    REQUIRE(run->exchange_faults(later));
    REQUIRE(run->plan().faults.size() == 2 + later.size());
    run->run_until(at_ms(4250));
    later.resize(1);
    later[0].id = 200;  // number 100 has begun
    later[0].at = at_ms(6000);
    later[0].duration = seconds(3);
    if (i % 2 == 0) REQUIRE(run->exchange_faults(later));
    const Plan exchanged = run->plan();
    REQUIRE(run->finish().digest == digest_of(exchanged));
  }
  auto run = live(stormy_plan(1));
  run->run_until(at_ms(3100));
  CHECK(run->exchange_faults({stormy_plan(1).faults[0]}).error().code == Errc::invalid_argument);
  std::vector<Fault> both = {stormy_plan(1).faults[2], stormy_plan(1).faults[3]};
  both[1].at = both[0].at;  // two servers at once are more than the model allows
  CHECK_FALSE(run->exchange_faults(both).has_value());
  CHECK(run->finish().digest == digest_of(stormy_plan(1)));
}
