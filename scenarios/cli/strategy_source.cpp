#include "scenarios/cli/strategy_source.h"

#include "runtime/base/check.h"
#include "scenarios/explore/trial_run.h"

namespace wn::scenarios {

StrategySource::StrategySource(const std::vector<Scenario>& scenarios, const std::string& strategy,
                               const explore::StrategyOptions& options)
    : scenarios_(scenarios) {
  for (const Scenario& scenario : scenarios) {
    auto made = explore::make_strategy(strategy, scenario, options);
    WN_CHECK(made != nullptr);
    explorers_.push_back(std::make_unique<explore::Explorer>(std::move(made)));
  }
}

std::optional<std::string> StrategySource::propose(const SweepTask& task) {
  explore::Explorer& explorer = *explorers_[task.scenario];
  const std::uint64_t index = explorer.next_index();
  const auto trial = explorer.next(task.seed);
  if (!trial) return std::nullopt;
  open_[{task.scenario, task.seed}] = index;
  return explore::encode(*trial);
}

void StrategySource::learn(const SweepTask& task, const SeedResult& result) {
  const auto open = open_.find({task.scenario, task.seed});
  WN_CHECK(open != open_.end());
  explore::Feedback feedback{
      .outcome = result.outcome, .work = explore::kRunWork + result.events, .print = {}};
  if (auto print = explore::decode_print(result.print)) feedback.print = *std::move(print);
  explorers_[task.scenario]->done(open->second, std::move(feedback));
  open_.erase(open);
  if (result.failed()) failed_[{task.scenario, task.seed}] = {task.trial, result.cut_ns, result.signature};
}

faults::Plan StrategySource::plan_of(const Scenario& scenario, std::uint64_t seed) const {
  explore::Trial trial;
  std::uint64_t cut_ns = 0;
  std::string signature;
  trial.seed = seed;
  if (const auto at = failed_.find({static_cast<std::size_t>(&scenario - scenarios_.data()), seed});
      at != failed_.end()) {
    auto read = explore::decode_trial(at->second.trial);
    WN_CHECK(read.has_value());
    trial = *std::move(read);
    cut_ns = at->second.cut_ns;
    signature = at->second.signature;
  }
  faults::Plan plan = explore::trial_plan(scenario, trial);
  if (cut_ns != 0)
    plan = explore::cut(std::move(plan), SimTime{static_cast<std::int64_t>(cut_ns)}, signature);
  return plan;
}

}  // namespace wn::scenarios
