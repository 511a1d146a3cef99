#pragma once
// QUIC under each process of a plan: servers know each other and all clients by keys drawn from the plan's
// seed; clients and the admin dial all servers. An address handle is the node's own id.
#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/quic/quic.h"

namespace wn::scenarios {

quic::Options quic_options(const faults::Plan& plan, NodeId id);

// `plan` must outlive the processes made.
ProcessFactory over_quic(const faults::Plan& plan, ProcessFactory plain);

}  // namespace wn::scenarios
