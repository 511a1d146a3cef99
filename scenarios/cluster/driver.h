#pragma once
// The clients of a run: every client and admin process of the plan, the simulator's own, each with a socket
// and a key of its own, over QUIC, all on one event loop in one child process (in the clients' namespace).
// Records the history and how long operations took.
//
// Open loop: an operation is planned for a moment, and its latency counts from there, however late a client
// that waited for the one before could begin it (Tene's coordinated omission).
//
// Leaves in its folder: history.jsonl, latency.txt (a histogram a line), and its events in the trace file.
#include <filesystem>
#include <map>
#include <string>

#include "faults/plan/plan.h"
#include "scenarios/cluster/histogram.h"
#include "scenarios/cluster/net_plan.h"

namespace wn::cluster {

struct DriverOptions {
  const faults::Plan& plan;
  NetPlan net;
  std::filesystem::path trace;  // a TraceBuffer's file
  std::filesystem::path folder;
  int channel = -1;  // a socket of datagrams to the runner (control.h)
};

// The life of the child; its exit code. Says `ready`, waits for `go`, says `done` at the plan's end; says
// `trouble` when it cannot begin.
int run_driver(const DriverOptions& options);

// By "local", "eventual", "strong"; operations that were done.
using Latencies = std::map<std::string, Histogram>;
Result<Latencies> read_latencies(const std::filesystem::path& file);

}  // namespace wn::cluster
