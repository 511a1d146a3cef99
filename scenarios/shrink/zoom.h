#pragma once
// Zooming: a plan of which only a window of time is left, moved to the start of the run. What led to a
// failure is often all within a few seconds, and a run of a few seconds is judged ten times as fast as one of
// minutes. Moving it throws the small dice anew (elections fall elsewhere), so it is tried with several
// seeds.
#include <cstdint>
#include <vector>

#include "faults/plan/plan.h"

namespace wn::scenarios {

struct Window {
  SimTime begin;
  SimTime end;
  std::uint32_t attempt = 0;  // 0: the plan's own seed
};

// Time for a first election before the window begins.
inline constexpr Duration kZoomLead = seconds(1);

// Windows worth a try that end just after `at` (of the violation), the shortest first; none where the plan is
// not much longer than they are. `round`: other seeds than in the rounds before.
std::vector<Window> windows_before(const faults::Plan& plan, SimTime at, std::uint32_t round);

// What lasts over the beginning of the window begins with it; what begins before and is over is gone. The
// fault-free end of the run keeps its length. Scheduler's deviations that count messages go: they would name
// others.
faults::Plan zoomed(const faults::Plan& plan, const Window& window);

}  // namespace wn::scenarios
