// How long it takes to stand at any event of a run of a million events, and to step back by one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "runtime/base/random.h"
#include "scenarios/runner/live_run.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/travel/traveller.h"

namespace wn::travel {
namespace {

constexpr std::uint64_t kEvents = 1'000'000;
constexpr const char* kScenario = R"(
duration = "600s"
freeze = "500s"
[topology]
servers = 5
clients = 6
[fault_model]
crashed_max = 2
power_loss_of_all = true
[system]
snapshot_every_entries = 150
[[workload]]
kind = "kv"
rate = 100
keys = 4
[swarm]
kinds = ["partition", "packet", "kill", "pause", "disk", "transfer", "schedule"]
weight = 0.3
interval = "8s"
)";

const faults::Plan& plan() {
  static const faults::Plan made = scenarios::make_plan(*scenarios::parse_scenario(kScenario, "bench"), 1);
  return made;
}

// The run by itself: what a walk cannot be cheaper than.
void run_a_million_events(benchmark::State& state) {
  for (auto _ : state) {
    auto run = *scenarios::LiveRun::make(plan(), {.record_history = false, .check = false});
    if (!run->run_to_event(kEvents)) state.SkipWithError("the run is shorter");
  }
}
BENCHMARK(run_a_million_events)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

// The first time through the run, checkpoints included.
void walk_a_million_events(benchmark::State& state) {
  for (auto _ : state) {
    auto traveller = *Traveller::make(plan());
    if (traveller->go_to_event(kEvents)->event != kEvents) state.SkipWithError("the run is shorter");
    state.counters["checkpoints"] = static_cast<double>(traveller->checkpoints());
  }
}
BENCHMARK(walk_a_million_events)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

Traveller& walked() {
  static const std::unique_ptr<Traveller> traveller = [] {
    auto made = *Traveller::make(plan());
    static_cast<void>(made->go_to_event(kEvents));
    return made;
  }();
  return *traveller;
}

void seek_any_event(benchmark::State& state) {
  Traveller& traveller = walked();
  const Random random(7);
  std::uint64_t number = 0;
  std::vector<double> seconds;
  for (auto _ : state) {
    const std::uint64_t event = random.at("seek", 0, number++).below(kEvents);
    const auto begin = std::chrono::steady_clock::now();
    if (traveller.go_to_event(event)->event != event) state.SkipWithError("elsewhere");
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(seconds);
  state.counters["median_ms"] = seconds[seconds.size() / 2] * 1e3;
  state.counters["worst_ms"] = seconds.back() * 1e3;
}
BENCHMARK(seek_any_event)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(60);

void step_back(benchmark::State& state) {
  Traveller& traveller = walked();
  static_cast<void>(traveller.go_to_event(kEvents));
  for (auto _ : state) benchmark::DoNotOptimize(traveller.back(1));
}
BENCHMARK(step_back)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(50);

void look_at_a_node(benchmark::State& state) {
  Traveller& traveller = walked();
  for (auto _ : state)
    benchmark::DoNotOptimize(traveller.ask({.subject = Subject::node, .json = true, .node = NodeId{1}}));
}
BENCHMARK(look_at_a_node)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace wn::travel
