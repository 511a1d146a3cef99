#pragma once
// One run of a plan in a process of its own: whatever the code under test does, the caller gets a summary. A
// failed check or a signal is a violation with the signature "crash: <first line>".
#include <filesystem>
#include <optional>
#include <string>

#include "checkers/history/verdict.h"
#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "scenarios/cli/exit_code.h"
#include "scenarios/shrink/shrink.h"

namespace wn::scenarios {

struct RunRequest {
  faults::Plan plan;
  std::string scenario;     // its path, for people; the plan's own name when empty
  std::string config_hash;  // empty when unknown
  bool trace = true;
  bool tell = true;      // make a story when it fails
  unsigned explain = 0;  // processes to explain a failure with (brief_explanation.h); 0: it is not explained
  std::filesystem::path runs;    // where the run folder goes; empty: none is left
  std::string folder;            // the run folder's own name; empty: the plan's seed
  std::filesystem::path real;    // a folder that real machines left: judged from what it holds, not run
  std::filesystem::path html;    // write the HTML report there, whatever the outcome
  std::string replay;            // the command that replays it; empty: replay of the folder
  std::optional<PlanSize> from;  // the size before shrinking
  double shrink_seconds = 0;
  std::optional<std::uint64_t> seed;  // that found the failure; the plan's own when empty
};

struct RunSummary {
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::string signature;
  std::string digest;
  std::string json;        // as `run --json` writes it
  std::string story;       // of a failure
  std::string folder;      // the run folder, when one was left
  std::string report;      // report.html, when one was written
  std::string divergence;  // replay: the first event that differs from the stored trace
  std::string notes;       // replay: what could not be compared
  Errc trouble = Errc::ok;
  std::string trouble_text;  // an error of our own: the run or its folder could not be made
};

// Errors: a bad plan (invalid_argument), a disk that refuses the run folder, no process to be had.
Result<RunSummary> run_apart(const RunRequest& request);

}  // namespace wn::scenarios
