// What tc is told, word for word, and that hands tell it.
#include "scenarios/cluster/netem.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/cluster/local_hands.h"

namespace wn::cluster {
namespace {

using faults::Fault;
using faults::FaultKind;
using faults::Link;

faults::Plan two_servers_and_a_client() {
  faults::Plan plan;
  for (std::uint32_t i = 1; i <= 3; ++i) plan.nodes.push_back({.id = NodeId{i}});
  plan.nodes[2].role = faults::NodeRole::client;
  return plan;
}

Fault fault(std::uint32_t id, FaultKind kind, std::int64_t amount, std::vector<Link> links = {}) {
  Fault out;
  out.id = id;
  out.kind = kind;
  out.amount = amount;
  out.links = std::move(links);
  return out;
}

std::string lines(const Result<std::vector<Command>>& commands) {
  REQUIRE(commands.has_value());
  std::string out;
  for (const Command& command : *commands) out += to_line(command) + "\n";
  return out;
}

const std::string kZeros = " priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

TEST_CASE("netem: a hurt link has a band of its own at the device towards its receiver") {
  Netem netem(namespaces_of(two_servers_and_a_client(), "wn-1"));
  CHECK(
      lines(netem.begin(fault(1, FaultKind::packet_loss, 125'000, {{NodeId{1}, NodeId{2}}}))) ==
      "tc -n wn-1-hub qdisc add dev n2 root handle 1: prio bands 2" + kZeros +
          "tc -n wn-1-hub qdisc add dev n2 parent 1:2 netem loss 12.5000%\n"
          "tc -n wn-1-hub filter add dev n2 parent 1: protocol ip prio 1 u32 match ip src 10.0.1.2/32 match "
          "ip dst 10.0.2.2/32 flowid 1:2\n");
  CHECK(netem.in_force(1));
  // The same again is nothing; more on the same link goes with it.
  CHECK(lines(netem.begin(fault(1, FaultKind::packet_loss, 125'000))).empty());
  CHECK(
      lines(netem.begin(fault(2, FaultKind::packet_delay, milliseconds(20).ns, {{NodeId{1}, NodeId{2}}}))) ==
      "tc -n wn-1-hub qdisc del dev n2 root\n"
      "tc -n wn-1-hub qdisc add dev n2 root handle 1: prio bands 2" +
          kZeros +
          "tc -n wn-1-hub qdisc add dev n2 parent 1:2 netem delay 20000us loss 12.5000%\n"
          "tc -n wn-1-hub filter add dev n2 parent 1: protocol ip prio 1 u32 match ip src 10.0.1.2/32 match "
          "ip dst 10.0.2.2/32 flowid 1:2\n");
  CHECK(netem.end(7).empty());
  (void)netem.end(2);
  CHECK(lines(netem.end(1)) == "tc -n wn-1-hub qdisc del dev n2 root\n");
}

TEST_CASE("netem: what is hurt everywhere is hurt at every device, clients share theirs") {
  Netem netem(namespaces_of(two_servers_and_a_client(), "wn-1"));
  CHECK(lines(netem.begin(fault(1, FaultKind::packet_rate, 1000))) ==
        "tc -n wn-1-hub qdisc add dev clients root handle 1: prio bands 2" + kZeros +
            "tc -n wn-1-hub qdisc add dev clients parent 1:1 netem rate 8000bit\n"
            "tc -n wn-1-hub qdisc add dev n1 root handle 1: prio bands 2" +
            kZeros +
            "tc -n wn-1-hub qdisc add dev n1 parent 1:1 netem rate 8000bit\n"
            "tc -n wn-1-hub qdisc add dev n2 root handle 1: prio bands 2" +
            kZeros + "tc -n wn-1-hub qdisc add dev n2 parent 1:1 netem rate 8000bit\n");
  // A link has what is everywhere as well as its own; other devices stay as they are.
  CHECK(lines(netem.begin(fault(2, FaultKind::packet_duplicate, 1, {{NodeId{2}, NodeId{3}}}))) ==
        "tc -n wn-1-hub qdisc del dev clients root\n"
        "tc -n wn-1-hub qdisc add dev clients root handle 1: prio bands 2" +
            kZeros +
            "tc -n wn-1-hub qdisc add dev clients parent 1:1 netem rate 8000bit\n"
            "tc -n wn-1-hub qdisc add dev clients parent 1:2 netem duplicate 0.0001% rate 8000bit\n"
            "tc -n wn-1-hub filter add dev clients parent 1: protocol ip prio 1 u32 match ip src 10.0.2.2/32 "
            "match ip dst 10.1.1.1/32 flowid 1:2\n");
  CHECK(lines(netem.end(1)).find("netem duplicate 0.0001%\n") != std::string::npos);
}

TEST_CASE("netem: more links than bands are refused, and nothing changes") {
  faults::Plan plan;
  for (std::uint32_t i = 1; i <= 20; ++i) plan.nodes.push_back({.id = NodeId{i}});
  Netem netem(namespaces_of(plan, "wn-1"));
  std::vector<Link> links;
  for (std::uint32_t i = 2; i <= 17; ++i) links.push_back({NodeId{i}, NodeId{1}});
  CHECK(netem.begin(fault(1, FaultKind::packet_loss, 1, links)).error().code == Errc::overloaded);
  CHECK_FALSE(netem.in_force(1));
  links.pop_back();
  CHECK(netem.begin(fault(1, FaultKind::packet_loss, 1, links)).has_value());
}

TEST_CASE("netem: hands tell tc where the kernel has it, and leave to the programs what it cannot do") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("wn-netem-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "tc") << "#!/bin/sh\necho \"tc $*\" >>" << folder.string() << "/told\n";
  REQUIRE(::chmod((folder / "tc").c_str(), 0755) == 0);
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (folder.string() + ":" + before).c_str(), 1);
  const faults::Plan plan = two_servers_and_a_client();
  const Fault corrupt = fault(4, FaultKind::packet_corrupt, 500'000, {{NodeId{2}, NodeId{1}}});
  CommandLog log;
  for (const bool netem : {true, false}) {
    LocalHands hands({.plan = plan,
                      .net = namespaces_of(plan, "wn-1"),
                      .program = {},
                      .folder = folder,
                      .sockets = folder,
                      .driver = -1,
                      .log = &log,
                      .netem = netem});
    CHECK(*hands.network(corrupt, true) == netem);
    CHECK_FALSE(*hands.network(fault(5, FaultKind::packet_clog, 0), true));
    CHECK_FALSE(*hands.network(fault(6, FaultKind::packet_reorder, 1000), true));
    CHECK(*hands.network(corrupt, false) == netem);
  }
  ::setenv("PATH", before.c_str(), 1);
  std::ifstream in(folder / "told");
  const std::string told(std::istreambuf_iterator<char>(in), {});
  CHECK(
      told ==
      "tc -n wn-1-hub qdisc add dev n1 root handle 1: prio bands 2" + kZeros +
          "tc -n wn-1-hub qdisc add dev n1 parent 1:2 netem corrupt 50.0000%\n"
          "tc -n wn-1-hub filter add dev n1 parent 1: protocol ip prio 1 u32 match ip src 10.0.2.2/32 match "
          "ip dst 10.0.1.2/32 flowid 1:2\n"
          "tc -n wn-1-hub qdisc del dev n1 root\n");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace wn::cluster
