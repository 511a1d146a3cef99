#pragma once
// The limits under which a plan's realm runs: those of a small simulated node, then the knobs of the plan,
// then the limits that it sets by name (runtime/config/limit_table.h).
#include "faults/plan/plan.h"
#include "runtime/base/limits.h"
#include "runtime/base/result.h"

namespace wn::scenarios {

// Whether a realm can begin under them: invalid_argument for a name that is no limit, a value out of its
// range, a first tree that is larger than they admit, or memory that they do not leave. A key-value service
// has none.
Result<void> check_realm_limits(const faults::SystemPlan& system);

// Names that are no limits are left out.
Limits realm_limits(const faults::SystemPlan& system);

}  // namespace wn::scenarios
