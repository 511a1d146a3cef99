#include <fmt/format.h>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

void tell(Console& console, const RunArguments& arguments, const RunSummary& summary) {
  switch (summary.outcome) {
    case checkers::Outcome3::pass:
      console.print(fmt::format("PASS  {}   seed {}\n", arguments.scenario, arguments.seed));
      break;
    case checkers::Outcome3::fail:
      console.print(summary.story);
      console.annotate(arguments.scenario, fmt::format("seed {}: {}", arguments.seed, summary.signature));
      break;
    case checkers::Outcome3::unknown:
      console.print(
          fmt::format("UNKNOWN  {}   seed {}   {}\n", arguments.scenario, arguments.seed, summary.signature));
      break;
  }
  console.print(fmt::format("  digest:  {}\n  folder:  {}\n", summary.digest, summary.folder));
  if (!summary.report.empty()) console.print(fmt::format("  report:  {}\n", summary.report));
}

}  // namespace

Result<ExitCode> run_command(Console& console, const RunArguments& arguments) {
  if (auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  if (auto usable = check_output_folder(arguments.out); !usable) return fail(usable.error());
  const auto scenario = load_scenario(arguments.scenario);
  if (!scenario) return fail(scenario.error());
  const auto summary = run_apart({.plan = make_plan(*scenario, arguments.seed),
                                  .scenario = arguments.scenario,
                                  .config_hash = scenario->config_hash,
                                  .trace = !arguments.no_trace,
                                  .explain = arguments.no_explain ? 0 : available_cores(),
                                  .runs = arguments.out});
  if (!summary) return fail(summary.error());
  if (arguments.json != "-") tell(console, arguments, *summary);
  if (!arguments.json.empty()) {
    if (auto written = write_output(console, arguments.json, summary->json); !written)
      return fail(written.error());
  }
  return exit_code_of(summary->outcome);
}

}  // namespace wn::scenarios
