#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/failure_desk.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/junit.h"
#include "scenarios/cli/live_board.h"
#include "scenarios/cli/seed_runner.h"
#include "scenarios/cli/sweep.h"
#include "scenarios/cli/totals_text.h"
#include "scenarios/divergence/explain.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/scenario_spec.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr double kCounterSeconds = 10;  // between two counter lines where nothing is drawn
constexpr double kDrawSeconds = 0.2;    // between two drawings of the live view

// Collects what the sweep finds, keeps the person informed, and tells the first failure at once.
class ChaosListener final : public SweepListener {
 public:
  ChaosListener(Console& console, const std::vector<Scenario>& scenarios,
                const std::vector<std::string>& names, FailureDesk& desk, SweepTotals& totals,
                const SweepOptions& options, bool keep_lines, bool live)
      : board_(options, names),
        live_(live),
        console_(console),
        scenarios_(scenarios),
        names_(names),
        desk_(desk),
        totals_(totals),
        keep_lines_(keep_lines) {}

  void on_result(const SweepTask& task, const SeedResult& result) override {
    totals_.add(result);
    board_.add(task, result, clock_.seconds());
    if (keep_lines_) lines_ += to_line(result) + "\n";
    if (!task.again && result.trouble.empty()) {
      digests_ += fmt::format("{} {} {}\n", names_[task.scenario], task.seed, result.digest);
    }
    if (!result.failed() || task.again) return;
    const std::string replay = task.trial.empty() ? fmt::format("; replay: worknode run {} --seed {}",
                                                                names_[task.scenario], task.seed)
                                                  : "";
    console_.annotate(names_[task.scenario],
                      fmt::format("seed {}: {}{}", task.seed, result.signature, replay));
    if (first_told_ || error_) return;
    first_told_ = true;
    const auto told = desk_.tell(scenarios_[task.scenario], names_[task.scenario], task.seed);
    if (!told) {
      error_ = told.error();
    } else {
      console_.print(told->story + "\n");
    }
  }

  void on_tick(std::uint64_t done, std::uint64_t total) override {
    if (console_.is_terminal()) {
      if (done < total && clock_.seconds() - drawn_at_ < kDrawSeconds) return;
      drawn_at_ = clock_.seconds();
      if (totals_.behaviours() > 0) {
        board_.behaviours(static_cast<std::uint64_t>(totals_.behaviours()), drawn_at_);
      }
      if (live_) return console_.draw(live_lines(board_.frame(done, total, drawn_at_), console_.style()));
      return console_.bar(progress_text(done, total, "seeds", totals_.failed(), drawn_at_));
    }
    if (clock_.seconds() - counted_at_ < kCounterSeconds) return;
    counted_at_ = clock_.seconds();
    console_.complain(
        fmt::format("{}/{} seeds, {} failing, {:.0f} s", done, total, totals_.failed(), counted_at_));
  }

  const std::string& lines() const { return lines_; }
  const std::string& digests() const { return digests_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  LiveBoard board_;
  bool live_;
  double drawn_at_ = 0;
  Console& console_;
  const std::vector<Scenario>& scenarios_;
  const std::vector<std::string>& names_;
  FailureDesk& desk_;
  SweepTotals& totals_;
  bool keep_lines_;
  Stopwatch clock_;
  double counted_at_ = 0;
  bool first_told_ = false;
  std::optional<Error> error_;
  std::string lines_;
  std::string digests_;
};

Result<void> check_outputs(const ChaosArguments& a) {
  for (const std::string& path : {a.json, a.junit, a.results, a.digests}) {
    if (auto usable = check_output_path(path); !usable) return usable;
  }
  return a.no_folders ? Result<void>() : check_output_folder(a.out);
}

// Behaviours are counted for those who learn from them or tell of them: a share of the time of short runs.
SeedOptions seed_options(const ChaosArguments& a, bool terminal) {
  const bool learns = a.strategy != "random";
  const bool told = terminal || !a.json.empty() || !a.results.empty();
  return {.fingerprint = learns || (told && !a.no_exploration),
          .early = a.stop_early.empty() ? learns : a.stop_early == "yes"};
}

std::string behaviour_lines(const SweepTotals& totals) {
  std::string lines;
  for (const ScenarioTotals& scenario : totals.scenarios())
    lines += to_line(SweptBehaviours{scenario.about.scenario, scenario.seen}) + "\n";
  return lines;
}

Result<void> write_all(Console& console, const ChaosArguments& a, const SweepTotals& totals,
                       const ChaosListener& heard, const std::string& heads, double seconds) {
  const auto write = [&](const std::string& path, const auto& text) -> Result<void> {
    if (path.empty()) return {};
    return write_output(console, path, text());
  };
  if (auto w = write(a.results, [&] { return heads + heard.lines() + behaviour_lines(totals); }); !w)
    return w;
  if (auto w = write(a.digests, [&] { return heard.digests(); }); !w) return w;
  if (auto w = write(a.junit, [&] { return junit_xml(totals); }); !w) return w;
  return write(a.json, [&] { return chaos_json(totals, std::string(build_id()), seconds); });
}

}  // namespace

