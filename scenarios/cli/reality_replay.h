#pragma once
// A recorded run held against the model: could the simulator have done what happened, and what does it do
// when every message takes as long as it took then? For runs on real machines (real.json in their folder),
// and, with --against-model, for the simulator's own.
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/exit_code.h"
#include "scenarios/cli/inputs.h"

namespace wn::scenarios {

bool is_real(const StoredRun& stored);
// violation: the model could not have done it. Where its nodes then do something else is told, and is no
// violation.
Result<ExitCode> replay_against_model(Console& console, const ReplayArguments& arguments,
                                      const StoredRun& stored);

}  // namespace wn::scenarios
