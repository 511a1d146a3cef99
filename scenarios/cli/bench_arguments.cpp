// The line of `worknode bench cluster`. Sees CLI11, as arguments.cpp does.
#include "scenarios/cli/bench_arguments.h"

#include <CLI/CLI.hpp>

#include "scenarios/cli/arguments.h"

namespace wn::scenarios {
namespace {

constexpr const char* kExample =
    "Example:\n  worknode bench cluster --nodes 3 --time 5s --json cluster.json\n\n"
    "Exit codes: 0 measured, 2 bad usage, 6 a server did not answer.";

struct Raw {
  std::string nodes, clients, window, payload, rounds, failovers, time;
};

template <class T>
Result<void> take(const std::string& text, const char* what, std::uint64_t low, std::uint64_t high, T& out) {
  if (text.empty()) return {};
  const auto value = parse_number(text, what, low, high);
  if (!value) return fail(value.error());
  out = static_cast<T>(*value);
  return {};
}

Result<Arguments> checked(const Raw& raw, BenchArguments& out) {
  for (const auto& taken :
       {take(raw.clients, "--clients", 1, 1000, out.clients), take(raw.window, "--window", 1, 64, out.window),
        take(raw.payload, "--payload", 8, 32U << 10, out.payload),
        take(raw.rounds, "--rounds", 1, 100, out.rounds),
        take(raw.failovers, "--failovers", 0, 100, out.failovers)}) {
    if (!taken) return fail(taken.error());
  }
  if (!raw.nodes.empty()) {
    out.nodes.clear();
    for (std::size_t from = 0; from <= raw.nodes.size();) {
      const std::size_t comma = std::min(raw.nodes.find(',', from), raw.nodes.size());
      std::uint32_t n = 0;
      const std::string one = raw.nodes.substr(from, comma - from);
      if (const auto taken = take(one.empty() ? "0" : one, "--nodes", 1, 9, n); !taken)
        return fail(taken.error());
      out.nodes.push_back(n);
      from = comma + 1;
    }
  }
  if (!raw.time.empty()) {
    const auto time = parse_time_limit(raw.time, "--time");
    if (!time) return fail(time.error());
    out.time = *time;
  }
  return Arguments(std::move(out));
}

}  // namespace

Result<Arguments> parse_bench_arguments(int argc, const char* const* argv) {
  if (argc < 3 || std::string_view(argv[2]) != "cluster") return parse_sim_bench_arguments(argc, argv);
  CLI::App app("Measure this build on this machine, against other systems in the same run.",
               "worknode bench");
  app.require_subcommand(1);
  app.footer(kExample);
  BenchArguments out;
  Raw raw;
  CLI::App* cluster =
      app.add_subcommand("cluster", "Our servers against etcd and Redis, as processes on loopback");
  cluster->footer(kExample);
  cluster->add_option("--nodes", raw.nodes, "cluster sizes (default 1,3,5)")->type_name("N,…");
  cluster->add_option("--clients", raw.clients, "closed loops, each with a connection (default 64)")
      ->type_name("N");
  cluster->add_option("--window", raw.window, "operations under way for each client (default 1)")
      ->type_name("N");
  cluster->add_option("--payload", raw.payload, "bytes of a value where values are bytes (default 8)")
      ->type_name("BYTES");
  cluster->add_option("--time", raw.time, "for each row (default 3s)")->type_name("TIME");
  cluster->add_option("--rounds", raw.rounds, "of all systems in turn (default 1)")->type_name("N");
  cluster->add_option("--failovers", raw.failovers, "kills of a leader; 0: none (default 3)")->type_name("N");
  cluster
      ->add_option("--folder", out.folder, "on the disk that is meant (default: the system's temporary one)")
      ->type_name("DIR");
  cluster->add_option("--etcd-load", out.etcd_load, "etcd's client (default: build/peers/etcd/etcd_load)")
      ->type_name("FILE");
  cluster->add_option("--only", out.only, "rows whose name contains it, e.g. \"STRONG put\"")
      ->type_name("WORD");
  cluster->add_flag("--no-peers", out.no_peers, "ours alone");
  cluster->add_option("--json", out.json, "write the result as JSON (- is standard output)")
      ->type_name("FILE");
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    return Arguments(HelpArguments{cluster->parsed() ? cluster->help("worknode bench") : app.help()});
  } catch (const CLI::ParseError& error) {
    const std::string what = error.what();
    return fail(Errc::invalid_argument, "worknode bench: " + what.substr(0, what.find('\n')));
  }
  return checked(raw, out);
}

}  // namespace wn::scenarios
