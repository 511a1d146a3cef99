#pragma once
// Plans without faults for the tests of this room.
#include "faults/plan/plan.h"

namespace wn::faults {

inline Plan blank_plan(std::uint64_t seed, std::uint32_t servers, std::uint32_t spares,
                       std::uint32_t clients) {
  Plan p;
  p.seed = seed;
  p.duration = seconds(60);
  p.freeze_at = SimTime{seconds(45).ns};
  std::uint32_t id = 0;
  const auto add = [&](NodeRole role, std::uint32_t count) {
    for (; count > 0; --count) {
      NodePlan n;
      n.id = NodeId{++id};
      n.role = role;
      p.nodes.push_back(n);
    }
  };
  add(NodeRole::server, servers);
  add(NodeRole::spare, spares);
  add(NodeRole::client, clients);
  add(NodeRole::admin, 1);
  return p;
}

// Everything that a model can allow.
inline FaultModel wide_model(std::uint32_t servers) {
  return {.crashed_max = (servers - 1) / 2,
          .disk_faulty_max = 1,
          .partitions = true,
          .power_loss_of_all = true,
          .clock_drift_ppm_max = 500,
          .wall_skew_max = seconds(2),
          .membership = true,
          .wipe = true,
          .unhealed = true,
          .sync_lies = true,
          .byzantine_max = (servers - 1) / 2};
}

}  // namespace wn::faults
