#pragma once
// A future of a stopped run: from the moment where it stands on, every keyed draw uses a seed of its own, and
// the faults ahead are kept or drawn again. A future is a plan: become() makes a live run it, future_plan()
// says the same as a value.
//
// Pure but for the run that becomes it. Future number n of a family is the same in every process and at every
// moment of a run, so that moments can be compared on common random numbers.
#include <cstdint>

#include "faults/nemesis/swarm.h"
#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "scenarios/runner/live_run.h"

namespace wn::scenarios {

enum class FutureFaults : std::uint8_t {
  keep = 1,  // those of the plan, at their times
  resample,  // the nemesis draws anew what begins later; what has begun, is never healed, or lies, stays
};

struct FutureRule {
  std::uint64_t seed = 1;  // of the family
  FutureFaults faults = FutureFaults::keep;
  faults::SwarmOptions swarm;  // of resample
};

std::uint64_t future_seed(std::uint64_t family, std::uint64_t number);

// Every nemesis of the swarm that the plan's model allows, as likely as not: for plans without a scenario.
faults::SwarmOptions stock_swarm();

// Faults that begin after `at`, drawn by `seed` inside the plan's fault model together with those that stay.
std::vector<faults::Fault> redrawn_faults(const faults::Plan& plan, SimTime at, std::uint64_t seed,
                                          const faults::SwarmOptions& swarm);

// Errors: those of LiveRun::reseed.
Result<void> become(LiveRun& run, const FutureRule& rule, std::uint64_t number);

// The plan of that future of a run of `plan` that stands behind all events up to and including `at`.
faults::Plan future_plan(const faults::Plan& plan, SimTime at, const FutureRule& rule, std::uint64_t number);

}  // namespace wn::scenarios
