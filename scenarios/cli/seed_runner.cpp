#include "scenarios/cli/seed_runner.h"

#include "scenarios/runner/run.h"

namespace wn::scenarios {

SeedRunner seed_runner(const std::vector<Scenario>& scenarios) {
  return [&scenarios](const SweepTask& task) {
    SeedResult result;
    result.seed = task.seed;
    const faults::Plan plan = make_plan(scenarios[task.scenario], task.seed);
    const auto run = run_plan(plan, {.record_history = false});
    if (!run) {
      // A plan that we made ourselves and that is refused is our bug.
      result.trouble = "the plan was refused: " + run.error().to_string();
      return result;
    }
    result.outcome = run->outcome;
    result.signature = run->signature;
    result.digest = run->digest.to_hex();
    result.wall_us = static_cast<std::uint64_t>(run->wall_seconds * 1e6);
    result.simulated_us = static_cast<std::uint64_t>(run->simulated_ns / 1000);
    result.events = run->stats.events;
    result.messages = run->stats.messages_sent;
    result.faults = run->stats.faults_begun;
    result.operations_ok = run->operations_ok;
    result.operations_fail = run->operations_fail;
    result.operations_info = run->operations_info;
    result.first_try_ok = run->first_try_ok;
    result.sometimes = run->sometimes;
    return result;
  };
}

}  // namespace wn::scenarios
