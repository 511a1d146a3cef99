#include "scenarios/cli/seed_runner.h"

#include <ctime>

#include "scenarios/cli/console.h"
#include "scenarios/explore/trial_run.h"

namespace wn::scenarios {
namespace {

// Of this process, which runs one seed at a time.
std::uint64_t cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

SeedRunner seed_runner(const std::vector<Scenario>& scenarios, SeedOptions options) {
  return [&scenarios, options](const SweepTask& task) {
    const Stopwatch clock;
    const std::uint64_t begun = cpu_us();
    SeedResult result;
    result.seed = task.seed;
    explore::Trial trial;
    trial.seed = task.seed;
    if (!task.trial.empty()) {
      auto read = explore::decode_trial(task.trial);
      if (!read) {
        result.trouble = read.error().to_string();
        return result;
      }
      trial = *std::move(read);
    }
    const auto ran = explore::run_trial(scenarios[task.scenario], trial,
                                        {.early = options.early, .fingerprint = options.fingerprint});
    if (!ran) {
      // A plan that we made ourselves and that is refused is our bug.
      result.trouble = "the plan was refused: " + ran.error().to_string();
      return result;
    }
    const RunResult* run = &ran->run;
    if (options.fingerprint) result.print = explore::encode(ran->feedback.print);
    if (ran->cut_at) result.cut_ns = static_cast<std::uint64_t>(ran->cut_at->ns);
    result.outcome = run->outcome;
    result.signature = run->signature;
    result.digest = run->digest.to_hex();
    result.wall_us = static_cast<std::uint64_t>(clock.seconds() * 1e6);
    result.simulated_us = static_cast<std::uint64_t>(run->simulated_ns / 1000);
    result.events = run->stats.events;
    result.messages = run->stats.messages_sent;
    result.faults = run->stats.faults_begun;
    result.operations_ok = run->operations_ok;
    result.operations_fail = run->operations_fail;
    result.operations_info = run->operations_info;
    result.first_try_ok = run->first_try_ok;
    result.sometimes = run->sometimes;
    result.cpu_us = cpu_us() - begun;
    return result;
  };
}

}  // namespace wn::scenarios
