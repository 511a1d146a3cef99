#include "scenarios/cli/failure_desk.h"

#include <fmt/format.h>

#include <filesystem>

#include "faults/plan/plan_io.h"
#include "scenarios/shrink/forked_oracle.h"

namespace wn::scenarios {

namespace fs = std::filesystem;

faults::Plan FailureDesk::plan_of(const Scenario& scenario, std::uint64_t seed) const {
  return options_.source == nullptr ? make_plan(scenario, seed) : options_.source->plan_of(scenario, seed);
}

Result<RunSummary> FailureDesk::tell(const Scenario& scenario, const std::string& name, std::uint64_t seed) {
  const SweepTotals::Key key{name, seed};
  if (const auto told = told_.find(key); told != told_.end()) return told->second;
  const std::string replay = options_.source == nullptr
                                 ? fmt::format("worknode run {} --seed {}", name, seed)
                                 : replay_command({.scenario = name, .strategy = options_.strategy}, seed);
  RunRequest request{.plan = plan_of(scenario, seed),
                     .scenario = name,
                     .config_hash = scenario.config_hash,
                     .runs = options_.folders ? options_.out : "",
                     .replay = options_.folders ? "" : replay};
  request.seed = seed;
  if (options_.source != nullptr) request.folder = fmt::format("{}-{}", options_.strategy, seed);
  auto summary = run_apart(request);
  if (!summary && options_.folders && exit_code_of(summary.error().code) == ExitCode::own_error) {
    // The disk refuses the folder; the violation is told all the same.
    note_trouble(summary.error());
    request.runs.clear();
    request.replay = replay;
    summary = run_apart(request);
  }
  if (summary) told_[key] = *summary;
  return summary;
}

void FailureDesk::note_trouble(const Error& error) {
  if (!trouble_) trouble_ = error;
  options_.folders = false;
}

Result<ShortStory> FailureDesk::shrink(const faults::Plan& plan, const std::string& signature,
                                       const std::string& name, const std::string& config_hash,
                                       const std::string& folder) {
  ForkedOracle oracle(signature, {.jobs = options_.jobs, .seconds_max = options_.shrink_seconds});
  const auto bar = [&](const ShrinkProgress& p) {
    console_.bar(fmt::format("shrinking: {} candidates, {:.0f} s, now {}", p.steps, oracle.seconds(),
                             to_words(p.size)));
  };
  const auto result = shrink_plan(plan, oracle, {.progress = bar});
  console_.clear_bar();
  if (!oracle.trouble().empty()) return fail(Errc::io_error, oracle.trouble());
  if (!result) return fail(result.error());
  const double took = oracle.seconds();
  ShortStory told;
  told.files.shrunk = result->after;
  std::string replay = fmt::format("worknode run {} --seed {}", name, plan.seed);
  if (!folder.empty()) {
    told.files.shrunk_plan = (fs::path(folder) / "shrunk.txtpb").string();
    replay = "worknode replay " + told.files.shrunk_plan;
    auto written = write_output(console_, told.files.shrunk_plan, faults::to_text(result->plan));
    if (!written) return fail(written.error());
  }
  const auto summary = run_apart({.plan = result->plan,
                                  .scenario = name,
                                  .config_hash = config_hash,
                                  .explain = options_.explain ? options_.jobs : 0,
                                  .html = folder.empty() ? fs::path() : fs::path(folder) / "shrunk.html",
                                  .replay = replay,
                                  .from = result->before,
                                  .shrink_seconds = took,
                                  .seed = plan.seed});
  if (!summary) return fail(summary.error());
  told.story = summary->story;
  told.report = summary->report;
  if (!folder.empty()) {
    auto written = write_output(console_, (fs::path(folder) / "shrunk-story.txt").string(), told.story);
    if (!written) return fail(written.error());
  }
  return told;
}

Result<void> FailureDesk::finish(SweepTotals& totals,
                                 const std::map<std::string, const Scenario*>& scenarios) {
  const std::vector<Failure> failures = totals.failures();
  std::size_t folders = told_.size();
  std::map<SweepTotals::Key, FailureFiles> files;
  const auto folder_of = [&](const Failure& failure) -> Result<std::string> {
    const auto summary = tell(*scenarios.at(failure.scenario), failure.scenario, failure.seed);
    if (!summary) return fail(summary.error());
    if (!summary->folder.empty()) {
      files[{failure.scenario, failure.seed}].plan = (fs::path(summary->folder) / "plan.txtpb").string();
    }
    return summary->folder;
  };
  // The lowest seed of each signature first: those are the ones that a person will want.
  std::size_t shrinks = 0;
  for (const Group& group : totals.groups(failures)) {
    const Failure& failure = *group.lowest;
    const Scenario& scenario = *scenarios.at(failure.scenario);
    if (shrinks >= kShrinksMax) break;
    ++shrinks;
    const auto folder = folder_of(failure);
    if (!folder) return fail(folder.error());
    ++folders;
    if (!options_.shrink) continue;
    auto told = shrink(plan_of(scenario, failure.seed), failure.signature, failure.scenario,
                       scenario.config_hash, *folder);
    if (!told) {
      if (exit_code_of(told.error().code) == ExitCode::own_error) note_trouble(told.error());
      console_.complain(
          fmt::format("{} seed {}: not shrunk: {}", failure.scenario, failure.seed, told.error().message));
      continue;
    }
    console_.print("\n" + told->story);
    if (!told->report.empty()) console_.print("  report:  " + told->report + "\n");
    FailureFiles& kept = files[{failure.scenario, failure.seed}];
    kept.shrunk = told->files.shrunk;
    kept.shrunk_plan = told->files.shrunk_plan;
  }
  for (const Failure& failure : failures) {
    if (!options_.folders || folders >= kFailureFoldersMax) break;
    if (files.contains({failure.scenario, failure.seed})) continue;
    if (const auto folder = folder_of(failure); !folder) return fail(folder.error());
    ++folders;
  }
  for (const auto& [key, value] : files) totals.set_files(key.first, key.second, value);
  return {};
}

}  // namespace wn::scenarios
