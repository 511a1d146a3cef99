#pragma once
// From a plan to the configurations of its daemons. Pure.
#include "faults/plan/plan.h"
#include "runtime/daemon/config.h"

namespace wn::scenarios {

// Of the plan's server or spare `id`: all that the plan decides about it. Its identity is
// secret_of_server(plan, id); the plan's clients are listed with their ids and secret_of_client()'s keys. For
// the caller to fill in: the addresses of the node, its peers and its metrics, and files and folders. What a
// daemon does not take: planted defects (daemon::Hooks) and deviations of the schedule, which have no meaning
// where steps do not repeat. REQUIRES a valid plan.
daemon::Config daemon_config(const faults::Plan& plan, NodeId id);

}  // namespace wn::scenarios
