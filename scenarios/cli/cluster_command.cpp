#include <fmt/format.h>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cluster/cluster.h"
#include "scenarios/runner/run.h"

namespace wn::scenarios {
namespace {

using cluster::ClusterOptions;
using cluster::ClusterRun;

const char* word_of(checkers::Outcome3 outcome) {
  return outcome == checkers::Outcome3::pass   ? "PASS"
         : outcome == checkers::Outcome3::fail ? "FAIL"
                                               : "UNKNOWN";
}

std::string claims_text(const RunResult& result) {
  std::string out;
  for (const checkers::Verdict& verdict : result.claims) {
    out += fmt::format("  {:<18} {}", verdict.claim, checkers::to_string(verdict.outcome));
    if (verdict.outcome != checkers::Outcome3::pass)
      out += fmt::format("  {}  {}", verdict.signature, verdict.explanation.substr(0, 300));
    out += "\n";
  }
  return out;
}

std::string latency_text(const cluster::Latencies& latencies) {
  std::string out;
  for (const auto& [mode, h] : latencies) {
    const auto ms = [&](std::uint32_t ppm) { return static_cast<double>(h.percentile(ppm)) / 1e6; };
    out += fmt::format(
        "  {:<9} {:>8} done, from planned to done: p50 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  "
        "p99.99 {:.2f}  max {:.2f} ms\n",
        mode, h.count(), ms(500'000), ms(990'000), ms(999'000), ms(999'900),
        static_cast<double>(h.most()) / 1e6);
  }
  return out;
}

void tell(Console& console, const ClusterArguments& arguments, const ClusterRun& run) {
  const RunResult& result = run.result;
  console.print(fmt::format("{}  {}   seed {}   on real servers\n", word_of(result.outcome),
                            arguments.scenario, arguments.seed));
  console.print(claims_text(result));
  console.print(fmt::format("  operations: {} ok, {} fail, {} info\n", result.operations_ok,
                            result.operations_fail, result.operations_info));
  console.print(latency_text(run.facts.latencies));
  console.print(fmt::format("  faults:  {} done, {} late steps, the latest by {:.1f} ms, {} failed\n",
                            run.facts.executor.faults, run.facts.executor.late,
                            static_cast<double>(run.facts.executor.latest.ns) / 1e6,
                            run.facts.executor.failed));
  for (const std::string& note : run.facts.notes) console.print("  note:    " + note + "\n");
  console.print("  folder:  " + run.folder.string() + "\n");
}

// The simulator's verdict about the same plan.
Result<RunResult> simulate(const faults::Plan& plan) { return run_plan(plan); }

ExitCode compare(Console& console, const RunResult& real, const RunResult& simulated) {
  const bool agree = real.outcome == simulated.outcome;
  console.print(fmt::format("  sim:     {}, real: {}: the verdicts {}\n", word_of(simulated.outcome),
                            word_of(real.outcome), agree ? "agree" : "DIFFER"));
  return agree ? ExitCode::pass : ExitCode::violation;
}

ClusterOptions options_of(Console& console, const ClusterArguments& arguments, cluster::ClusterPlan plan) {
  ClusterOptions options;
  options.plan = std::move(plan);
  options.network = arguments.plain        ? cluster::Network::plain
                    : arguments.namespaces ? cluster::Network::namespaces
                                           : cluster::Network::automatic;
  options.runs = arguments.out;
  options.keep_data = arguments.keep_data;
  if (arguments.json != "-") options.say = [&](const std::string& line) { console.print(line + "\n"); };
  options.progress = [&](const std::string& line) { console.bar(line); };
  return options;
}

}  // namespace

Result<ExitCode> cluster_command(Console& console, const ClusterArguments& arguments) {
  if (auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  if (auto usable = check_output_folder(arguments.out); !usable) return fail(usable.error());
  const auto scenario = load_scenario(arguments.scenario);
  if (!scenario) return fail(scenario.error());
  std::vector<cluster::HostEntry> hosts;
  if (!arguments.hosts.empty()) {
    auto read = cluster::read_hosts(arguments.hosts);
    if (!read) return fail(read.error());
    hosts = *std::move(read);
  }
  const bool here = hosts.empty();
  auto plan = cluster::cluster_plan(
      *scenario, {.servers = arguments.nodes, .seed = arguments.seed, .duration = arguments.duration},
      {.packets = here, .disks = here, .clocks = here, .power = here, .byzantine = here});
  if (!plan) return fail(plan.error());
  if (!here) cluster::keep_history_claims(*plan);
  for (const std::string& note : plan->notes) {
    if (arguments.json != "-") console.print("note: " + note + "\n");
  }
  ClusterOptions options = options_of(console, arguments, *std::move(plan));
  options.hosts = std::move(hosts);
  if (arguments.dry_run) {
    for (const std::string& line : cluster::dry_run(options)) console.print(line + "\n");
    return ExitCode::pass;
  }
  const auto run = cluster::run_cluster(options);
  console.clear_bar();
  if (!run) return fail(run.error());
  ExitCode code = exit_code_of(run->result.outcome);
  if (arguments.json != "-") tell(console, arguments, *run);
  if (arguments.sim) {
    const auto simulated = simulate(run->result.plan);
    if (!simulated) return fail(simulated.error());
    code = worst(code, compare(console, run->result, *simulated));
  }
  if (!arguments.json.empty()) {
    if (auto written = write_output(console, arguments.json, cluster::real_json(*run)); !written)
      return fail(written.error());
  }
  return code;
}

}  // namespace wn::scenarios
