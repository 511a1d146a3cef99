#pragma once
// The simulated client host of a realm: a Process that carries out one client's operations of a plan, one
// after the other, each at its home replica, or at the server that the operation names, and nowhere else. An
// unanswered request is sent again, with the same number, every `retry`; what has no answer after `timeout`
// is `info`.
//
// done is ok; refused is fail, for it has no effect and will not; overloaded is asked again, since another
// copy of the request may still take effect; failed is fail for what changes nothing, else info, for the same
// reason. Tells which tokens it holds when it starts (cap_granted). Damaged and foreign replies are dropped.
#include <map>
#include <memory>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "scenarios/workloads/operation_listener.h"
#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {

struct RealmClientOptions {
  NodeId id;
  NodeId home;
  std::vector<faults::Operation> operations;  // this node's, ascending (at, id)
  Duration timeout;                           // 0 = 3 s
  Duration retry;                             // 0 = 300 ms
  bool sessions = false;                      // shows each replica what it has seen so far
  std::uint32_t first_token = 0;              // shown by operations that name none
  std::map<std::uint32_t, Bytes> tokens;      // encoded, all that the operations show
  std::vector<Grant> grants;                  // told at the start
};

// All of the above from a plan. `operations` are the client's.
RealmClientOptions realm_client_options(const faults::Plan& plan, NodeId client,
                                        std::vector<faults::Operation> operations);

// `listener` must outlive the process; may be null.
std::unique_ptr<Process> make_realm_client(RealmClientOptions options, Backend& backend,
                                           OperationListener* listener);

}  // namespace wn::scenarios
