#pragma once
// The report of a run with its explanation in it: the curve under the picture, the deciding events marked,
// what mattered as a table.
#include <string>

#include "reports/explanation.h"
#include "runtime/base/result.h"
#include "scenarios/cli/branch_json.h"

namespace wn::scenarios {

reports::ReportExplanation report_explanation(const faults::Plan& plan, const Explanation& found);

// Runs the plan once more for its trace. Errors: those of run_plan.
Result<std::string> explain_html(const faults::Plan& plan, const Explanation& found,
                                 const std::string& replay);

}  // namespace wn::scenarios
