#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/cli/sweep_report.h"
#include "scenarios/runner/stored_run.h"

namespace wn::scenarios {

namespace {

// One page for all files: shards of one sweep are given together.
Result<ExitCode> report_sweep(Console& console, const ReportArguments& arguments) {
  SweepResults results;
  for (const std::string& path : arguments.runs) {
    if (!is_results_file(path)) {
      return fail(Errc::invalid_argument,
                  path + ": expected results of a sweep (*.jsonl) like the others, or runs alone");
    }
    if (auto read = read_results(path, results); !read) return fail(read.error());
  }
  SweepTotals totals;
  std::set<std::string> builds;
  for (const SweptScenario& scenario : results.scenarios) {
    totals.add(scenario);
    builds.insert(scenario.build_id);
  }
  for (const SeedResult& seed : results.seeds) totals.add(seed);
  for (const SweptBehaviours& seen : results.behaviours) totals.add(seen);
  const std::string file =
      arguments.output.empty()
          ? std::filesystem::path(arguments.runs.front()).replace_extension(".html").string()
          : arguments.output;
  const std::string html =
      reports::sweep_html(sweep_page(totals, results.seeds, fmt::format("{}", fmt::join(builds, ", "))));
  if (auto written = write_output(console, file, html); !written) return fail(written.error());
  console.print(file + "\n");
  return ExitCode::pass;
}

}  // namespace

// The page is made from the stored plan, run again: that gives every event, whatever the folder kept. A
// digest that differs from the stored one is said and is exit 4. What real machines ran does not run again:
// its page is made from the trace and the history that the folder holds.
Result<ExitCode> report_command(Console& console, const ReportArguments& arguments) {
  const bool sweep = std::ranges::any_of(arguments.runs, is_results_file);
  if (!arguments.output.empty() && arguments.runs.size() > 1 && !sweep) {
    return fail(Errc::invalid_argument, "--output: expected one RUN for one file, got " +
                                            std::to_string(arguments.runs.size()) + " runs");
  }
  if (arguments.output == "-")
    return fail(Errc::invalid_argument, "--output: expected a file for the page, got -");
  if (auto usable = check_output_path(arguments.output); !usable) return fail(usable.error());
  if (sweep) return report_sweep(console, arguments);
  ExitCode code = ExitCode::pass;
  for (const std::string& path : arguments.runs) {
    const auto stored = load_run_or_plan(path);
    if (!stored) return fail(stored.error());
    for (const std::string& note : differences(*stored)) console.complain(note);
    const std::string file = arguments.output.empty()
                                 ? (stored->plan_file.parent_path() / "report.html").string()
                                 : arguments.output;
    const auto summary = run_apart({.plan = stored->plan,
                                    .scenario = stored->scenario,
                                    .config_hash = stored->config_hash,
                                    .real = is_real_run(stored->folder) ? stored->folder : "",
                                    .html = file,
                                    .replay = "worknode replay " + path});
    if (!summary) return fail(summary.error());
    if (stored->digest && stored->digest->to_hex() != summary->digest) {
      console.complain(
          fmt::format("{}: the page shows a run that differs from the stored one; "
                      "`worknode replay {} --verify` names the first event",
                      path, path));
      code = worst(code, ExitCode::nondeterminism);
    }
    if (summary->report.empty()) {
      console.complain(path + ": no page: " + summary->signature);
      code = worst(code, ExitCode::violation);
      continue;
    }
    console.print(summary->report + "\n");
  }
  return code;
}

}  // namespace wn::scenarios
