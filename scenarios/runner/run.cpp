#include "scenarios/runner/run.h"

#include <utility>

#include "scenarios/runner/live_run.h"

namespace wn::scenarios {

Result<RunResult> run_plan(const faults::Plan& plan, const RunOptions& options) {
  Result<std::unique_ptr<LiveRun>> live = LiveRun::make(plan, options);
  if (!live) return fail(std::move(live).error());
  return (*live)->finish();
}

}  // namespace wn::scenarios
