// --hosts: the product's daemons under their configurations, and a stand-in for ssh that carries its words
// out on this machine. What nft would be told is kept, not done.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>

#include "faults/plan/names.h"
#include "scenarios/cluster/cluster.h"
#include "scenarios/cluster/hosts.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("wn-hosts-test-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() {
    // The daemons are nobody's children here.
    for (const char* node : {"n1", "n2", "n3"}) {
      const std::string end = "kill -9 $(cat " + (path / "hosts" / node / "pid").string() + ") 2>/dev/null";
      static_cast<void>(std::system(end.c_str()));
    }
    fs::remove_all(path);
  }
};

// Ports that nobody has had just now.
std::array<std::uint16_t, 3> free_ports() {
  std::array<int, 3> sockets{};
  std::array<std::uint16_t, 3> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(sockets[i], any, size) == 0);
    REQUIRE(::getsockname(sockets[i], any, &size) == 0);
    out[i] = ntohs(address.sin_port);
  }
  for (const int socket : sockets) ::close(socket);
  return out;
}

// The last word is the line for the shell over there.
void make_ssh(const fs::path& folder) {
  fs::create_directories(folder);
  std::ofstream(folder / "ssh") << "#!/bin/sh\nfor line do :; done\ncase \"$line\" in\n"
                                << "*nft*) echo \"$line\" >>'" << (folder / "nft.log").string() << "' ;;\n"
                                << "*) exec /bin/sh -c \"$line\" ;;\nesac\n";
  REQUIRE(::chmod((folder / "ssh").c_str(), 0755) == 0);
  const char* path = std::getenv("PATH");
  ::setenv("PATH", (folder.string() + ":" + (path == nullptr ? "/usr/bin:/bin" : path)).c_str(), 1);
}

HostEntry host_of(const fs::path& runs, NodeId node, std::uint16_t port) {
  const std::string folder = (runs / "hosts" / faults::node_name(node)).string();
  const auto shell = [](const std::string& line) { return Command{"/bin/sh", "-c", line}; };
  const auto signal = [&](const char* which) {
    return shell("kill -" + std::string(which) + " $(cat " + folder + "/pid)");
  };
  const std::string program = WN_WORKNODE;
  return {.node = node,
          .ssh = "tester@" + faults::node_name(node),
          .address = "127.0.0.1:" + std::to_string(port),
          .start = shell("cd " + folder + " && mkdir -p data && { " + program +
                         " node --config config.toml >>log 2>&1 </dev/null & } && echo $! >pid"),
          .kill = signal("KILL"),
          .pause = signal("STOP"),
          .go_on = signal("CONT"),
          .wipe = {}};
}

TEST_CASE("daemons on other machines, reached by a stand-in for ssh, serve a whole run and are judged") {
  const Folder folder;
  make_ssh(folder.path / "bin");
  const auto scenario =
      scenarios::load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/real/cluster-3.toml");
  REQUIRE(scenario.has_value());
  auto plan =
      cluster_plan(*scenario, {.servers = 3, .seed = 1, .duration = seconds(4)},
                   {.packets = false, .disks = false, .clocks = false, .power = false, .byzantine = false});
  REQUIRE(plan.has_value());
  keep_history_claims(*plan);
  ClusterOptions options;
  options.plan = *std::move(plan);
  // Partitions would be nft's, of another machine; one kill is what an operator's command does.
  std::erase_if(options.plan.plan.faults,
                [](const faults::Fault& f) { return f.kind != faults::FaultKind::kill; });
  options.runs = folder.path;
  const auto ports = free_ports();
  for (std::uint32_t n = 1; n <= 3; ++n)
    options.hosts.push_back(host_of(folder.path, NodeId{n}, ports[n - 1]));
  for (const std::string& line : dry_run(options)) INFO(line);  // writes the configurations
  REQUIRE(fs::exists(folder.path / "hosts/n3/config.toml"));

  const auto run = run_cluster(options);
  INFO((run ? "" : run.error().to_string()));
  REQUIRE(run.has_value());
  CHECK(run->result.outcome != checkers::Outcome3::fail);
  CHECK(run->facts.executor.failed == 0);
  CHECK(run->result.history_jsonl.find("\"ok\"") != std::string::npos);
  CHECK(fs::exists(run->folder / "real.json"));
  std::ifstream told(folder.path / "bin/nft.log");
  std::size_t lines = 0;
  for (std::string line; std::getline(told, line);) ++lines;
  CHECK(lines == 9);  // each machine: an old table, ours, its end
}

}  // namespace
}  // namespace wn::cluster
