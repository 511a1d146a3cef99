#pragma once
// What every failing run is told with: a short explanation by its futures (scenarios/multiverse/explain.h)
// within a budget of futures, so that it says the same on every machine. When failure became certain, the
// event (or the stretch of events) that made it so, and the last faults by effect.
#include <optional>
#include <string>

#include "faults/plan/plan.h"
#include "reports/explanation.h"

namespace wn::scenarios {

// About four seconds of a processor for a run of a minute.
inline constexpr std::uint64_t kBriefFuturesMax = 80;

struct BriefExplanation {
  std::string text;  // a few lines of a story, indented
  std::string json;  // as of `worknode explain --json`
  reports::ReportExplanation report;
};

// In a process of its own, for code under test may die in a future of a run that did not. Nothing: it passes,
// or it could not be explained.
std::optional<BriefExplanation> explain_briefly(const faults::Plan& plan, unsigned jobs);

// `run_json`, which is an object, with the field "explanation".
std::string with_explanation(const std::string& run_json, const BriefExplanation& brief);

}  // namespace wn::scenarios
