#pragma once
// The network of one cluster as names, addresses and the commands that make it, cut it and remove it. Pure.
//
//   hub      one namespace that routes, with an nft table whose set holds the (from . to) pairs that drop
//   n<i>     one namespace a server: eth0 10.0.<i>.2/24, by way of 10.0.<i>.1 in the hub
//   clients  one namespace for all clients: eth0 with an address each in 10.1.0.0/16
//
// Both ends of each veth pair are made inside of these namespaces, so nothing is ever added to the machine's
// own. The addresses are seen in there alone.
#include <cstdint>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "scenarios/cluster/command.h"

namespace wn::cluster {

inline constexpr std::uint32_t kClusterServersMax = 64;
inline constexpr std::string_view kNamePrefix = "wn-";  // of every namespace that is made or removed
inline constexpr std::uint16_t kNodePort = 7400;        // of every node, in a namespace of its own

struct Seat {
  NodeId node;
  std::string space;    // the namespace it is in; empty: the machine's own
  std::string address;  // IPv4, without a port
  std::uint16_t port = 0;
};

struct NetPlan {
  std::string hub;          // empty: no namespaces, plain loopback
  std::string clients;      // the clients' namespace
  std::vector<Seat> seats;  // ascending by node
  const Seat* find(NodeId node) const;
};

// `run` is unique on the machine while the run lasts, e.g. "wn-4711".
NetPlan namespaces_of(const faults::Plan& plan, const std::string& run);
// `ports`: one for each node of the plan, in its order.
NetPlan loopback_of(const faults::Plan& plan, const std::vector<std::uint16_t>& ports);

// Servers that are elsewhere ("host:port" in numbers), and clients on
// this machine, wherever its routes lead from.
NetPlan remote_of(const faults::Plan& plan, const std::vector<std::pair<NodeId, std::string>>& servers);

// All namespaces, each before it is made.
std::vector<std::string> spaces_of(const NetPlan& net);
std::vector<Command> make_commands(const NetPlan& net);
std::vector<Command> remove_commands(const std::vector<std::string>& spaces);
// What the hub's nft reads when it starts.
std::string nft_rules();
// Links that begin to drop, or pass again. Several at once are one command, so they change at one moment.
Command cut_command(const NetPlan& net, const std::vector<faults::Link>& links);
Command mend_command(const NetPlan& net, const std::vector<faults::Link>& links);
Command dropped_command(const NetPlan& net);  // asks the hub how much it has dropped

// Asks whether the kernel has netem, on a link of our own: fails where it has not.
Command netem_probe(const NetPlan& net);

}  // namespace wn::cluster
