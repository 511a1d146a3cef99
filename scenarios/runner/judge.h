#pragma once
// The claims of a plan, judged by what a run left: its trace (through an Observer that has seen every event)
// and its history. Whether a simulator or real machines ran it is not asked here.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "faults/plan/plan.h"
#include "scenarios/runner/observer.h"
#include "scenarios/runner/run.h"

namespace wn::scenarios {

struct JudgeOptions {
  std::uint64_t steps = 50'000'000;
  std::uint64_t memory_bytes = 1ULL << 30;
};

// The claims of the plan, in its order; "sometimes" is judged over a sweep, not over one run. Where servers
// lie, the operations that prove something are judged alone; witnesses are told by their place in the whole
// history.
std::vector<checkers::Verdict> judge(const faults::Plan& plan, const checkers::History& history,
                                     const Observer& observer, const JudgeOptions& options);

// The same of these claims alone.
std::vector<checkers::Verdict> judge(const faults::Plan& plan, std::span<const std::string> claims,
                                     const checkers::History& history, const Observer& observer,
                                     const JudgeOptions& options);

// The worst of the claims, and its signature.
void summarize(RunResult& result);

checkers::Verdict unknown_verdict(std::string claim, std::string why);

// What somebody else ran: its events in order of true time, and what its clients saw.
struct Recorded {
  faults::Plan plan;
  std::vector<TraceEvent> trace;
  bool trace_truncated = false;
  std::string history_jsonl;
  std::vector<Gluing> gluings;
  FlatMap<std::string, std::uint64_t> sometimes;
  std::vector<checkers::Verdict> more;  // what the one who ran it has to say besides the plan's claims
  double wall_seconds = 0;
};

// Judges it as run_plan() judges its own: claims, convergence, latency, digests and counts of the trace.
// Errors: a history that is none (bad_input), a plan that is none (invalid_argument).
Result<RunResult> judge_recorded(Recorded recorded, const JudgeOptions& options = {});

}  // namespace wn::scenarios
