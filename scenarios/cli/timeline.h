#pragma once
// A run as lines that a person reads: leaders, faults, crashes and restarts, log truncations, configurations,
// and client operations, in order of true time. Everything else of the trace is left to trace.bin.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "scenarios/runner/run.h"

namespace wn::scenarios {

struct TimelineLine {
  std::int64_t at_ns = 0;
  std::size_t order = 0;  // among lines of one moment
  int weight = 0;         // what matters most is dropped last
  std::string text;
};

struct TimelineOptions {
  std::int64_t until_ns = std::numeric_limits<std::int64_t>::max();
  bool every_event = false;         // one line an event of the trace, in its own words
  bool every_operation = false;     // else the witnesses of the failing claims, and failing operations
  std::size_t operations_max = 16;  // all operations are told when the plan has no more than these
};

// REQUIRES a run with a recorded trace. Ascending time.
std::vector<TimelineLine> timeline_of(const RunResult& run, const TimelineOptions& options);
// At most `lines_max`: the lightest go first, the earliest of them first.
std::vector<TimelineLine> shortened(std::vector<TimelineLine> lines, std::size_t lines_max);
// "     12.402s  n1 becomes leader of term 2"
std::string to_text(const TimelineLine& line);

}  // namespace wn::scenarios
