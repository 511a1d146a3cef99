#pragma once
// The corridor in one call: plan -> world -> trace + history -> verdicts. Pure but for wall_seconds.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkers/convergence/lag.h"
#include "checkers/history/operation.h"
#include "checkers/history/verdict.h"
#include "faults/plan/plan.h"
#include "runtime/base/digest.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"
#include "scenarios/runner/gluings.h"
#include "scenarios/runner/latency.h"
#include "sim/world/world.h"

namespace wn::scenarios {

struct RunOptions {
  bool record_trace = false;  // keep every event in RunResult::trace (up to trace_events_max)
  std::uint64_t trace_events_max = 4'000'000;
  bool record_history = true;      // fill RunResult::history_jsonl
  bool check = true;               // false: run only (digest comparison, benchmarks)
  sim::TraceSink* sink = nullptr;  // sees every event too (a replay's comparer, a streaming writer)
  std::uint64_t checker_memory_bytes = 1ULL << 30;
  std::uint64_t checker_steps = 50'000'000;
  // Called about every simulated second; false stops the run (verdict: unknown "cancelled").
  std::function<bool(SimTime)> progress;
};

struct RunResult {
  faults::Plan plan;
  Digest digest;
  std::vector<std::pair<NodeId, Digest>> node_digests;
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::vector<checkers::Verdict> claims;
  std::string signature;  // of the first failing claim (or unknown one); empty on pass
  sim::WorldStats stats;
  std::int64_t simulated_ns = 0;
  double wall_seconds = 0;
  FlatMap<std::string, std::uint64_t> sometimes;
  std::string history_jsonl;    // JSON Lines, Jepsen's form, with "time" in ns of true time
  std::vector<Gluing> gluings;  // by replicas whose partitions healed
  std::uint64_t operations_ok = 0;
  std::uint64_t operations_fail = 0;
  std::uint64_t operations_info = 0;
  std::uint64_t first_try_ok = 0;  // completed by the first attempt at the first target
  std::vector<Latency> latency;    // of a realm, when it is checked
  std::vector<TraceEvent> trace;   // when record_trace
  bool trace_truncated = false;
  std::optional<checkers::ConvergenceLag> convergence;  // of a realm, when checked
};

// Errors are bad plans (invalid_argument) alone: whatever happens inside the world is a verdict.
Result<RunResult> run_plan(const faults::Plan& plan, const RunOptions& options = {});

// Writes the run folder: plan.txtpb, skeleton and trace.bin (when recorded), digest, history.jsonl,
// verdict.json, convergence.json (of a realm), certificates.jsonl (where something was glued). Files
// appear whole or not at all (written aside, then renamed). Points <runs>/latest at it. The folder is
// <runs>/<scenario>/<name>; without a name, the plan's seed.
Result<std::filesystem::path> write_run_folder(const RunResult& result, const std::filesystem::path& runs,
                                               const std::string& name = {});

}  // namespace wn::scenarios
