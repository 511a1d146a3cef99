#include "scenarios/explore/trial_run.h"

#include <algorithm>

#include "scenarios/runner/judge.h"
#include "scenarios/runner/live_run.h"

namespace wn::explore {
namespace {

using scenarios::LiveRun;

constexpr std::uint64_t kStride = 64;         // events between two looks at what the trace shows
constexpr std::size_t kOperationsFirst = 16;  // operations at the first look at the history

// What a look at the run on its way says, of claims that it can be held to.
struct Look {
  SimTime at;
  std::vector<checkers::Verdict> verdicts;
};

bool failed(const std::vector<checkers::Verdict>& verdicts) {
  return std::ranges::any_of(verdicts, [](const auto& v) { return v.outcome == checkers::Outcome3::fail; });
}

// Until faults are frozen nothing is said of reads that come when all is over.
bool eventual_counts(const std::string& claim, SimTime at, SimTime freeze_at) {
  return claim == "eventual" && at <= freeze_at;
}

class OnTheWay {
 public:
  explicit OnTheWay(LiveRun& run) : run_(run), wanted_(kOperationsFirst) {}

  // Runs until `end`, or to the first violation.
  std::optional<Look> go(SimTime end) {
    while (run_.run_to_event(run_.events() + kStride) && run_.now() < end) {
      const bool shown = run_.observer().failed();
      if (!shown && run_.history().operations.size() < wanted_) continue;
      wanted_ = std::max(wanted_, 2 * run_.history().operations.size());
      if (auto look = judged()) return look;
    }
    return std::nullopt;
  }

  std::optional<Look> judged() {
    run_.settle();
    if (run_.now() >= run_.end()) return std::nullopt;
    Look look{.at = run_.now(), .verdicts = run_.judge_now(claims())};
    if (!failed(look.verdicts)) return std::nullopt;
    return look;
  }

 private:
  std::vector<std::string> claims() const {
    std::vector<std::string> out;
    for (const std::string& claim : run_.plan().claims) {
      if (!needs_the_end(claim) || run_.observer().failed(claim) ||
          eventual_counts(claim, run_.now(), run_.plan().freeze_at))
        out.push_back(claim);
    }
    return out;
  }

  LiveRun& run_;
  std::size_t wanted_;
};

scenarios::RunResult result_so_far(const LiveRun& run) {
  scenarios::RunResult out;
  out.plan = run.plan();
  out.digest = run.world().digest();
  out.stats = run.world().stats();
  out.simulated_ns = run.now().ns;
  out.sometimes = run.world().sometimes();
  for (const checkers::Operation& operation : run.history().operations) {
    if (operation.outcome == checkers::Outcome::ok) ++out.operations_ok;
  }
  return out;
}

}  // namespace

faults::Plan cut(faults::Plan plan, SimTime at, std::string_view signature) {
  plan.duration = Duration{std::min(plan.duration.ns, at.ns)};
  plan.freeze_at = std::min(plan.freeze_at, at);
  const std::string_view shown = signature.substr(0, signature.find(':'));
  std::erase_if(plan.claims, [&](const std::string& c) { return needs_the_end(c) && c != shown; });
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

Result<TrialRun> run_trial(const scenarios::Scenario& scenario, const Trial& trial, TrialOptions wanted) {
  const faults::Plan plan = trial_plan(scenario, trial);
  std::optional<Fingerprinter> print;
  scenarios::RunOptions options;
  options.record_history = false;
  if (wanted.fingerprint) options.sink = &print.emplace(plan);
  auto run = LiveRun::make(plan, options);
  if (!run) return fail(run.error());
  TrialRun out;
  const bool whole = trial.shape.tail == kWhole || !wanted.early;
  std::optional<Look> look;
  if (wanted.early) {
    OnTheWay way(**run);
    const Duration tail = (*run)->end() - plan.freeze_at;
    look = way.go(whole ? (*run)->end() : plan.freeze_at + Duration{tail.ns / kWhole * trial.shape.tail});
    if (!look && !whole) look = way.judged();
  }
  if (!look && whole) {
    out.run = (*run)->finish();
  } else {
    out.run = result_so_far(**run);
  }
  if (look) {
    out.cut_at = look->at;
    out.run.claims = std::move(look->verdicts);
    scenarios::summarize(out.run);
    out.run.plan = cut(plan, look->at, out.run.signature);
  }
  out.feedback.outcome = out.run.outcome;
  out.feedback.work = kRunWork + out.run.stats.events;
  if (print) out.feedback.print = print->result();
  return out;
}

}  // namespace wn::explore
