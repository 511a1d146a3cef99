#include "scenarios/cli/sweep_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "scenarios/cli/console.h"
#include "scenarios/cli/json_io.h"

namespace wn::scenarios {
namespace {

using reports::SweepPage;

constexpr int kBinsADecade = 8;  // of the durations

// (seeds run, failing among them), in the order of the seeds; at most kPagePointsMax points.
std::vector<std::pair<std::uint64_t, std::uint64_t>> found_of(const SweepTotals& totals) {
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> by_seed;
  for (const auto& [key, outcome] : totals.outcomes()) {
    auto& [run, failed] = by_seed[key.second];
    ++run;
    failed += outcome.trouble.empty() && outcome.outcome == checkers::Outcome3::fail ? 1 : 0;
  }
  const std::size_t step = by_seed.size() / kPagePointsMax + 1;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out{{0, 0}};
  std::uint64_t run = 0, failed = 0;
  std::size_t i = 0;
  for (const auto& [seed, counts] : by_seed) {
    run += counts.first;
    failed += counts.second;
    if (++i % step == 0 || i == by_seed.size()) out.emplace_back(run, failed);
  }
  return out;
}

// Equal steps on a log scale; empty ones between the first and the last are there too.
std::vector<SweepPage::Bin> durations_of(const SweepTotals& totals) {
  std::map<int, std::uint64_t> bins;
  for (const auto& [key, outcome] : totals.outcomes()) {
    if (outcome.wall_us == 0) continue;
    ++bins[static_cast<int>(std::floor(std::log10(static_cast<double>(outcome.wall_us)) * kBinsADecade))];
  }
  std::vector<SweepPage::Bin> out;
  if (bins.empty()) return out;
  for (int bin = bins.begin()->first; bin <= bins.rbegin()->first; ++bin) {
    const auto at = bins.find(bin);
    out.push_back({.seconds = std::pow(10.0, static_cast<double>(bin) / kBinsADecade - 6),
                   .seeds = at == bins.end() ? 0 : at->second});
  }
  return out;
}

struct Spent {
  std::uint64_t wall_us = 0;
  std::uint64_t events = 0;
};

std::vector<SweepPage::Scenario> scenarios_of(const SweepTotals& totals,
                                              std::map<std::string, Spent>& spent) {
  std::vector<SweepPage::Scenario> out;
  for (const ScenarioTotals& s : totals.scenarios()) {
    SweepPage::Scenario row{.name = s.about.scenario,
                            .strategy = s.about.strategy,
                            .seeds = s.seeds,
                            .passed = s.passed,
                            .failed = s.failed,
                            .wall_us = spent[s.about.scenario].wall_us,
                            .events = spent[s.about.scenario].events,
                            .missing = s.missing(),
                            .failure_rate_bound = explore::failure_rate_bound(s.failed, s.seeds)};
    for (const explore::CurvePoint& point : s.seen.curve())
      row.curve.push_back({point.seed, point.behaviours});
    for (const auto& [name, count] : s.sometimes) row.sometimes.emplace_back(name, count);
    out.push_back(std::move(row));
  }
  return out;
}

void put_failures(const SweepTotals& totals, SweepPage& page) {
  const std::vector<Failure> failures = totals.failures();
  std::map<std::string, SweptScenario> about;
  for (const ScenarioTotals& scenario : totals.scenarios()) about[scenario.about.scenario] = scenario.about;
  for (const Group& group : totals.groups(failures)) {
    page.groups.push_back({.signature = group.signature,
                           .count = group.count,
                           .scenario = group.lowest->scenario,
                           .seed = group.lowest->seed,
                           .replay = replay_command(about[group.lowest->scenario], group.lowest->seed)});
  }
  for (const Failure& f : failures) {
    if (page.failures.size() == reports::kSweepFailuresMax) break;
    page.failures.push_back({.scenario = f.scenario, .seed = f.seed, .signature = f.signature});
  }
}

}  // namespace

Result<void> read_results(const std::string& path, SweepResults& to) {
  const auto text = read_input(path, kResultsBytesMax);
  if (!text) return fail(text.error());
  std::uint32_t line = 0;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    auto parsed = parse_result_line(std::string_view(*text).substr(at, end - at), path, ++line);
    if (!parsed) return fail(parsed.error());
    at = end + 1;
    if (auto* seed = std::get_if<SeedResult>(&*parsed)) to.seeds.push_back(std::move(*seed));
    if (auto* seen = std::get_if<SweptBehaviours>(&*parsed)) to.behaviours.push_back(std::move(*seen));
    if (auto* about = std::get_if<SweptScenario>(&*parsed)) to.scenarios.push_back(std::move(*about));
  }
  if (line == 0) {
    return fail({.code = Errc::bad_input,
                 .message = "expected lines of a results file (chaos --results), got an empty file",
                 .at = {.file = path, .line = 1, .column = 1}});
  }
  return {};
}

bool is_results_file(const std::string& path) {
  std::error_code error;
  return path.ends_with(".jsonl") && std::filesystem::is_regular_file(path, error);
}

SweepPage sweep_page(const SweepTotals& totals, const std::vector<SeedResult>& seeds,
                     const std::string& build_id) {
  std::map<std::string, Spent> spent;
  std::set<SweepTotals::Key> counted;
  for (const SeedResult& seed : seeds) {
    if (!seed.trouble.empty() || !counted.emplace(seed.scenario, seed.seed).second) continue;
    spent[seed.scenario].events += seed.events;
  }
  for (const auto& [key, outcome] : totals.outcomes()) {
    if (outcome.trouble.empty()) spent[key.first].wall_us += outcome.wall_us;
  }
  SweepPage page{
      .title = totals.failed() > 0 ? fmt::format("Sweep: {} failing seeds", totals.failed()) : "Sweep",
      .build_id = build_id,
      .seeds = totals.seeds(),
      .passed = totals.passed(),
      .failed = totals.failed(),
      .unknown = totals.unknown(),
      .troubled = totals.troubled(),
      .nondeterministic = totals.nondeterministic(),
      .twice = totals.twice(),
      .events = totals.events(),
      .operations_ok = totals.operations_ok(),
      .core_seconds = static_cast<double>(totals.core_us()) / 1e6,
      .simulated_seconds = static_cast<double>(totals.simulated_us()) / 1e6,
      .scenarios = scenarios_of(totals, spent),
      .troubles = totals.troubles(),
      .found = found_of(totals),
      .durations = durations_of(totals)};
  put_failures(totals, page);
  return page;
}

}  // namespace wn::scenarios
