#pragma once
// LiveRun: the corridor of run_plan() as a value that steps. Between two events everything can be looked at:
// the world and its processes, what the checkers have seen, the history so far. run_plan() is a LiveRun that
// is stepped to its end.
//
// Looking changes nothing: a run that was stopped, judged and continued ends with the digest that it would
// have had anyway. Only reseed() and exchange_faults() make it another run, and plan() then says which one:
// run_plan() of that plan gives the same digest.
//
// Thread rule: one run, one thread. A stopped run is plain memory: fork(2) copies it (scenarios/multiverse).
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkers/history/history.h"
#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "scenarios/runner/latency.h"
#include "scenarios/runner/observer.h"
#include "scenarios/runner/run.h"
#include "sim/trace/recorder.h"
#include "sim/world/world.h"

namespace wn::scenarios {

class Recorder;

class LiveRun {
 public:
  // Errors: a bad plan (invalid_argument). options.progress is called by finish() alone.
  static Result<std::unique_ptr<LiveRun>> make(faults::Plan plan, RunOptions options = {});
  ~LiveRun();
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  // Handles one event. False when none is left before the end of the run.
  bool step();
  // Handles every event before `at` (and before the end of the run); now() is then the earlier of the two.
  void run_until(SimTime at);
  // Goes on until `events` have been handled since the beginning. False when the run ends before.
  bool run_to_event(std::uint64_t events);
  // Goes on until no event of this moment is left: where a branch may begin.
  void settle();
  // Goes to the end and judges. Once only; the run can still be looked at, but for its history.
  RunResult finish();

  SimTime now() const { return world_->now(); }
  SimTime end() const { return SimTime{plan_.duration.ns}; }
  bool done() const;                                               // nothing is left to do before the end
  std::uint64_t events() const { return world_->stats().events; }  // handled so far
  const faults::Plan& plan() const { return plan_; }
  sim::World& world() { return *world_; }
  const sim::World& world() const { return *world_; }
  const Observer& observer() const { return observer_; }
  const checkers::History& history() const;  // operations still open have no completion
  // The events so far, when options.record_trace.
  const sim::TraceRecorder& trace() const { return trace_; }
  // `sink` sees every event from now on. It must outlive the run.
  void add_sink(sim::TraceSink* sink) { sinks_.add(sink); }
  // What the checkers say of the run so far, as if it ended here (of gluings alone nothing is known before
  // the end).
  std::vector<checkers::Verdict> judge_now() const;
  std::vector<checkers::Verdict> judge_now(std::span<const std::string> claims) const;

  // Every keyed draw from now on uses `seed`. Settles first, and notes the branch in plan(). Branches of the
  // plan that lie ahead are dropped, and so is one of this very moment. Errors: too_large at
  // faults::kBranchesMax branches.
  Result<void> reseed(std::uint64_t seed);
  // Puts other faults in the place of those that begin after now(). Settles first. Those that are never
  // healed and those of liars stay: checkers and processes were told of them at the beginning. Errors
  // (invalid_argument): one of that kind in `later`, and those of plan_check for the plan that results; the
  // run is then as it was.
  Result<void> exchange_faults(const std::vector<faults::Fault>& later);

 private:
  LiveRun(faults::Plan plan, RunOptions options);
  bool drive();
  bool stays(const faults::Fault& fault) const;
  RunResult result_of(bool finished);

  std::int64_t wall_start_ns_;
  faults::Plan plan_;
  RunOptions options_;
  Observer observer_;
  sim::TraceRecorder trace_;
  VisibilityMeter visible_;
  bool measures_;  // a realm's latencies
  std::unique_ptr<Recorder> recorder_;
  sim::TraceFanOut sinks_;
  std::unique_ptr<sim::World> world_;
};

}  // namespace wn::scenarios
