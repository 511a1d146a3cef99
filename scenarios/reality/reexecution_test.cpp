// A simulated run comes back from its recording.
#include "scenarios/reality/reexecution.h"

#include <catch2/catch_test_macros.hpp>

#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"

namespace wn::reality {
namespace {

scenarios::RunResult run_of(const faults::Plan& plan) {
  auto run = scenarios::run_plan(plan, {.record_trace = true, .check = false});
  REQUIRE(run.has_value());
  return *std::move(run);
}

scenarios::RunResult run_of(const std::string& kinds, const std::string& system, std::uint64_t seed) {
  const auto scenario = scenarios::parse_scenario(
      "duration = \"5s\"\nfreeze = \"2s\"\n[topology]\nservers = 3\nclients = 3\n[fault_model]\ncrashed_max "
      "= 1\n"
      "clock_drift_ppm_max = 500\n[system]\n" +
          system + "\n[swarm]\nkinds = [" + kinds + "]\nweight = 0.9\ninterval = \"1s\"\n",
      "reality");
  REQUIRE(scenario.has_value());
  return run_of(scenarios::make_plan(*scenario, seed));
}

const std::string kKv = "[[workload]]\nkind = \"kv\"\nrate = 10";
const std::string kRealm =
    "service = \"realm\"\nworknodes = 10\n[[workload]]\nkind = \"worknode\"\nrate = 10";

TEST_CASE("a run of the simulator comes back from its recording, event for event") {
  for (const std::string& system : {kKv, kRealm}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const auto run =
          run_of(R"("packet-loss", "packet-delay", "packet-reorder", "partition", "kill", "clock-drift")",
                 system, seed);
      const RecordedPlan again = recorded_plan(run.plan, run.trace);
      CHECK_FALSE(again.cut);
      CHECK(again.moved == 0);
      CHECK(again.messages > 100);
      const auto second = run_of(again.plan);
      const auto parting = first_parting(run.trace, second.trace);
      INFO(system << " seed " << seed << ": " << (parting ? parting->to_string() : ""));
      CHECK_FALSE(parting.has_value());
    }
  }
}

TEST_CASE("what a node said otherwise in the recording is named") {
  const auto run = run_of("\"kill\"", kKv, 2);
  auto trace = run.trace;
  const auto at = std::find_if(trace.begin() + static_cast<std::ptrdiff_t>(trace.size() / 2), trace.end(),
                               [](const TraceEvent& e) { return e.kind == TraceKind::raft_apply; });
  REQUIRE(at != trace.end());
  at->field[3] ^= 1;
  const auto parting = first_parting(trace, run_of(recorded_plan(run.plan, trace).plan).trace);
  REQUIRE(parting.has_value());
  CHECK(parting->node == at->node);
  CHECK(parting->at == at->at);
  CHECK(parting->kind == "raft_apply");
  CHECK(parting->field == "state_digest");
}

}  // namespace
}  // namespace wn::reality
