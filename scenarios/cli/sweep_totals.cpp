#include "scenarios/cli/sweep_totals.h"

#include <algorithm>
#include <filesystem>

namespace wn::scenarios {

using checkers::Outcome3;

std::vector<std::string> ScenarioTotals::missing() const {
  std::vector<std::string> names;
  if (seeds < kSometimesSeedsMin) return names;
  for (const std::string& name : about.sometimes) {
    const std::uint64_t* count = sometimes.find(name);
    if (count == nullptr || *count == 0) names.push_back(name);
  }
  return names;
}

std::string replay_command(const SweptScenario& about, std::uint64_t seed) {
  const std::string number = std::to_string(seed);
  if (about.strategy == "random") return "worknode run " + about.scenario + " --seed " + number;
  if (about.folders.empty()) return "the same sweep without --no-folders leaves its plan";
  const std::string name = std::filesystem::path(about.scenario).stem().string();
  const std::filesystem::path folder =
      std::filesystem::path(about.folders) / name / (about.strategy + "-" + number);
  return "worknode replay " + folder.string();
}

void SweepTotals::add(const SweptScenario& scenario) {
  ScenarioTotals& totals = scenarios_[scenario.scenario];
  totals.about = scenario;
}

void SweepTotals::add(const SeedResult& result) {
  const Key key{result.scenario, result.seed};
  const auto [at, is_new] = seen_.try_emplace(key, Outcome{.digest = result.digest,
                                                           .outcome = result.outcome,
                                                           .signature = result.signature,
                                                           .trouble = result.trouble,
                                                           .wall_us = result.wall_us});
  if (!is_new) {
    // Shards may overlap: the same seed counts once, and its two runs are a comparison like any other.
    ++twice_;
    if (at->second.digest != result.digest && diverging_.emplace(key, result).second) ++nondeterministic_;
    return;
  }
  ScenarioTotals& scenario = scenarios_[result.scenario];
  scenario.about.scenario = result.scenario;
  if (!result.trouble.empty()) {
    ++troubled_;
    return;
  }
  ++scenario.seeds;
  switch (result.outcome) {
    case Outcome3::pass:
      ++passed_;
      ++scenario.passed;
      break;
    case Outcome3::fail:
      ++failed_;
      ++scenario.failed;
      failures_.emplace(key, Failure{result.scenario, result.seed, result.signature, {}});
      break;
    case Outcome3::unknown:
      ++unknown_;
      break;
  }
  events_ += result.events;
  // A result of an older build, or of a worker that died, does not say how much it computed.
  core_us_ += result.cpu_us != 0 ? result.cpu_us : result.wall_us;
  simulated_us_ += result.simulated_us;
  operations_ok_ += result.operations_ok;
  for (const auto& [name, count] : result.sometimes) scenario.sometimes[name] += count;
  if (result.print.empty()) return;
  if (const auto print = explore::decode_print(result.print)) scenario.seen.add(result.seed, *print);
}

void SweepTotals::add(const SweptBehaviours& behaviours) {
  scenarios_[behaviours.scenario].seen.merge(behaviours.seen);
}

void SweepTotals::set_files(const std::string& scenario, std::uint64_t seed, FailureFiles files) {
  const auto at = failures_.find({scenario, seed});
  if (at != failures_.end()) at->second.files = std::move(files);
}

double SweepTotals::behaviours() const {
  double sum = 0;
  for (const auto& [name, scenario] : scenarios_) sum += scenario.seen.behaviours().distinct();
  return sum;
}

double SweepTotals::seeds_per_core_hour() const {
  const auto judged = static_cast<double>(passed_ + failed_ + unknown_);
  return core_us_ == 0 ? 0 : judged * 3.6e9 / static_cast<double>(core_us_);
}

double SweepTotals::events_per_second() const {
  return core_us_ == 0 ? 0 : static_cast<double>(events_) * 1e6 / static_cast<double>(core_us_);
}

std::vector<Failure> SweepTotals::failures() const {
  std::vector<Failure> list;
  for (const auto& [key, failure] : failures_) list.push_back(failure);
  return list;
}

std::vector<Group> SweepTotals::groups(const std::vector<Failure>& failures) const {
  std::map<std::string, Group> by_signature;
  for (const Failure& failure : failures) {
    Group& group = by_signature[failure.signature];
    group.signature = failure.signature;
    ++group.count;
    if (group.lowest == nullptr || failure.seed < group.lowest->seed) group.lowest = &failure;
  }
  std::vector<Group> groups;
  for (auto& [signature, group] : by_signature) groups.push_back(std::move(group));
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    return a.count != b.count ? a.count > b.count : a.signature < b.signature;
  });
  return groups;
}

std::vector<ScenarioTotals> SweepTotals::scenarios() const {
  std::vector<ScenarioTotals> list;
  for (const auto& [name, totals] : scenarios_) list.push_back(totals);
  return list;
}

std::string SweepTotals::strategy() const {
  for (const auto& [name, totals] : scenarios_) {
    if (totals.about.strategy != "random") return totals.about.strategy;
  }
  return "random";
}

std::vector<std::string> SweepTotals::troubles() const {
  std::vector<std::string> list;
  for (const auto& [key, outcome] : seen_) {
    if (outcome.trouble.empty()) continue;
    list.push_back(key.first + " seed " + std::to_string(key.second) + ": " + outcome.trouble);
  }
  return list;
}

std::vector<SeedResult> SweepTotals::diverging() const {
  std::vector<SeedResult> list;
  for (const auto& [key, result] : diverging_) list.push_back(result);
  return list;
}

bool SweepTotals::sometimes_missing() const {
  return std::ranges::any_of(scenarios_, [](const auto& item) { return !item.second.missing().empty(); });
}

ExitCode SweepTotals::exit_code() const {
  ExitCode code = seen_.empty() ? ExitCode::nothing_selected : ExitCode::pass;
  if (troubled_ > 0) code = worst(code, ExitCode::own_error);
  if (nondeterministic_ > 0) code = worst(code, ExitCode::nondeterminism);
  if (failed_ > 0 || sometimes_missing()) code = worst(code, ExitCode::violation);
  if (unknown_ > 0) code = worst(code, ExitCode::inconclusive);
  return code;
}

}  // namespace wn::scenarios