Result<ExitCode> chaos_command(Console& console, const ChaosArguments& arguments) {
  if (auto usable = check_outputs(arguments); !usable) return fail(usable.error());
  auto scenarios = load_scenarios(arguments.scenarios);
  if (!scenarios) return fail(scenarios.error());
  if (arguments.fixed) std::ranges::transform(*scenarios, scenarios->begin(), without_defect);
  if (scenarios->empty()) {
    console.complain("nothing to run: no scenario (*.toml) in the folders given");
    return ExitCode::nothing_selected;
  }
  if (arguments.seeds.count > kSeedsMax / scenarios->size()) {
    return fail(Errc::invalid_argument,
                fmt::format("--seeds: expected at most {} seeds over all scenarios", kSeedsMax));
  }
  SweepTotals totals;
  std::vector<std::string> names;
  std::map<std::string, const Scenario*> by_name;
  std::string heads;
  for (const Scenario& scenario : *scenarios) {
    names.push_back(scenario.path.string());
    by_name[names.back()] = &scenario;
    const SweptScenario about{.scenario = names.back(),
                              .config_hash = scenario.config_hash,
                              .build_id = std::string(build_id()),
                              .sometimes = scenario.spec->sometimes,
                              .strategy = arguments.strategy,
                              .folders = arguments.no_folders ? "" : arguments.out};
    totals.add(about);
    heads += to_line(about) + "\n";
  }
  const unsigned jobs = arguments.jobs == 0 ? available_cores() : arguments.jobs;
  StrategySource strategy(*scenarios, arguments.strategy, {.depth = arguments.depth});
  const SeedOptions each = seed_options(arguments, console.is_terminal());
  // Whole runs of the plans that seeds make: no strategy is asked.
  const bool stock = arguments.strategy == "random" && !each.early;
  FailureDesk desk(console, {.out = arguments.out,
                             .jobs = jobs,
                             .shrink_seconds = static_cast<double>(arguments.shrink_limit.ns) / 1e9,
                             .shrink = !arguments.no_shrink,
                             .explain = !arguments.no_explain,
                             .folders = !arguments.no_folders,
                             .source = stock ? nullptr : &strategy,
                             .strategy = arguments.strategy});
  const SweepOptions options{
      .scenarios = scenarios->size(),
      .seeds = arguments.seeds,
      .shard = arguments.shard,
      .jobs = jobs,
      .seconds_max = arguments.time_limit ? static_cast<double>(arguments.time_limit->ns) / 1e9 : 0,
      .fail_fast = arguments.fail_fast,
      .source = stock ? nullptr : &strategy};
  ChaosListener listener(console, *scenarios, names, desk, totals, options, !arguments.results.empty(),
                         !arguments.no_live);
  const Stopwatch clock;
  const auto end = run_sweep(options, names, seed_runner(*scenarios, each), listener);
  if (!end) return fail(end.error());
  if (listener.error()) return fail(*listener.error());
  const double seconds = clock.seconds();
  if (totals.failed() > 0) {
    if (auto finished = desk.finish(totals, by_name); !finished) return fail(finished.error());
  }
  const bool json_only = arguments.json == "-";
  if (!json_only) {
    if (end->out_of_time) {
      console.print(fmt::format("time limit reached: {} of {} seeds ran\n", end->done, end->total));
    }
    if (end->stopped) console.print("stopped at the first failure (--fail-fast)\n");
    console.print(totals_text(totals, seconds));
    if (const std::vector<SeedResult> differing = totals.diverging(); !differing.empty()) {
      const SeedResult& first = differing.front();
      const auto explained = divergence::explain(divergence::Subject{"/proc/self/exe", "divergence-probe"},
                                                 make_plan(*by_name.at(first.scenario), first.seed));
      console.print(fmt::format("two runs of {} seed {}:\n", first.scenario, first.seed));
      console.print(explained ? divergence::to_text(*explained) : explained.error().message + "\n");
    }
  }
  if (auto written = write_all(console, arguments, totals, listener, heads, seconds); !written) {
    return fail(written.error());
  }
  // Told last: a disk that refuses run folders hides no violation, yet it is the worst of the exit codes.
  if (desk.trouble()) return fail(*desk.trouble());
  return totals.exit_code();
}

}  // namespace wn::scenarios
