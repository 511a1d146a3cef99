#include "scenarios/runner/live_run.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "checkers/history/history_io.h"
#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "scenarios/runner/judge.h"
#include "scenarios/runner/realm_limits.h"
#include "scenarios/runner/recorder.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/admin_process.h"
#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {
namespace {

std::int64_t wall_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

JudgeOptions judge_options(const RunOptions& options) {
  return {.steps = options.checker_steps, .memory_bytes = options.checker_memory_bytes};
}

}  // namespace

Result<std::unique_ptr<LiveRun>> LiveRun::make(faults::Plan plan, RunOptions options) {
  if (auto checked = faults::plan_check(plan); !checked) return fail(checked.error());
  if (auto checked = check_realm_limits(plan.system); !checked) return fail(checked.error());
#if defined(WN_NO_FAULT_POINTS)
  if (!plan.fault_points.empty())
    return fail(Errc::unsupported, "fault_points: this program was built without them (WN_FAULT_POINTS=OFF)");
#endif
  return std::unique_ptr<LiveRun>(new LiveRun(std::move(plan), std::move(options)));
}

LiveRun::LiveRun(faults::Plan plan, RunOptions options)
    : wall_start_ns_(wall_ns()),
      plan_(std::move(plan)),
      options_(std::move(options)),
      observer_(plan_),
      trace_(options_.record_trace ? options_.trace_events_max : 0),
      measures_(options_.check && plan_.system.service == faults::Service::realm),
      sinks_({options_.check ? &observer_ : nullptr, options_.record_trace ? &trace_ : nullptr, options_.sink,
              measures_ ? &visible_ : nullptr}) {
  const auto true_time = [this] { return world_->now(); };
  recorder_ = std::make_unique<Recorder>(true_time, [this](NodeId client) { return home_of(plan_, client); });
  world_ = std::make_unique<sim::World>(plan_, make_system(plan_, recorder_.get(), true_time), &sinks_);
  world_->set_fault_command([](const faults::Fault& fault) { return encode_admin_command(fault); });
}

LiveRun::~LiveRun() = default;

bool LiveRun::step() { return world_->step(end()); }
void LiveRun::run_until(SimTime at) { world_->run_until(std::min(at, end())); }

bool LiveRun::run_to_event(std::uint64_t events) {
  while (this->events() < events) {
    if (!step()) return false;
  }
  return true;
}

void LiveRun::settle() { run_until(now() + nanoseconds(1)); }

bool LiveRun::done() const { return world_->overloaded() || world_->next_event_at() >= end(); }

const checkers::History& LiveRun::history() const { return recorder_->history(); }

std::vector<checkers::Verdict> LiveRun::judge_now() const { return judge_now(plan_.claims); }

std::vector<checkers::Verdict> LiveRun::judge_now(std::span<const std::string> claims) const {
  return judge(plan_, claims, recorder_->history(), observer_, judge_options(options_));
}

Result<void> LiveRun::reseed(std::uint64_t seed) {
  settle();
  // Events up to the last moment handled: now() may stand a nanosecond behind it.
  const SimTime at = now() - nanoseconds(1);
  std::vector<faults::BranchPlan>& branches = plan_.branches;
  const auto past = std::ranges::count_if(branches, [at](const faults::BranchPlan& b) { return b.at < at; });
  if (static_cast<std::size_t>(past) == faults::kBranchesMax)
    return fail(Errc::too_large, "a plan has at most " + std::to_string(faults::kBranchesMax) + " branches");
  branches.resize(static_cast<std::size_t>(past));
  branches.push_back({.at = at, .seed = seed});
  world_->reseed(seed);
  return {};
}

bool LiveRun::stays(const faults::Fault& fault) const {
  return fault.at < now() || fault.duration == Duration::max() || faults::is_byzantine(fault.kind);
}

Result<void> LiveRun::exchange_faults(const std::vector<faults::Fault>& later) {
  settle();
  faults::Plan next = plan_;
  const auto begun = static_cast<std::size_t>(
      std::ranges::count_if(plan_.faults, [this](const faults::Fault& f) { return f.at < now(); }));
  std::erase_if(next.faults, [this](const faults::Fault& f) { return !stays(f); });
  for (const faults::Fault& fault : later) {
    if (stays(fault))
      return fail(Errc::invalid_argument, "only healed faults of honest nodes that lie ahead are exchanged");
    next.faults.push_back(fault);
  }
  std::ranges::sort(next.faults, {}, [](const faults::Fault& f) { return std::pair(f.at, f.id); });
  if (auto checked = faults::plan_check(next); !checked) return checked;
  plan_.faults = std::move(next.faults);
  world_->faults_changed(begun);
  return {};
}

// Runs to the end in slices of one simulated second. False when the caller stopped it.
bool LiveRun::drive() {
  if (!options_.progress) {
    world_->run_until(end());
    return true;
  }
  for (SimTime at = now(); at < end();) {
    at = std::min(end(), at + seconds(1));
    world_->run_until(at);
    if (!options_.progress(at)) return false;
  }
  return true;
}

RunResult LiveRun::finish() {
  const bool finished = drive();
  RunResult result = result_of(finished);
  result.wall_seconds = static_cast<double>(wall_ns() - wall_start_ns_) / 1e9;
  return result;
}

RunResult LiveRun::result_of(bool finished) {
  RunResult result;
  result.plan = plan_;
  result.digest = world_->digest();
  for (const faults::NodePlan& node : plan_.nodes)
    result.node_digests.emplace_back(node.id, world_->digest_of(node.id));
  result.stats = world_->stats();
  result.simulated_ns = now().ns;
  result.sometimes = world_->sometimes();
  result.operations_ok = recorder_->count(checkers::Outcome::ok);
  result.operations_fail = recorder_->count(checkers::Outcome::fail);
  result.operations_info = recorder_->count(checkers::Outcome::info);
  result.first_try_ok = recorder_->first_try_ok();
  if (options_.record_trace) {
    result.trace = trace_.to_vector();
    result.trace_truncated = trace_.truncated();
  }
  result.gluings = recorder_->take_gluings();
  for (Gluing& gluing : result.gluings) {
    observer_.on_certificate(gluing.sections.view(), gluing.certificate.view());
    gluing.says = gluing_json(gluing);
  }
  const checkers::History history = recorder_->take();
  if (options_.check) {
    result.claims = judge(plan_, history, observer_, judge_options(options_));
    result.convergence = observer_.lag();
  }
  if (measures_) result.latency = latencies(history, visible_);
  if (world_->overloaded())
    result.claims.push_back(unknown_verdict("world", "a limit of the simulator ended the run early"));
  if (!finished) result.claims.push_back(unknown_verdict("world", "cancelled"));
  summarize(result);
  if (options_.record_history) result.history_jsonl = checkers::write_jsonl(history);
  return result;
}

}  // namespace wn::scenarios
