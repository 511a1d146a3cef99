// The commands that touch the machine, word for word.
#include "scenarios/cluster/net_plan.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "scenarios/cluster/histogram.h"

namespace wn::cluster {
namespace {

faults::Plan two_servers_and_a_client() {
  faults::Plan plan;
  for (std::uint32_t i = 1; i <= 3; ++i) plan.nodes.push_back({.id = NodeId{i}});
  plan.nodes[2].role = faults::NodeRole::client;
  return plan;
}

std::string lines(const std::vector<Command>& commands) {
  std::string out;
  for (const Command& command : commands) out += to_line(command) + "\n";
  return out;
}

TEST_CASE("namespaces are made of links that are in them from the start") {
  const NetPlan net = namespaces_of(two_servers_and_a_client(), "wn-1");
  CHECK(lines(make_commands(net)) ==
        "ip netns add wn-1-hub\n"
        "ip netns add wn-1-clients\n"
        "ip netns add wn-1-n1\n"
        "ip netns add wn-1-n2\n"
        "ip -n wn-1-hub link set lo up\n"
        "ip -n wn-1-hub link add clients type veth peer name eth0 netns wn-1-clients\n"
        "ip -n wn-1-hub addr add 10.1.0.1/16 dev clients\n"
        "ip -n wn-1-hub link set clients up\n"
        "ip -n wn-1-clients link set lo up\n"
        "ip -n wn-1-clients link set eth0 up\n"
        "ip -n wn-1-hub link add n1 type veth peer name eth0 netns wn-1-n1\n"
        "ip -n wn-1-hub addr add 10.0.1.1/24 dev n1\n"
        "ip -n wn-1-hub link set n1 up\n"
        "ip -n wn-1-n1 link set lo up\n"
        "ip -n wn-1-n1 link set eth0 up\n"
        "ip -n wn-1-n1 addr add 10.0.1.2/24 dev eth0\n"
        "ip -n wn-1-n1 route add default via 10.0.1.1\n"
        "ip -n wn-1-hub link add n2 type veth peer name eth0 netns wn-1-n2\n"
        "ip -n wn-1-hub addr add 10.0.2.1/24 dev n2\n"
        "ip -n wn-1-hub link set n2 up\n"
        "ip -n wn-1-n2 link set lo up\n"
        "ip -n wn-1-n2 link set eth0 up\n"
        "ip -n wn-1-n2 addr add 10.0.2.2/24 dev eth0\n"
        "ip -n wn-1-n2 route add default via 10.0.2.1\n"
        "ip -n wn-1-clients addr add 10.1.1.1/16 dev eth0\n"
        "ip -n wn-1-clients route add default via 10.1.0.1\n"
        "ip netns exec wn-1-hub sysctl -q -w net.ipv4.ip_forward=1\n"
        "ip netns exec wn-1-hub nft 'table ip wn { set cut { type ipv4_addr . ipv4_addr; } ; chain forward "
        "{ type filter hook forward priority 0; policy accept; ip saddr . ip daddr @cut counter drop; } ; "
        "}'\n");
}

TEST_CASE("links are cut and mended by the pair of addresses, each direction by itself") {
  const NetPlan net = namespaces_of(two_servers_and_a_client(), "wn-1");
  const std::vector<faults::Link> links{{NodeId{1}, NodeId{2}}, {NodeId{3}, NodeId{1}}};
  CHECK(to_line(cut_command(net, links)) ==
        "ip netns exec wn-1-hub nft add element ip wn cut '{' 10.0.1.2 . 10.0.2.2 , 10.1.1.1 . 10.0.1.2 '}'");
  CHECK(to_line(mend_command(net, {{NodeId{1}, NodeId{2}}})) ==
        "ip netns exec wn-1-hub nft delete element ip wn cut '{' 10.0.1.2 . 10.0.2.2 '}'");
}

TEST_CASE("only namespaces of our own are ever removed") {
  CHECK(lines(remove_commands({"wn-1-hub", "mine", "eth0", "wn-1-n1"})) ==
        "ip netns delete wn-1-hub\nip netns delete wn-1-n1\n");
}

TEST_CASE("on plain loopback nothing is made") {
  const faults::Plan plan = two_servers_and_a_client();
  const NetPlan net = loopback_of(plan, {4001, 4002, 4003});
  CHECK(make_commands(net).empty());
  CHECK(spaces_of(net).empty());
  CHECK(net.find(NodeId{2})->port == 4002);
  CHECK(net.find(NodeId{9}) == nullptr);
}

TEST_CASE("clients beyond one row of addresses have their own") {
  faults::Plan plan;
  for (std::uint32_t i = 1; i <= 600; ++i)
    plan.nodes.push_back({.id = NodeId{i}, .role = faults::NodeRole::client});
  const NetPlan net = namespaces_of(plan, "wn-1");
  CHECK(net.find(NodeId{1})->address == "10.1.1.1");
  CHECK(net.find(NodeId{250})->address == "10.1.1.250");
  CHECK(net.find(NodeId{251})->address == "10.1.2.1");
  CHECK(net.find(NodeId{600})->address == "10.1.3.100");
}

TEST_CASE("a percentile is within 1/128 of the value of its rank") {
  Histogram histogram;
  std::vector<std::int64_t> values;
  std::int64_t value = 1;
  for (int i = 0; i < 2000; ++i) {
    value = (value * 48271) % 2147483647;
    values.push_back(value % (1 + value % 5'000'000'000));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const std::uint32_t ppm : {1U, 500'000U, 900'000U, 990'000U, 999'900U, 1'000'000U}) {
    const std::size_t rank = std::max<std::size_t>(1, (values.size() * ppm + 999'999) / 1'000'000);
    const std::int64_t exact = values[rank - 1];
    CHECK(histogram.percentile(ppm) >= exact);
    CHECK(histogram.percentile(ppm) <= exact + exact / 128 + 1);
  }
  CHECK(histogram.least() == values.front());
  CHECK(histogram.most() == values.back());
}

TEST_CASE("histograms merge, and travel as text") {
  Histogram one, two;
  for (int i = 1; i < 1000; ++i) one.add(i * 1000);
  for (int i = 1; i < 500; ++i) two.add(i * 1'000'000);
  Histogram both = one;
  both.merge(two);
  Histogram read;
  REQUIRE(read.add_text(one.to_text()));
  REQUIRE(read.add_text(two.to_text()));
  CHECK(read.count() == both.count());
  CHECK(read.percentile(990'000) == both.percentile(990'000));
  CHECK(read.most() == both.most());
  CHECK(read.to_text() == both.to_text());
  CHECK_FALSE(read.add_text("12"));
  CHECK_FALSE(read.add_text("99999999:1"));
  CHECK(Histogram{}.percentile(500'000) == 0);
}

}  // namespace
}  // namespace wn::cluster
