#pragma once
// The servers of a realm's plan.
#include <memory>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"

namespace wn::scenarios {

// False while this build has no host for a realm: such plans are then refused (unsupported).
bool can_serve_realms();
// REQUIRES can_serve_realms(). `plan` must outlive the process.
std::unique_ptr<Process> make_realm_server(const faults::Plan& plan, NodeId id, Backend& backend);

}  // namespace wn::scenarios
