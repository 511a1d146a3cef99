#include "scenarios/cluster/net_plan.h"

#include <algorithm>
#include <cstdlib>

#include "faults/plan/names.h"
#include "runtime/base/check.h"

namespace wn::cluster {
namespace {

using faults::NodeRole;

bool serves(NodeRole role) { return role == NodeRole::server || role == NodeRole::spare; }

std::string text(std::uint64_t number) { return std::to_string(number); }

Command ip_in(const std::string& space, std::vector<std::string> words) {
  Command out{"ip", "-n", space};
  out.insert(out.end(), words.begin(), words.end());
  return out;
}

Command nft_in(const NetPlan& net, std::vector<std::string> words) {
  Command out{"ip", "netns", "exec", net.hub, "nft"};
  out.insert(out.end(), words.begin(), words.end());
  return out;
}

// "10.0.3.2" -> "10.0.3.1"
std::string gateway_of(const std::string& address) { return address.substr(0, address.rfind('.')) + ".1"; }

constexpr std::string_view kClientsGateway = "10.1.0.1";

void join(std::vector<Command>& out, const NetPlan& net, const std::string& link, const std::string& space,
          const std::string& gateway, const std::string& width) {
  out.push_back(
      ip_in(net.hub, {"link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space}));
  out.push_back(ip_in(net.hub, {"addr", "add", gateway + width, "dev", link}));
  out.push_back(ip_in(net.hub, {"link", "set", link, "up"}));
  out.push_back(ip_in(space, {"link", "set", "lo", "up"}));
}

Command elements(const NetPlan& net, const std::string& verb, const std::vector<faults::Link>& links) {
  Command out = nft_in(net, {verb, "element", "ip", "wn", "cut", "{"});
  bool first = true;
  for (const faults::Link& link : links) {
    const Seat* from = net.find(link.from);
    const Seat* to = net.find(link.to);
    WN_CHECK(from != nullptr);
    WN_CHECK(to != nullptr);
    if (!first) out.emplace_back(",");
    first = false;
    out.insert(out.end(), {from->address, ".", to->address});
  }
  out.emplace_back("}");
  return out;
}

}  // namespace

const Seat* NetPlan::find(NodeId node) const {
  const auto at = std::ranges::lower_bound(seats, node, {}, &Seat::node);
  return at == seats.end() || at->node != node ? nullptr : &*at;
}

NetPlan namespaces_of(const faults::Plan& plan, const std::string& run) {
  NetPlan net{.hub = run + "-hub", .clients = run + "-clients", .seats = {}};
  std::uint32_t server = 0;
  std::uint32_t client = 0;
  constexpr std::uint32_t kARow = 250;
  for (const faults::NodePlan& node : plan.nodes) {
    Seat seat{.node = node.id, .space = {}, .address = {}, .port = kNodePort};
    if (serves(node.role)) {
      ++server;
      seat.space = run + "-" + faults::node_name(node.id);
      seat.address = "10.0." + text(server) + ".2";
    } else {
      seat.space = net.clients;
      seat.address = "10.1." + text(1 + client / kARow) + "." + text(1 + client % kARow);
      ++client;
    }
    net.seats.push_back(std::move(seat));
  }
  return net;
}

NetPlan loopback_of(const faults::Plan& plan, const std::vector<std::uint16_t>& ports) {
  WN_CHECK_EQ(ports.size(), plan.nodes.size());
  NetPlan net;
  for (std::size_t i = 0; i < ports.size(); ++i)
    net.seats.push_back({.node = plan.nodes[i].id, .space = {}, .address = "127.0.0.1", .port = ports[i]});
  return net;
}

NetPlan remote_of(const faults::Plan& plan, const std::vector<std::pair<NodeId, std::string>>& servers) {
  NetPlan net;
  for (const faults::NodePlan& node : plan.nodes) {
    Seat seat{.node = node.id, .space = {}, .address = "0.0.0.0", .port = 0};
    for (const auto& [server, address] : servers) {
      if (server != node.id) continue;
      const std::size_t colon = address.rfind(':');
      seat.address = address.substr(0, colon);
      seat.port = static_cast<std::uint16_t>(std::strtoul(address.c_str() + colon + 1, nullptr, 10));
    }
    net.seats.push_back(std::move(seat));
  }
  return net;
}

std::vector<std::string> spaces_of(const NetPlan& net) {
  if (net.hub.empty()) return {};
  std::vector<std::string> out{net.hub, net.clients};
  for (const Seat& seat : net.seats) {
    if (seat.space != net.clients) out.push_back(seat.space);
  }
  return out;
}

std::vector<Command> make_commands(const NetPlan& net) {
  std::vector<Command> out;
  if (net.hub.empty()) return out;
  for (const std::string& space : spaces_of(net)) out.push_back({"ip", "netns", "add", space});
  out.push_back(ip_in(net.hub, {"link", "set", "lo", "up"}));
  join(out, net, "clients", net.clients, std::string(kClientsGateway), "/16");
  out.push_back(ip_in(net.clients, {"link", "set", "eth0", "up"}));
  for (const Seat& seat : net.seats) {
    if (seat.space != net.clients) {
      join(out, net, faults::node_name(seat.node), seat.space, gateway_of(seat.address), "/24");
      out.push_back(ip_in(seat.space, {"link", "set", "eth0", "up"}));
    }
    const std::string width = seat.space == net.clients ? "/16" : "/24";
    out.push_back(ip_in(seat.space, {"addr", "add", seat.address + width, "dev", "eth0"}));
    if (seat.space != net.clients)
      out.push_back(ip_in(seat.space, {"route", "add", "default", "via", gateway_of(seat.address)}));
  }
  const bool any_client =
      std::ranges::any_of(net.seats, [&](const Seat& seat) { return seat.space == net.clients; });
  if (any_client)
    out.push_back(ip_in(net.clients, {"route", "add", "default", "via", std::string(kClientsGateway)}));
  out.push_back({"ip", "netns", "exec", net.hub, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1"});
  out.push_back(nft_in(net, {nft_rules()}));
  return out;
}

std::vector<Command> remove_commands(const std::vector<std::string>& spaces) {
  std::vector<Command> out;
  for (const std::string& space : spaces) {
    if (space.starts_with(kNamePrefix)) out.push_back({"ip", "netns", "delete", space});
  }
  return out;
}

std::string nft_rules() {
  return "table ip wn { set cut { type ipv4_addr . ipv4_addr; } ; chain forward { type filter hook forward "
         "priority 0; policy accept; ip saddr . ip daddr @cut counter drop; } ; }";
}

Command cut_command(const NetPlan& net, const std::vector<faults::Link>& links) {
  return elements(net, "add", links);
}
Command mend_command(const NetPlan& net, const std::vector<faults::Link>& links) {
  return elements(net, "delete", links);
}
Command dropped_command(const NetPlan& net) { return nft_in(net, {"list", "chain", "ip", "wn", "forward"}); }

Command netem_probe(const NetPlan& net) {
  return {"tc", "-n", net.hub, "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1us"};
}

}  // namespace wn::cluster
