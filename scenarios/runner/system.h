#pragma once
// From a plan to the processes of its nodes: servers and spares run the real node, clients and the admin the
// simulated hosts.
#include <functional>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/node/node.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

// The knobs of the plan over the runtime's defaults.
node::Options node_options(const faults::Plan& plan, NodeId id);

// The longest time that one election timeout of this plan may be drawn.
Duration election_timeout_of(const faults::Plan& plan);

// What a world of this plan draws by at true time `now`, if a branch of the plan is behind it; else 0. A
// branch counts for what happens after its moment.
std::uint64_t branch_in_force(const faults::Plan& plan, SimTime now);

// `plan` and `listener` must outlive the processes made. `now` gives true time to the liars of the plan
// (faults/byzantine): REQUIRED when it has some.
ProcessFactory make_system(const faults::Plan& plan, OperationListener* listener,
                           std::function<SimTime()> now = {});
// The same without what the plan's transport puts under it.
ProcessFactory make_plain_system(const faults::Plan& plan, OperationListener* listener,
                                 std::function<SimTime()> now = {});

}  // namespace wn::scenarios
