#pragma once
// A trial through the corridor, with its fingerprint.
//
// With `early`, the run is judged on its way too, and ends at the first violation: what is judged from the
// trace at every few events, what is judged from histories whenever so many operations are over twice. What
// was found is then the failure of a shorter plan, `cut`, which says so itself when it runs: nothing later is
// claimed of it. Of claims that need a run's end those violations count that no end can mend (equal knowledge
// with different states, a handle that led to another's memory, a value that nobody wrote).
#include <optional>

#include "runtime/base/result.h"
#include "scenarios/explore/strategy.h"
#include "scenarios/runner/run.h"

namespace wn::explore {

struct TrialOptions {
  bool early = false;
  bool fingerprint = true;  // else the feedback's print is empty
};

struct TrialRun {
  scenarios::RunResult run;
  Feedback feedback;
  std::optional<SimTime> cut_at;  // where it ended early
};

// What a run costs besides its events, in events: making and judging it.
inline constexpr std::uint64_t kRunWork = 500;

// Errors: a plan that is refused, which is a bug of ours.
Result<TrialRun> run_trial(const scenarios::Scenario& scenario, const Trial& trial, TrialOptions options);

// The plan that ends at `at`: what begins later is left out, what lasts longer ends then, and claims that
// need the end are dropped, but for the one of `signature`. Until then it is the same run. REQUIRES at > 0.
faults::Plan cut(faults::Plan plan, SimTime at, std::string_view signature);

}  // namespace wn::explore
