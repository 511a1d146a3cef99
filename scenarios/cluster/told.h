#pragma once
// Told: a Process that says, in the trace, which frames the one inside of it sends and gets, and what it asks
// of its disk and hears from it: what the simulator's world says of messages and disks. Between QUIC and the
// service, in test programs alone.
//
// A receiver does not know the number and the type that a frame left with; match_messages() fills them in
// when the traces of all nodes are put together.
#include <map>
#include <memory>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/base/trace_event.h"

namespace wn::cluster {

std::unique_ptr<Process> make_told(const ProcessFactory& inner, NodeId id, Backend& outer);

// Numbers the messages of each link in order of their sending, and gives each arrival the number and type of
// the oldest message of its bytes that has not arrived. `trace` is in order of true time.
void match_messages(std::vector<TraceEvent>& trace);

}  // namespace wn::cluster
