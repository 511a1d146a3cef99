// worknode bench cluster.
#include <filesystem>

#include "scenarios/cli/commands.h"
#include "scenarios/cluster_bench/cluster_bench.h"

namespace wn::scenarios {

Result<ExitCode> bench_command(Console& console, const BenchArguments& arguments) {
  if (const auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  cluster_bench::Options options;
  std::error_code error;
  options.program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  options.folder =
      arguments.folder.empty() ? std::filesystem::temp_directory_path(error).string() : arguments.folder;
  options.etcd_load = arguments.etcd_load.empty() ? "build/peers/etcd/etcd_load" : arguments.etcd_load;
  options.nodes = arguments.nodes;
  options.load.clients = arguments.clients;
  options.load.window = arguments.window;
  options.load.time = arguments.time;
  options.payload = arguments.payload;
  options.rounds = arguments.rounds;
  options.failovers = arguments.failovers;
  options.peers = !arguments.no_peers;
  options.only = arguments.only;
  const bool to_output = arguments.json == "-";
  const auto report = cluster_bench::bench_cluster(options, [&](const std::string& line) {
    if (to_output) return;
    console.print(line);
    static_cast<void>(console.finish());  // each row as it comes
  });
  if (!report) return fail(report.error());
  if (!arguments.json.empty()) {
    if (const auto written = write_output(console, arguments.json, cluster_bench::to_json(*report, options));
        !written)
      return fail(written.error());
  }
  return ExitCode::pass;
}

}  // namespace wn::scenarios
