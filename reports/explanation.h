#pragma once
// What decided a failing run, as the page draws it: how likely a failure was at each moment, the moments and
// events that decided it, and what weighed how much. Plain data; whoever resamples futures fills it in.
//
// Units: nanoseconds of true time since the start of the run; event positions count in the run's trace;
// shares and effects are in [0, 1] and [-1, 1]. Odd values are drawn as far as they make sense. Thread rule:
// none.
#include <cstdint>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "reports/encode.h"

namespace wn::reports {

inline constexpr std::size_t kExplanationPointsMax = 4'000;
inline constexpr std::size_t kExplanationRowsMax = 200;

struct ReportExplanation {
  // Of `futures` runs that went on from this moment with other dice, `failed` failed.
  struct Point {
    std::int64_t at_ns = 0;
    std::uint64_t futures = 0;
    std::uint64_t failed = 0;
  };
  // An event without which the failure would have been far less likely.
  struct Critical {
    std::uint64_t event = 0;  // position in the trace
    std::string says;
  };
  // A fault, a message or an operation, and by how much leaving it out lowers the probability of failure.
  struct Effect {
    std::string what;
    std::int64_t at_ns = -1;  // -1: no one moment
    double effect = 0;
  };
  std::vector<Point> curve;         // by time
  std::vector<Critical> criticals;  // by event
  std::vector<Effect> ranking;      // greatest first
  std::string says;                 // one paragraph

  bool empty() const { return curve.empty() && criticals.empty() && ranking.empty() && says.empty(); }
};

// The fields "branches" and "explanation" of the page's data. Events before `first` are not on the page.
void put_branches(JsonText& json, const faults::Plan& plan);
void put_explanation(JsonText& json, const ReportExplanation& explanation, std::uint64_t first);

}  // namespace wn::reports
