#pragma once
// The tokens of a realm's plan. Every client holds one with all rights first: what it shows by default. A
// capability workload adds a forest: narrowed, expiring, revoked and deeply delegated ones, and forged ones
// whose last link widens its parent, which every replica must refuse.
#include "faults/plan/plan.h"
#include "runtime/base/random.h"
#include "scenarios/workloads/workload.h"

namespace wn::scenarios {

// Fills plan.tokens with one token for each client. REQUIRES plan.nodes.
void grant_first_tokens(faults::Plan& plan);

// A forest for each client, over worknodes of the workload; the revocations are appended to `out` (without
// ids). REQUIRES the first tokens.
void grow_forest(faults::Plan& plan, const WorkloadSpec& spec, const Random& random, SimTime stop,
                 std::vector<faults::Operation>& out);

}  // namespace wn::scenarios
