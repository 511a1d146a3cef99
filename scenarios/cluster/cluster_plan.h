#pragma once
// The plan of a cluster: what a scenario and a seed make of it, with another number of servers or a shorter
// run, without the faults that cannot be done to real machines. Pure. The simulator runs the very same plan.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scenarios/runner/scenario.h"

namespace wn::cluster {

inline constexpr Duration kQuietMin = seconds(3);  // that a shortened run has at its end

// What this machine can do to a cluster.
struct Abilities {
  bool packets = true;  // netem, or datagrams held, lost and altered inside of the test program
  bool disks = true;    // files that fail, stall and rot inside of the test program
  bool clocks = true;
  bool power = true;  // unsynced writes are lost
  bool byzantine = true;
};

struct ClusterPlan {
  faults::Plan plan;
  std::vector<std::string> notes;  // what is not as in the simulator, a line each
  std::uint32_t dropped = 0;       // faults and deviations that are left out
};

struct PlanRequest {
  std::uint32_t servers = 0;  // 0: as many as the scenario has
  std::uint64_t seed = 0;
  std::optional<Duration> duration;  // at most the scenario's
};

// Errors: a number of servers or a duration that this scenario cannot have (invalid_argument).
Result<ClusterPlan> cluster_plan(const scenarios::Scenario& scenario, const PlanRequest& request,
                                 const Abilities& abilities);

// Leaves the claims that a history alone decides, with a line about the others: no traces come from
// elsewhere.
void keep_history_claims(ClusterPlan& plan);

}  // namespace wn::cluster
