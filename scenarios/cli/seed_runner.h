#pragma once
// One seed of a sweep, inside a worker: plan, run, judge, and the numbers that the totals need.
#include <vector>

#include "scenarios/cli/sweep.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {

// `scenarios` must outlive the runner.
SeedRunner seed_runner(const std::vector<Scenario>& scenarios);

}  // namespace wn::scenarios
