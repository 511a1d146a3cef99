#pragma once
// The prompt of `worknode replay RUN --until T`.
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/exit_code.h"
#include "scenarios/cli/inputs.h"

namespace wn::scenarios {

// Asked for by --prompt; or a person named a moment, and there is one to ask.
bool wants_prompt(const ReplayArguments& arguments);
// Commands from standard input until it ends or `quit`. A script in which a command was refused is bad input
// (2).
Result<ExitCode> prompt_command(Console& console, const ReplayArguments& arguments, const StoredRun& stored);

}  // namespace wn::scenarios
