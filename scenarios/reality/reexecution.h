#pragma once
// Re-execution: a recorded run brought back into the simulator.
//
//   recorded_plan()   the run's plan as the recording had it: every message takes as long as it took then, or
//                     never arrives; faults of nodes begin and end when they did; faults of links and packets
//                     are gone, for what they did is in the passages
//   first_parting()   the first event at which what a node did in the recording and what the model's node
//   does
//                     differ: its time, node, kind and field
//
// A run of the simulator comes back event for event. A run on real machines comes back as far as its nodes
// decide by what they are told: their own dice, disks and schedulers are the model's, not the machine's, so
// that the first parting says where these first mattered. Not brought back: second copies of a message, and
// altered ones (both are counted). Pure; memory for the messages of the trace.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "faults/plan/plan.h"
#include "runtime/base/trace_event.h"

namespace wn::reality {

struct RecordedPlan {
  faults::Plan plan;
  std::uint64_t messages = 0;  // whose passage is as recorded
  std::uint64_t lost = 0;      // of them: that never arrived
  std::uint64_t copies = 0;    // second arrivals, left out
  std::uint64_t altered = 0;   // that arrived with other bytes; they arrive whole
  std::uint64_t moved = 0;     // faults that began or ended at another time than planned
  bool cut = false;  // there were more than faults::kDeviationsMax: the later ones take the least time
};
RecordedPlan recorded_plan(const faults::Plan& plan, std::span<const TraceEvent> trace);

struct PartingOptions {
  bool times = true;    // true time counts
  bool physics = true;  // timers and disks count; else what nodes decide and say alone
};
struct Parting {
  SimTime at;  // in the recording (the model's, when the recording had ended there)
  NodeId node;
  std::string kind;
  std::string field;  // "kind", "at", a field's name, or "end" when one side did no more
  std::uint64_t recorded = 0, model = 0;
  std::uint64_t same_before = 0;  // events of this node that were the same
  std::string to_string() const;
};
// The earliest of all nodes.
std::optional<Parting> first_parting(std::span<const TraceEvent> recorded, std::span<const TraceEvent> model,
                                     PartingOptions options = {});

}  // namespace wn::reality
