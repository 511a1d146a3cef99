#pragma once
// What a seed draws besides operations and faults, where its scenario says so: which fault points of the code
// are active and at which rate ([fault_points]), and knobs and limits of the system under test ([randomise]).
// All of it is written in the plan, so a replay is exact and shrinking takes it back one by one
// (scenarios/shrink/edits.h).
//
// Ranges are legal for any service: timeouts keep their order (heartbeat well below the election timeout),
// and what a scenario itself has set stays as it is.
#include <cstdint>

#include "faults/plan/plan.h"
#include "runtime/config/toml_reader.h"

namespace wn::scenarios {

// Defaults as FoundationDB has them: a point is active in a quarter of the seeds, and fires a quarter of the
// times.
struct FaultPointsSpec {
  bool on = false;
  std::uint32_t seeds_ppm = 1'000'000;  // share of the seeds that have any
  std::uint32_t active_ppm = 250'000;   // of the points, in such a seed
  std::uint32_t rate_ppm = 250'000;     // the highest; drawn for each point: this, an eighth or a 64th of it
  std::vector<std::string> only;        // rooms ("raft") or points ("raft.lease-not-used"); empty: all
};
struct RandomiseSpec {
  bool on = false;
  std::uint32_t seeds_ppm = 1'000'000;  // share of the seeds that have any
  std::uint32_t knobs_ppm = 500'000;    // of the knobs, in such a seed
};

void read_fault_points(config::TomlTable t, FaultPointsSpec& out);
void read_randomise(config::TomlTable t, RandomiseSpec& out);

void draw_fault_points(const FaultPointsSpec& spec, faults::Plan& plan);
void draw_knobs(const RandomiseSpec& spec, faults::Plan& plan);

}  // namespace wn::scenarios
