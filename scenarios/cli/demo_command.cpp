#include <fmt/format.h>

#include <filesystem>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/failure_desk.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/seed_runner.h"
#include "scenarios/cli/sweep.h"
#include "scenarios/cli/totals_text.h"
#include "scenarios/runner/scenario_spec.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStockDemo = "lease-on-wall-clock";
constexpr std::uint64_t kFixedSeeds = 200;  // of `demo --fixed` unless --seeds says otherwise

class DemoListener final : public SweepListener {
 public:
  DemoListener(Console& console, SweepTotals& totals) : console_(console), totals_(totals) {}
  void on_result(const SweepTask&, const SeedResult& result) override { totals_.add(result); }
  void on_tick(std::uint64_t done, std::uint64_t total) override {
    console_.bar(progress_text(done, total, "seeds", totals_.failed(), clock_.seconds()));
  }

 private:
  Console& console_;
  SweepTotals& totals_;
  Stopwatch clock_;
};

// "vote-not-persisted", "raft-vote-not-persisted" or a path.
Result<Scenario> find_demo(const std::string& name) {
  std::error_code error;
  if (fs::is_regular_file(name, error)) return load_scenario(name);
  const auto catalog = find_catalog();
  if (!catalog) return fail(Errc::not_found, "scenarios/catalog: not found here or beside the program");
  const auto files = find_scenarios(*catalog / "negative");
  if (!files) return fail(files.error());
  std::string names;
  for (const fs::path& file : *files) {
    const std::string stem = file.stem().string();
    if (stem == name || stem == "raft-" + name) return load_scenario(file);
    names += " " + stem;
  }
  return fail(Errc::invalid_argument,
              "worknode demo: no planted bug \"" + name.substr(0, 60) + "\"; expected one of:" + names);
}

Result<ExitCode> tell_failure(Console& console, const DemoArguments& a,
                              const std::vector<Scenario>& scenarios, const SweepTotals& totals,
                              unsigned jobs) {
  const std::vector<Failure> failures = totals.failures();
  const Failure& first = failures.front();
  const Scenario& scenario = scenarios.front();
  console.print(
      fmt::format("found by seed {} ({} seeds tried): {}\n", first.seed, totals.seeds(), first.signature));
  FailureDesk desk(console, {.out = a.out, .jobs = jobs, .explain = false});
  const auto told = desk.tell(scenario, first.scenario, first.seed);
  if (!told) return fail(told.error());
  auto small = desk.shrink(make_plan(scenario, first.seed), first.signature, first.scenario,
                           scenario.config_hash, told->folder);
  if (!small) return fail(small.error());
  console.print("\n" + small->story);
  if (!small->report.empty()) console.print("  report:  " + small->report + "\n");
  return ExitCode::pass;
}

}  // namespace

Result<ExitCode> demo_command(Console& console, const DemoArguments& arguments) {
  if (auto usable = check_output_folder(arguments.out); !usable) return fail(usable.error());
  auto found = find_demo(arguments.name.empty() ? std::string(kStockDemo) : arguments.name);
  if (!found) return fail(found.error());
  const std::vector<Scenario> scenarios{arguments.fixed ? without_defect(*found) : *found};
  const std::vector<std::string> names{scenarios.front().path.string()};
  const unsigned jobs = arguments.jobs == 0 ? available_cores() : arguments.jobs;
  const std::uint64_t seeds = arguments.seeds != 0 ? arguments.seeds : arguments.fixed ? kFixedSeeds : 1000;
  console.print(fmt::format("{}: {}\n", names.front(), scenarios.front().title));
  console.print(arguments.fixed
                    ? fmt::format("the bug is taken out; seeds 0 to {} should all pass\n", seeds - 1)
                    : fmt::format("searching up to {} seeds for a planted bug: {}\n", seeds,
                                  to_string(scenarios.front().spec->system.defect)));
  SweepTotals totals;
  DemoListener listener(console, totals);
  const SweepOptions options{.seeds = {.first = 0, .count = seeds}, .jobs = jobs, .fail_fast = true};
  const auto end = run_sweep(options, names, seed_runner(scenarios, {.fingerprint = false}), listener);
  if (!end) return fail(end.error());
  console.clear_bar();
  if (arguments.fixed || totals.failed() == 0) {
    console.print(totals_text(totals, 0));
    if (arguments.fixed) return totals.exit_code();
    console.complain("the planted bug was not found");
    return ExitCode::violation;
  }
  return tell_failure(console, arguments, scenarios, totals, jobs);
}

}  // namespace wn::scenarios
