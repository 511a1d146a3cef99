#pragma once
// What mattered: faults before the failure, operations and messages around the event that turned it.
// Private to this room.
#include "scenarios/multiverse/explain.h"
#include "scenarios/multiverse/prober.h"

namespace wn::scenarios {

// Fills out.influences. REQUIRES the curve and the critical events to be there, as far as there are any.
Result<void> rank_influences(const faults::Plan& plan, Prober& prober, const ExplainOptions& options,
                             Explanation& out);

}  // namespace wn::scenarios
