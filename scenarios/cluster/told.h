#pragma once
// Told: a Process that says, in the trace, which frames the one inside of it sends and gets, and what it asks
// of its disk and hears from it: what the simulator's world says of messages and disks. Between QUIC and the
// service, in test programs alone.
//
// It makes of a real process one that can be done again from its trace (scenarios/reality/tape.h): clocks
// stand still while a handler runs, as they do in the simulator, and are told with what began the handler
// (handler_began); chance is what the simulator draws for this node, life and purpose; a timer tells the
// deadline that it was armed for.
//
// A receiver does not know the number and the type that a frame left with; match_messages() fills them in
// when the traces of all nodes are put together.
#include <map>
#include <memory>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/base/trace_event.h"
#include "scenarios/cluster/true_time.h"

namespace wn::cluster {

struct ToldOptions {
  TrueClock& clock;        // held while a handler runs; outlives the process
  std::uint64_t seed = 0;  // of the plan
  std::uint64_t life = 1;  // of this node, from 1
};
std::unique_ptr<Process> make_told(const ProcessFactory& inner, NodeId id, Backend& outer,
                                   const ToldOptions& options);

// Numbers the messages of each link in order of their sending, and gives each arrival the number and type of
// the oldest message of its bytes that has not arrived. `trace` is in order of true time.
void match_messages(std::vector<TraceEvent>& trace);

}  // namespace wn::cluster
