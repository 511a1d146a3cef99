#pragma once
// `worknode check`: the histories one after the other, and `--checker elle`, the same question put to Elle on
// the JVM.
#include <functional>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/json_io.h"

namespace wn::scenarios {

enum class Judged : std::uint8_t {
  yes,
  no,       // this history was not judged, as has been said
  give_up,  // nor will the others be
};
// Fills in model, consistency, checker and verdict.
using JudgeOne = std::function<Result<Judged>(const checkers::History&, CheckedHistory&)>;

// Reads, judges, tells and draws each history; writes the JSON. What was not judged counts as unknown.
Result<ExitCode> check_all(Console& console, const CheckArguments& arguments, const JudgeOne& judge);

// inconclusive, with one line that says why, where there is no JVM, no Elle, or it gives no answer.
Result<ExitCode> check_with_elle(Console& console, const CheckArguments& arguments);

}  // namespace wn::scenarios
