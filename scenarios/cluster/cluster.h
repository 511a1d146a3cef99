#pragma once
// One run of a cluster, from a plan to a run folder: a network, servers, clients, faults, traces, verdicts.
//
//   run_cluster()   makes what it needs, runs the plan in real time, ends and removes everything it made,
//   also
//                   when it is interrupted or fails half-way; judges; leaves the run folder of the
//                   simulator's form (scenarios/runner/run.h) with real.json, commands.log and nodes/
//                   besides.
//
// Errors: a plan or a request that cannot be run here (invalid_argument, unsupported), no space, ports in use
// (already_exists), cancelled by a signal; what happens inside of the cluster is a verdict.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/cluster/cluster_plan.h"
#include "scenarios/cluster/driver.h"
#include "scenarios/cluster/executor.h"
#include "scenarios/cluster/hosts.h"
#include "scenarios/runner/judge.h"

namespace wn::cluster {

enum class Network : std::uint8_t { automatic, namespaces, plain };

struct ClusterOptions {
  ClusterPlan plan;
  Network network = Network::automatic;
  std::filesystem::path runs = "runs";
  std::string program;  // worknode-hurt; empty: the one beside this program
  bool keep_data = false;
  std::vector<HostEntry> hosts;                 // not empty: the servers run there, and Network says nothing
  std::function<void(const std::string&)> say;  // a line for people, kept
  std::function<void(const std::string&)> progress;  // a line that replaces the last one
};

// How it was run: real.json.
struct RealFacts {
  bool namespaces = false;
  std::string partitions;             // who drops what partitions drop
  std::string packets;                // who hurts packets
  bool netem = false;                 // the kernel has it
  std::uint64_t dropped_packets = 0;  // by the hub
  std::uint64_t powerless_downs = 0;
  ExecutorStats executor;
  Latencies latencies;  // from the planned time of each operation
  std::vector<std::string> notes;
  std::uint32_t left_out = 0;  // faults and deviations of the plan
  std::uint64_t lost_events = 0;
};

struct ClusterRun {
  scenarios::RunResult result;
  RealFacts facts;
  std::filesystem::path folder;
};

Result<ClusterRun> run_cluster(const ClusterOptions& options);

std::string real_json(const ClusterRun& run);

// The lines of what would be done: no process is started and nothing is made.
std::vector<std::string> dry_run(const ClusterOptions& options);

}  // namespace wn::cluster
