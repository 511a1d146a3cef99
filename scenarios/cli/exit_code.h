#pragma once
// What the program tells its caller. When several hold, the worst wins: 6, 4, 1, 3, 5, 0 (a violation is
// never masked by an inconclusive check); bad usage ends the program before anything else can hold.
#include "checkers/history/verdict.h"
#include "runtime/base/result.h"

namespace wn::scenarios {

enum class ExitCode : int {
  pass = 0,
  violation = 1,
  bad_input = 2,
  inconclusive = 3,
  nondeterminism = 4,
  nothing_selected = 5,
  own_error = 6,
};

constexpr int severity(ExitCode code) {
  switch (code) {
    case ExitCode::pass:
      return 0;
    case ExitCode::nothing_selected:
      return 1;
    case ExitCode::inconclusive:
      return 2;
    case ExitCode::violation:
      return 3;
    case ExitCode::nondeterminism:
      return 4;
    case ExitCode::own_error:
      return 5;
    case ExitCode::bad_input:
      return 6;
  }
  return 5;
}
constexpr ExitCode worst(ExitCode a, ExitCode b) { return severity(a) >= severity(b) ? a : b; }

constexpr ExitCode exit_code_of(checkers::Outcome3 outcome) {
  switch (outcome) {
    case checkers::Outcome3::pass:
      return ExitCode::pass;
    case checkers::Outcome3::fail:
      return ExitCode::violation;
    case checkers::Outcome3::unknown:
      return ExitCode::inconclusive;
  }
  return ExitCode::own_error;
}

// What the user gave is 2; what the machine or we did is 6.
constexpr ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::ok:
      return ExitCode::pass;
    case Errc::invalid_argument:
    case Errc::bad_input:
    case Errc::corrupt:
    case Errc::not_found:
    case Errc::already_exists:
    case Errc::too_large:
    case Errc::unsupported:
    case Errc::precondition:
    case Errc::weak_evidence:
    case Errc::behind:
      return ExitCode::bad_input;
    case Errc::overloaded:
    case Errc::io_error:
    case Errc::no_space:
    case Errc::not_leader:
    case Errc::timed_out:
    case Errc::cancelled:
    case Errc::internal:
      return ExitCode::own_error;
  }
  return ExitCode::own_error;
}

}  // namespace wn::scenarios
