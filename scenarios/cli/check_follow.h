#pragma once
// `worknode check --follow`, and the options of judging that it shares with the whole-file form.
#include "checkers/portfolio/portfolio.h"
#include "scenarios/cli/commands.h"

namespace wn::scenarios {

// `clock` runs from now on and must outlive the options.
checkers::JudgeOptions judge_options(const CheckArguments& arguments, const Stopwatch& clock);

// "PASS", "FAIL", "UNKNOWN".
std::string shouted(checkers::Outcome3 outcome);

// Judges one history while it grows, and says at the first event that proves a violation so. A file ends
// where nothing has come for `idle`; standard input where it ends.
Result<ExitCode> check_following(Console& console, const CheckArguments& arguments,
                                 const checkers::Judge& judge);

}  // namespace wn::scenarios
