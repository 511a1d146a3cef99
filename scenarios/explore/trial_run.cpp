#include "scenarios/explore/trial_run.h"

#include <algorithm>
#include <array>

#include "scenarios/runner/judge.h"
#include "scenarios/runner/live_run.h"

namespace wn::explore {
namespace {

using scenarios::LiveRun;

// Of the time before the freeze, in eighths.
constexpr std::array<std::int64_t, 3> kLooks{2, 4, 8};

// What a look at the run on its way says, of claims that it can be held to.
struct Look {
  SimTime at;
  std::vector<checkers::Verdict> verdicts;
};

std::optional<Look> look_on_the_way(LiveRun& run, SimTime freeze_at) {
  for (const std::int64_t eighths : kLooks) {
    const SimTime at{freeze_at.ns / 8 * eighths};
    if (at.ns == 0 || at >= run.end()) continue;
    run.run_until(at);
    Look look{.at = at, .verdicts = run.judge_now()};
    std::erase_if(look.verdicts, [](const checkers::Verdict& v) { return needs_the_end(v.claim); });
    if (std::ranges::any_of(look.verdicts,
                            [](const auto& v) { return v.outcome == checkers::Outcome3::fail; }))
      return look;
  }
  return std::nullopt;
}

scenarios::RunResult cut_result(const LiveRun& run, Look look) {
  scenarios::RunResult out;
  out.plan = cut(run.plan(), look.at);
  out.digest = run.world().digest();
  out.stats = run.world().stats();
  out.simulated_ns = look.at.ns;
  out.sometimes = run.world().sometimes();
  for (const checkers::Operation& operation : run.history().operations) {
    if (operation.outcome == checkers::Outcome::ok) ++out.operations_ok;
  }
  out.claims = std::move(look.verdicts);
  scenarios::summarize(out);
  return out;
}

}  // namespace

faults::Plan cut(faults::Plan plan, SimTime at) {
  plan.duration = Duration{std::min(plan.duration.ns, at.ns)};
  plan.freeze_at = std::min(plan.freeze_at, at);
  std::erase_if(plan.claims, needs_the_end);
  std::erase_if(plan.operations, [&](const faults::Operation& op) { return op.at >= at; });
  std::erase_if(plan.faults, [&](const faults::Fault& f) { return f.at >= at; });
  for (faults::Fault& fault : plan.faults) {
    if (fault.duration != Duration::max())
      fault.duration = std::min(fault.duration, plan.freeze_at - fault.at);
  }
  std::erase_if(plan.deviations, [&](const faults::Deviation& d) {
    return d.kind == faults::DeviationKind::delay_process && d.at >= at;
  });
  for (faults::Deviation& d : plan.deviations) {
    if (d.kind == faults::DeviationKind::delay_process) d.amount = std::min(d.amount, plan.freeze_at - d.at);
  }
  std::erase_if(plan.branches, [&](const faults::BranchPlan& b) { return b.at >= at; });
  return plan;
}

Result<TrialRun> run_trial(const scenarios::Scenario& scenario, const Trial& trial, bool early) {
  const faults::Plan plan = trial_plan(scenario, trial);
  Fingerprinter print(plan);
  scenarios::RunOptions options;
  options.record_history = false;
  options.sink = &print;
  auto run = LiveRun::make(plan, options);
  if (!run) return fail(run.error());
  TrialRun out;
  std::optional<Look> look;
  if (early) look = look_on_the_way(**run, plan.freeze_at);
  if (look) {
    out.cut_at = look->at;
    out.run = cut_result(**run, *std::move(look));
  } else {
    out.run = (*run)->finish();
  }
  out.feedback.outcome = out.run.outcome;
  out.feedback.work = kRunWork + out.run.stats.events;
  out.feedback.print = print.result();
  return out;
}

}  // namespace wn::explore
