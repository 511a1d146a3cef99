// The line of `worknode cluster`. Sees CLI11, as arguments.cpp does.
#include <CLI/CLI.hpp>

#include "scenarios/cli/arguments.h"

namespace wn::scenarios {
namespace {

constexpr const char* kExample =
    "Example:\n  worknode cluster run scenarios/catalog/real/cluster-3.toml --nodes 3 --seed 7\n\n"
    "Exit codes: as `worknode run`.";

struct Raw {
  std::string nodes, seed, duration;
};

Result<Arguments> checked(const Raw& raw, ClusterArguments& out) {
  if (!raw.nodes.empty()) {
    const auto nodes = parse_number(raw.nodes, "--nodes", 1, 64);
    if (!nodes) return fail(nodes.error());
    out.nodes = static_cast<std::uint32_t>(*nodes);
  }
  if (!raw.seed.empty()) {
    const auto seed = parse_number(raw.seed, "--seed", 0, ~std::uint64_t{0});
    if (!seed) return fail(seed.error());
    out.seed = *seed;
  }
  if (!raw.duration.empty()) {
    const auto duration = parse_time_limit(raw.duration, "--duration");
    if (!duration) return fail(duration.error());
    out.duration = *duration;
  }
  if (out.plain && out.namespaces)
    return fail(Errc::invalid_argument, "--plain and --namespaces: expected one of them");
  return Arguments(std::move(out));
}

std::string first_line(std::string text) { return text.substr(0, text.find('\n')); }

}  // namespace

Result<Arguments> parse_cluster_arguments(int argc, const char* const* argv) {
  CLI::App app("A scenario on real servers of this machine, hurt by its own fault plan.", "worknode cluster");
  app.require_subcommand(1);
  app.footer(kExample);
  ClusterArguments out;
  Raw raw;
  CLI::App* run = app.add_subcommand("run", "Start real servers, run the scenario against them, and judge");
  run->footer(kExample);
  run->add_option("scenario", out.scenario, "scenario file (.toml)")->required()->type_name("SCENARIO");
  run->add_option("--nodes", raw.nodes, "servers (default: as many as the scenario has)")->type_name("N");
  run->add_option("--seed", raw.seed, "seed (default 0)")->type_name("N");
  run->add_option("--duration", raw.duration, "a shorter run; its plan is made for it")->type_name("TIME");
  run->add_option("--out", out.out, "where run folders go (default runs)")->type_name("DIR");
  run->add_option("--json", out.json, "write the result as JSON (- is standard output)")->type_name("FILE");
  run->add_flag("--namespaces", out.namespaces, "network namespaces, or an error where they cannot be had");
  run->add_flag("--plain", out.plain, "plain loopback, also where namespaces can be had");
  run->add_flag("--sim", out.sim, "run the same plan in the simulator too; tell both verdicts");
  run->add_flag("--keep-data", out.keep_data, "keep the servers' disks in the run folder");
  run->add_flag("--dry-run", out.dry_run, "tell what would be made and done, and do nothing");
  run->add_option("--hosts", out.hosts, "servers on other machines, over ssh")->type_name("FILE.toml");
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    return Arguments(HelpArguments{run->parsed() ? run->help("worknode cluster") : app.help()});
  } catch (const CLI::ParseError& error) {
    return fail(Errc::invalid_argument, "worknode cluster: " + first_line(error.what()));
  }
  return checked(raw, out);
}

}  // namespace wn::scenarios
