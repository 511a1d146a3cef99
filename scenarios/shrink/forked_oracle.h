#pragma once
// ForkedOracle: runs candidates in worker processes, several at a time, and answers as a sequential search
// would: the first candidate, in order, whose failure has the wanted signature. A candidate that crashes its
// worker has the signature "crash: <first line>". Work that turns out to be too far ahead is cancelled.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "checkers/history/verdict.h"
#include "faults/plan/plan.h"
#include "scenarios/shrink/shrink.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {

// What a run of a plan came to, as far as shrinking cares.
struct Judgement {
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::vector<std::string> signatures;  // of the failing claims, the first one first
  std::int64_t at_ns = -1;
};
using PlanJudge = std::function<Judgement(const faults::Plan&)>;

inline constexpr std::string_view kCrashPrefix = "crash: ";
// The signature of a run that died with these words: "crash: CHECK failed: <condition>" for a failed check,
// whose place and operands may differ between builds and runs; else "crash: <words>".
std::string crash_signature(std::string_view words);

// The stock judge: run_plan with all checkers. Bad plans count as passing.
Judgement judge_by_running(const faults::Plan& plan);
// Judges one plan in a process of its own, so that a crash is a judgement too.
Result<Judgement> judge_apart(const faults::Plan& plan, const PlanJudge& judge = judge_by_running);

struct OracleOptions {
  unsigned jobs = 1;
  double seconds_max = 60;
  PlanJudge judge = judge_by_running;
};

class ForkedOracle final : public Oracle {
 public:
  ForkedOracle(std::string signature, const OracleOptions& options);
  std::optional<Found> first_failing(std::size_t count, const Make& make) override;
  bool out_of_time() const override;
  double seconds() const;
  // Set when no worker could be made: then nothing was judged.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Batch;
  void fill(Batch& batch, const Make& make);
  bool matches(const Answer& answer, std::int64_t& at_ns) const;
  int remaining_ms() const;

  std::string signature_;
  double seconds_max_;
  std::chrono::steady_clock::time_point start_;
  WorkerPool pool_;
  std::string trouble_;
};

}  // namespace wn::scenarios
