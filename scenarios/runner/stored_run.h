#pragma once
// A run folder that real machines left (it has real.json), as a result: judged from its trace and history,
// with what its runner had found besides the plan's claims.
#include <filesystem>

#include "scenarios/runner/run.h"

namespace wn::scenarios {

bool is_real_run(const std::filesystem::path& folder);

// Errors: a file that is missing or no such file (not_found, bad_input, corrupt).
Result<RunResult> judge_stored(const std::filesystem::path& folder);

}  // namespace wn::scenarios
