// Whole-stack figures: simulated seconds per wall second under light load, and events per second when
// saturated.
#include <benchmark/benchmark.h>

#include "scenarios/bench/stack.h"
#include "sim/world/world.h"

namespace wn::scenarios {
namespace {

void run(benchmark::State& state, const StackShape& shape) {
  const faults::Plan plan = stack_plan(shape);
  std::uint64_t events = 0;
  std::uint64_t done = 0;
  std::uint64_t runs = 0;
  for (auto _ : state) {
    OutcomeCounter outcomes;
    sim::World world(plan, stack_factory(plan, shape, &outcomes), nullptr);
    world.run_until(SimTime{plan.duration.ns});
    events += world.stats().events;
    done += outcomes.ok;
    ++runs;
  }
  using benchmark::Counter;
  const double simulated = static_cast<double>(plan.duration.ns) / 1e9 * static_cast<double>(runs);
  state.counters["events/s"] = Counter(static_cast<double>(events), Counter::kIsRate);
  state.counters["simulated_s/s"] = Counter(simulated, Counter::kIsRate);
  state.counters["operations/s"] = Counter(static_cast<double>(done), Counter::kIsRate);
  state.counters["events/simulated_s"] = static_cast<double>(events) / simulated;
}

void idle(benchmark::State& state) { run(state, {.operations_per_second = 0}); }
BENCHMARK(idle)->Unit(benchmark::kMillisecond);

void light_load(benchmark::State& state) { run(state, {.operations_per_second = 10}); }
BENCHMARK(light_load)->Unit(benchmark::kMillisecond);

void light_load_with_invariants(benchmark::State& state) {
  run(state, {.operations_per_second = 10, .check_invariants = true});
}
BENCHMARK(light_load_with_invariants)->Unit(benchmark::kMillisecond);

void saturated(benchmark::State& state) {
  run(state, {.clients = 500, .operations_per_second = 100'000, .keys = 1000, .duration = seconds(5)});
}
BENCHMARK(saturated)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::scenarios
