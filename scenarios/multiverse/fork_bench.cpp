// What a fork costs: from the fork of a run that stands in its middle to the word that the child has handled
// its first event (by a pipe, so the way back is in it). Ended children are reaped outside of the time.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "scenarios/multiverse/future.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::unique_ptr<LiveRun> in_the_middle(const char* scenario) {
  const auto loaded = load_scenario(std::string(WN_CATALOG) + "/" + scenario);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().to_string().c_str());
    std::exit(2);
  }
  auto run = LiveRun::make(make_plan(*loaded, 7), {.record_history = false});
  if (!run) std::exit(2);
  (*run)->run_until(SimTime{(*run)->end().ns / 2});
  (*run)->settle();
  return std::move(*run);
}

// Of all children that were reaped so far, with what their end costs.
double child_cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  const auto us = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

// Nanoseconds, or -1.
std::int64_t fork_and_step(LiveRun& run, const FutureRule& rule, std::uint64_t number) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const auto begin = SteadyClock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool stepped = become(run, rule, number).has_value() && run.step();
    const char word = stepped ? 'y' : 'n';
    ::_exit(::write(ends[1], &word, 1) == 1 ? 0 : 1);
  }
  ::close(ends[1]);
  char word = 'n';
  const bool told = child > 0 && ::read(ends[0], &word, 1) == 1 && word == 'y';
  const auto took = SteadyClock::now() - begin;
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return told ? std::chrono::duration_cast<std::chrono::nanoseconds>(took).count() : -1;
}

void fork_first_event(benchmark::State& state, const char* scenario) {
  const auto run = in_the_middle(scenario);
  std::uint64_t number = 0;
  const double before = child_cpu_us();
  for (auto _ : state) {
    const std::int64_t ns = fork_and_step(*run, {.seed = 3}, number++);
    if (ns < 0) {
      state.SkipWithError("a child did not handle its first event");
      break;
    }
    state.SetIterationTime(static_cast<double>(ns) / 1e9);
  }
  state.counters["child_cpu_us"] = (child_cpu_us() - before) / static_cast<double>(number);
  state.counters["events_before"] = static_cast<double>(run->events());
}
BENCHMARK_CAPTURE(fork_first_event, five_servers, "fast/raft-light.toml")->UseManualTime();
BENCHMARK_CAPTURE(fork_first_event, five_servers_of_a_realm, "fast/worknode-tree.toml")->UseManualTime();

// The same run made again and brought there: what forking saves.
void make_and_run(benchmark::State& state, const char* scenario) {
  for (auto _ : state) benchmark::DoNotOptimize(in_the_middle(scenario));
}
BENCHMARK_CAPTURE(make_and_run, five_servers, "fast/raft-light.toml");

}  // namespace
}  // namespace wn::scenarios
