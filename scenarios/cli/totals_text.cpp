#include "scenarios/cli/totals_text.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "faults/plan/fault_points.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kListedMax = 20;
constexpr std::size_t kExploredShownMax = 10;

std::string replay_of(const Failure& failure, const SweptScenario& about) {
  if (!failure.files.shrunk_plan.empty()) return "worknode replay " + failure.files.shrunk_plan;
  if (!failure.files.plan.empty()) {
    return "worknode replay " + std::filesystem::path(failure.files.plan).parent_path().string();
  }
  return replay_command(about, failure.seed);
}

std::string groups_text(const SweepTotals& totals) {
  const std::vector<Failure> failures = totals.failures();
  const std::vector<Group> groups = totals.groups(failures);
  std::map<std::string, SweptScenario> about;
  for (const ScenarioTotals& scenario : totals.scenarios()) about[scenario.about.scenario] = scenario.about;
  std::string text;
  for (std::size_t i = 0; i < groups.size() && i < kGroupsShownMax; ++i) {
    const Group& group = groups[i];
    text += fmt::format("  {:>6} x  {}\n            first: {} seed {}\n            {}\n", group.count,
                        group.signature, group.lowest->scenario, group.lowest->seed,
                        replay_of(*group.lowest, about[group.lowest->scenario]));
  }
  if (groups.size() > kGroupsShownMax) {
    text += fmt::format("  and {} signatures more (--json has them all)\n", groups.size() - kGroupsShownMax);
  }
  return text;
}

// What the seeds did, and what that says about more of them.
std::string exploration_text(const SweepTotals& totals) {
  std::string text;
  std::size_t told = 0;
  for (const ScenarioTotals& scenario : totals.scenarios()) {
    const explore::Behaviours& seen = scenario.seen;
    if (seen.runs() == 0 || ++told > kExploredShownMax) continue;
    const double bound = explore::failure_rate_bound(scenario.failed, scenario.seeds);
    text += fmt::format(
        "  explored ({}): {:.0f} behaviours, {:.1f} new ones expected in the next 100 seeds; {:.0f} orders "
        "of "
        "events; at most {:.2g}% of seeds fail (95%)   {}\n",
        scenario.about.strategy, seen.behaviours().distinct(), 100 * seen.new_in_next_run(),
        seen.classes().distinct(), 100 * bound, scenario.about.scenario);
  }
  if (told > kExploredShownMax) text += fmt::format("  and {} scenarios more\n", told - kExploredShownMax);
  return text;
}

std::string sometimes_text(const SweepTotals& totals) {
  std::string text;
  for (const ScenarioTotals& scenario : totals.scenarios()) {
    for (const std::string& name : scenario.missing()) {
      text += fmt::format("  sometimes: {} never happened in {} seeds of {}\n", name, scenario.seeds,
                          scenario.about.scenario);
    }
  }
  return text;
}

// Which of the code's fault points the sweep has made use of.
std::string points_text(const SweepTotals& totals) {
  std::string text;
  for (const ScenarioTotals& scenario : totals.scenarios()) {
    std::size_t reached = 0, fired = 0;
    std::string never;
    for (const faults::FaultPointInfo& point : faults::all_fault_points()) {
      const std::string name = fmt::format("fault point {} ", point.name);
      if (scenario.sometimes.find(name + "fired") != nullptr) ++fired;
      if (scenario.sometimes.find(name + "reached") != nullptr) {
        ++reached;
      } else {
        never += fmt::format("{}{}", never.empty() ? "" : ", ", point.name);
      }
    }
    if (reached == 0) continue;
    text += fmt::format("  fault points of {}: {} of {} reached, {} fired{}{}\n", scenario.about.scenario,
                        reached, faults::all_fault_points().size(), fired,
                        never.empty() ? "" : "; never reached: ", never);
  }
  return text;
}

}  // namespace

std::string totals_text(const SweepTotals& totals, double wall_seconds) {
  std::string text = fmt::format("{} seeds: {} passed, {} failed, {} unknown", totals.seeds(),
                                 totals.passed(), totals.failed(), totals.unknown());
  if (totals.troubled() > 0) text += fmt::format(", {} with errors of our own", totals.troubled());
  if (wall_seconds > 0) text += fmt::format("   ({:.1f} s)", wall_seconds);
  text += fmt::format(
      "\n{:.0f} seeds per core-hour, {:.0f} events per second, {:.0f} simulated seconds, {} run twice\n",
      totals.seeds_per_core_hour(), totals.events_per_second(),
      static_cast<double>(totals.simulated_us()) / 1e6, totals.twice());
  text += groups_text(totals) + sometimes_text(totals) + points_text(totals) + exploration_text(totals);
  const std::vector<SeedResult> diverging = totals.diverging();
  for (std::size_t i = 0; i < diverging.size() && i < kListedMax; ++i) {
    text += fmt::format("  NONDETERMINISM  {} seed {}: two runs of one plan differ\n", diverging[i].scenario,
                        diverging[i].seed);
  }
  const std::vector<std::string> troubles = totals.troubles();
  for (std::size_t i = 0; i < troubles.size() && i < kListedMax; ++i)
    text += "  ERROR  " + troubles[i] + "\n";
  return text;
}

}  // namespace wn::scenarios
