#pragma once
// The simulated client host: a Process that carries out one client node's operations of a plan, one after the
// other, through kv::ClientCore, and tells a listener what it called and saw.
//
// Times, processes and what is told: operation_run.h. Limits: one operation open; attempts and deadline by
// ClientCore.
#include <cstdint>
#include <memory>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/base/flat_map.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

struct ClientHostOptions {
  NodeId id;
  std::vector<NodeId> servers;                // all that may serve, spares too; ascending
  std::vector<faults::Operation> operations;  // this node's, ascending (at, id)
  Duration timeout;                           // 0 = the default of kv::ClientCore
  Duration retry;                             // 0 = the default of kv::ClientCore
  // Plan time when the process starts; operation times are true time and the host's clock starts at boot.
  SimTime started_at;
};

// `listener` must outlive the process; may be null.
std::unique_ptr<Process> make_client_process(ClientHostOptions options, Backend& backend,
                                             OperationListener* listener);

// The operations of each process of `plan`, in order.
FlatMap<NodeId, std::vector<faults::Operation>> operations_by_process(const faults::Plan& plan);

}  // namespace wn::scenarios
