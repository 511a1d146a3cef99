// The whole service over QUIC in the simulator.
#include "scenarios/runner/quic_system.h"

#include <catch2/catch_test_macros.hpp>

#include "faults/plan/plan_check.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/runner/system.h"
#include "sim/world/world.h"

namespace wn::scenarios {
namespace {

faults::Plan plan_of(const std::string& name, std::uint64_t seed) {
  const auto scenario = load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/fast/" + name);
  REQUIRE(scenario.has_value());
  return make_plan(*scenario, seed);
}

class Packets final : public sim::TraceSink {
 public:
  void on_event(const TraceEvent& event) override {
    if (event.kind == TraceKind::quic_opened) ++opened;
    if (event.kind == TraceKind::quic_closed) ++closed;
    if (event.kind != TraceKind::message_sent) return;
    ++packets;
    bytes += event.field[2];
    strange += event.field[3] != 0 || event.field[4] != quic::kPacketType ? 1U : 0U;
  }
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t strange = 0;
};

TEST_CASE("over QUIC the plan's seed still decides everything, though keys are not drawn from it") {
  for (const char* name : {"raft-quic.toml", "worknode-quic.toml"}) {
    const faults::Plan plan = plan_of(name, 3);
    CHECK(plan.network.sealed);
    const auto first = run_plan(plan);
    const auto second = run_plan(plan);
    REQUIRE((first.has_value() && second.has_value()));
    CHECK(first->outcome == checkers::Outcome3::pass);
    CHECK(first->digest == second->digest);
    CHECK(first->history_jsonl == second->history_jsonl);
  }
}

TEST_CASE("over QUIC nothing but packets travels, connections end by faults and are made again") {
  const faults::Plan plan = plan_of("raft-quic.toml", 5);
  Packets sink;
  sim::World* world = nullptr;
  sim::World run(plan, make_system(plan, nullptr, [&] { return world->now(); }), &sink);
  world = &run;
  run.run_until(SimTime{} + plan.duration);
  CHECK(sink.strange == 0);
  CHECK(sink.packets > 1000);
  CHECK(sink.bytes > 100'000);
  // 3 pairs of servers and 4 clients with 3 each, seen from both ends.
  CHECK(sink.opened > 2 * (3 + 12));
  CHECK(sink.closed > 0);
}

TEST_CASE("a plan over QUIC must say that its packets are sealed") {
  faults::Plan plan = plan_of("raft-quic.toml", 1);
  CHECK(faults::plan_check(plan).has_value());
  plan.network.sealed = false;
  CHECK(!faults::plan_check(plan).has_value());
}

}  // namespace
}  // namespace wn::scenarios
