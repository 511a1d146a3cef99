#pragma once
// ScenarioSpec: the tables of a scenario file, parsed and checked, before a seed makes a plan of them. The
// file format with all keys, their types and defaults is in scenarios/catalog/README.md.
#include <cstdint>
#include <string>
#include <vector>

#include "faults/nemesis/swarm.h"
#include "faults/plan/plan.h"
#include "scenarios/runner/randomise.h"
#include "scenarios/workloads/workload.h"

namespace wn::scenarios {

inline constexpr std::size_t kScenarioBytesMax = 1U << 20;
inline constexpr std::uint32_t kServersMax = 16;    // servers and spares: one Raft group
inline constexpr std::uint32_t kReplicasMax = 200;  // servers of a realm
inline constexpr std::uint32_t kClientsMax = 1000;
inline constexpr std::size_t kWorkloadsMax = 64;
inline constexpr std::size_t kChoicesMax = 256;

struct TopologySpec {
  std::uint32_t servers = 5;
  std::uint32_t spares = 0;
  std::uint32_t clients = 5;
  std::uint32_t sites = 1;  // server n stands at site n mod sites, and each client at that of its home
};

struct ClockSpec {
  Duration initial_skew_max;       // |wall - true| at the start, drawn for each node
  std::int32_t drift_ppm_max = 0;  // |drift|, drawn for each node
};

struct ScenarioSpec {
  std::string title;
  Duration duration = seconds(60);
  Duration freeze = seconds(15);  // the end of the run that is free of faults
  TopologySpec topology;
  ClockSpec clock;
  faults::NetworkPlan network;
  faults::DiskPlan disk;
  std::uint64_t disk_bytes_max = 1ULL << 30;
  faults::FaultModel model;
  faults::SystemPlan system;
  std::vector<WorkloadSpec> workloads;
  faults::SwarmOptions swarm;
  FaultPointsSpec fault_points;
  RandomiseSpec randomise;
  std::string model_name;  // of the linearizability claim
  std::vector<std::string> claims;
  std::vector<std::string> sometimes;    // must come true somewhere in a sweep, for the claim "sometimes"
  std::uint64_t fails_within_seeds = 0;  // catalog/negative: the seeds within which the bug must be found
};

}  // namespace wn::scenarios
