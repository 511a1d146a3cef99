#pragma once
// What a plan leaves broken for good: the ground on which liveness is judged.
#include "checkers/liveness/liveness.h"
#include "faults/plan/plan.h"

namespace wn::scenarios {

// From the plan alone: servers that never-healed faults keep down, paused or without a working disk, and
// links that they keep blocked. The configuration is the first one; the run corrects it as it sees changes.
checkers::LivenessFacts liveness_facts(const faults::Plan& plan);

}  // namespace wn::scenarios
