#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/junit.h"
#include "scenarios/cli/sweep_report.h"
#include "scenarios/cli/totals_text.h"
#include "scenarios/runner/build_info.h"

namespace wn::scenarios {

Result<ExitCode> merge_command(Console& console, const MergeArguments& arguments) {
  for (const std::string& path : {arguments.json, arguments.junit}) {
    if (auto usable = check_output_path(path); !usable) return fail(usable.error());
  }
  SweepResults lines;
  for (const std::string& path : arguments.results) {
    if (auto read = read_results(path, lines); !read) return fail(read.error());
  }
  auto& [scenarios, seeds, behaviours] = lines;
  // Sorted, so that of two results for one seed the same one counts whatever the order of the files.
  std::ranges::sort(scenarios, {},
                    [](const SweptScenario& s) { return std::tie(s.scenario, s.config_hash, s.build_id); });
  std::ranges::sort(seeds, {},
                    [](const SeedResult& s) { return std::tie(s.scenario, s.seed, s.digest, s.wall_us); });
  for (std::size_t i = 1; i < scenarios.size(); ++i) {
    const SweptScenario &a = scenarios[i - 1], &b = scenarios[i];
    if (a.scenario == b.scenario && (a.config_hash != b.config_hash || a.build_id != b.build_id)) {
      console.complain(fmt::format("note: {} was run with different {}", a.scenario,
                                   a.config_hash != b.config_hash ? "contents" : "builds"));
    }
  }
  SweepTotals totals;
  for (const SweptScenario& scenario : scenarios) totals.add(scenario);
  for (const SeedResult& seed : seeds) totals.add(seed);
  for (const SweptBehaviours& seen : behaviours) totals.add(seen);
  if (arguments.json != "-") console.print(totals_text(totals, 0));
  if (!arguments.junit.empty()) {
    if (auto written = write_output(console, arguments.junit, junit_xml(totals)); !written)
      return fail(written.error());
  }
  if (!arguments.json.empty()) {
    const std::string json = chaos_json(totals, std::string(build_id()), 0);
    if (auto written = write_output(console, arguments.json, json); !written) return fail(written.error());
  }
  return totals.exit_code();
}

}  // namespace wn::scenarios
