#pragma once
// ScenarioSpec: the tables of a scenario file, parsed and checked, before a seed makes a plan of them. The
// file format with all keys, their types and defaults is in scenarios/catalog/README.md.
#include <cstdint>
#include <string>
#include <vector>

#include "faults/nemesis/swarm.h"
#include "faults/plan/plan.h"

namespace wn::scenarios {

inline constexpr std::size_t kScenarioBytesMax = 1U << 20;
inline constexpr std::uint32_t kServersMax = 16;  // one Raft group
inline constexpr std::uint32_t kClientsMax = 1000;

struct TopologySpec {
  std::uint32_t servers = 5;
  std::uint32_t spares = 0;
  std::uint32_t clients = 5;
};

struct ClockSpec {
  Duration initial_skew_max;       // |wall - true| at the start, per node, uniform
  std::int32_t drift_ppm_max = 0;  // |drift| per node, uniform
};

// Operations per 1000 simulated seconds over all clients (so that 0.5/s is exact), and how they are mixed.
struct WorkloadSpec {
  std::string kind = "kv";  // one of workload_kinds()
  std::uint64_t rate_millihertz = 10'000;
  std::uint32_t keys = 5;
  std::uint32_t keys_from = 0;  // number of the first key: two workloads can keep apart
  std::vector<std::pair<faults::OpFunction, std::uint32_t>> mix;  // weights; empty = the kind's default
  std::uint32_t txn_ops_max = 4;
  Duration start;
  Duration stop;  // 0 = the scenario's end
};

struct ScenarioSpec {
  std::string title;
  Duration duration = seconds(60);
  Duration freeze = seconds(15);  // the fault-free end of the run
  TopologySpec topology;
  ClockSpec clock;
  faults::NetworkPlan network;
  faults::DiskPlan disk;
  std::uint64_t disk_bytes_max = 1ULL << 30;
  faults::FaultModel model;
  faults::SystemPlan system;
  std::vector<WorkloadSpec> workloads;
  faults::SwarmOptions swarm;
  std::string model_name = "kv";
  std::vector<std::string> claims;
  std::vector<std::string> sometimes;  // names that must have come true in the run for the claim "sometimes"
  std::uint64_t fails_within_seeds = 0;  // catalog/negative: the seeds within which the bug must be found
};

}  // namespace wn::scenarios
