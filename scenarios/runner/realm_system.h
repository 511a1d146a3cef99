#pragma once
// The servers of a realm's plan: the knobs of the plan over the runtime's defaults.
#include <functional>
#include <memory>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/host/host.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

host::Options realm_server_options(const faults::Plan& plan, NodeId id);
// `plan` and `listener` (which may be nobody) must outlive the process. `branch`: see branch_in_force
// (system.h).
std::unique_ptr<Process> make_realm_server(const faults::Plan& plan, NodeId id, Backend& backend,
                                           OperationListener* listener = nullptr,
                                           const std::function<std::uint64_t()>& branch = {});

}  // namespace wn::scenarios
