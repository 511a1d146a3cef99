// How long a seed takes to become a plan, and a plan to become text and back.
#include <benchmark/benchmark.h>

#include <string>

#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {
namespace {

constexpr const char* kScenario = R"(
duration = "60s"
[fault_model]
disk_faulty_max = 1
power_loss_of_all = true
clock_drift_ppm_max = 200
wall_skew_max = "1s"
[swarm]
kinds = ["partition", "packet", "kill", "pause", "clock", "disk", "transfer", "schedule"]
)";

void make_a_plan(benchmark::State& state) {
  const Scenario scenario = *parse_scenario(kScenario, "bench");
  std::uint64_t seed = 0;
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(scenario, seed++));
}
BENCHMARK(make_a_plan)->Unit(benchmark::kMicrosecond);

void check_a_plan(benchmark::State& state) {
  const faults::Plan plan = make_plan(*parse_scenario(kScenario, "bench"), 1);
  for (auto _ : state) benchmark::DoNotOptimize(faults::plan_check(plan));
}
BENCHMARK(check_a_plan)->Unit(benchmark::kMicrosecond);

void write_and_read_a_plan(benchmark::State& state) {
  const faults::Plan plan = make_plan(*parse_scenario(kScenario, "bench"), 1);
  for (auto _ : state) benchmark::DoNotOptimize(faults::parse_plan(faults::to_text(plan), "bench"));
}
BENCHMARK(write_and_read_a_plan)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace wn::scenarios
