#pragma once
// A trial through the corridor, with its fingerprint.
//
// With `early`, the run is judged at some moments on its way too, and ends at the first that shows a
// violation. What was found is then the failure of a shorter plan, `cut`, which says so itself when it runs:
// nothing later is claimed of it, and claims that need a run's end are not judged early.
#include <optional>

#include "runtime/base/result.h"
#include "scenarios/explore/strategy.h"
#include "scenarios/runner/run.h"

namespace wn::explore {

struct TrialRun {
  scenarios::RunResult run;
  Feedback feedback;
  std::optional<SimTime> cut_at;  // where it ended early
};

// What a run costs besides its events, in events: making and judging it.
inline constexpr std::uint64_t kRunWork = 500;

// Errors: a plan that is refused, which is a bug of ours.
Result<TrialRun> run_trial(const scenarios::Scenario& scenario, const Trial& trial, bool early = false);

// The plan that ends at `at`: what begins later is left out, what lasts longer ends then, and claims that
// need the end are dropped. Until then it is the same run. REQUIRES at > 0.
faults::Plan cut(faults::Plan plan, SimTime at);

}  // namespace wn::explore
