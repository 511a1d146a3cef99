#pragma once
// What each node was during a run, read from its trace: spans (down, paused, leader, candidate) and the wall
// clock's distance from true time as a polyline. Plots and the HTML page draw from this and nothing else.
// Total on any trace: events out of pair are closed at the end of the run.
#include <cstdint>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/trace_event.h"

namespace wn::reports {

enum class SpanKind : std::uint8_t { down = 1, paused, leader, candidate, lease, frozen };
std::string_view to_string(SpanKind kind);

struct Span {
  std::uint32_t node = 0;
  SpanKind kind{};  // frozen: its wall clock stands still
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t term = 0;  // leader, candidate, lease; down: CrashCause
};

// Between two points of one node the skew is linear.
struct ClockPoint {
  std::uint32_t node = 0;
  std::int64_t at_ns = 0;
  std::int64_t skew_ns = 0;  // wall clock minus true time
};

struct Timeline {
  std::vector<Span> spans;         // by (begin, node, kind)
  std::vector<ClockPoint> clocks;  // by (node, at); none for a node whose clock is true throughout
};

Timeline timeline_of(const faults::Plan& plan, const std::vector<TraceEvent>& trace, std::int64_t end_ns);

}  // namespace wn::reports
