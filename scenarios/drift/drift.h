#pragma once
// How far the run of a stored plan has drifted from the run that was stored with it, because the code has
// changed: what of the plan finds no target any more, which operations end otherwise, where the nodes first
// do something else, and one figure for it all.
#include <optional>

#include "scenarios/drift/skeleton.h"

namespace wn::drift {

struct Drift {
  std::uint32_t parts_per_million = 0;  // 0: the same skeleton; the mean of the three shares below
  std::uint32_t events_ppm = 0;         // of the events, by kind, that the other run has not
  std::uint32_t operations_ppm = 0;     // of the operations that ended otherwise
  std::uint32_t steps_ppm = 0;  // of the nodes' transitions, behind the place where a node first parts
  std::vector<std::uint32_t> lost_deviations;  // found what they mean then, and do not now
  std::vector<std::string> lost_points;        // fault points that this build has no longer
  struct OtherEnd {
    std::uint64_t operation = 0;
    NodeId process;
    std::string then, now;
  };
  std::vector<OtherEnd> operations;
  std::string then, now;  // the first transition that differs; empty: none, or one side has no more
  bool other_signature = false;
  std::string signature_then, signature_now;

  bool none() const;
};

Drift drift_between(const faults::Plan& plan, const Skeleton& then, const Skeleton& now);
// A few lines for people: "drift: 3.2% (events 1.0%, operations 0.0%, steps 8.7%) …"
std::string to_text(const Drift& drift);

}  // namespace wn::drift
