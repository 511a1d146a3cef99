#pragma once
// Item by item what a sweep explored, as JSON: for the totals, and as lines that `merge` sums.
#include "runtime/base/result.h"
#include "scenarios/cli/json_parts.h"
#include "scenarios/cli/sweep_totals.h"

namespace wn::scenarios {

Json exploration_json(const SweepTotals& totals);
// Of a line of a results file. Errors say what was expected.
Result<SweptBehaviours> behaviours_from(const Json& json);

}  // namespace wn::scenarios
