#pragma once
// One seed of a sweep, inside a worker: plan, run, judge, and the numbers that the totals need.
#include <vector>

#include "scenarios/cli/sweep.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {

struct SeedOptions {
  bool fingerprint = true;  // count behaviours: what learns, and what tells of the exploration, needs them
  bool early = false;       // end a run at its first violation
};

// `scenarios` must outlive the runner.
SeedRunner seed_runner(const std::vector<Scenario>& scenarios, SeedOptions options);

}  // namespace wn::scenarios
