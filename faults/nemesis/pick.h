#pragma once
// The small choices that all nemeses share: who, how long, which links. Private to this room.
#include <algorithm>
#include <string>
#include <vector>

#include "faults/nemesis/nemesis.h"

namespace wn::faults {

using Nodes = std::vector<NodeId>;

// All of `from` in a drawn order.
inline Nodes shuffled(Nodes from, Draw& draw) {
  for (std::size_t i = from.size(); i > 1; --i) std::swap(from[i - 1], from[draw.below(i)]);
  return from;
}
// `count` of `from` (or all), in drawn order.
inline Nodes some(const Nodes& from, std::size_t count, Draw& draw) {
  Nodes picked = shuffled(from, draw);
  picked.resize(std::min(count, picked.size()));
  return picked;
}
inline Nodes ascending(Nodes nodes) {
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}
inline NodeId one_of(const Nodes& from, Draw& draw) { return from[draw.below(from.size())]; }

// Between low and high with each doubling equally likely, so that short and long both occur.
std::int64_t log_uniform(std::int64_t low, std::int64_t high, Draw& draw);
// A length for a fault that begins at `at`; zero when it does not fit before the scene's end.
Duration length_of(const Scene& scene, const Intensity& intensity, SimTime at, Draw& draw);
// `scale` times the strength, at least 1.
std::int64_t scaled(std::int64_t scale, const Intensity& intensity);

// Appends the links from every node of `a` to every node of `b`.
void cut_one_way(const Nodes& a, const Nodes& b, std::vector<Link>& links);
void cut_both_ways(const Nodes& a, const Nodes& b, std::vector<Link>& links);

Fault fault_on_nodes(FaultKind kind, SimTime at, Duration length, Nodes nodes, std::int64_t amount = 0);
Fault fault_on_links(FaultKind kind, SimTime at, Duration length, std::vector<Link> links, std::string label,
                     std::int64_t amount = 0);

// How many servers may be away at once while a majority of the first voters stays.
std::size_t minority(const Scene& scene);

// One file each; nemesis.cpp collects them.
std::span<const Nemesis> partition_nemeses();
std::span<const Nemesis> several_nemeses();
std::span<const Nemesis> unhealed_nemeses();
std::span<const Nemesis> packet_nemeses();
std::span<const Nemesis> process_nemeses();
std::span<const Nemesis> clock_nemeses();
std::span<const Nemesis> disk_nemeses();
std::span<const Nemesis> service_nemeses();
std::span<const Nemesis> schedule_nemeses();
std::span<const Nemesis> actor_nemeses();
std::span<const Nemesis> byzantine_nemeses();
std::span<const Nemesis> meaning_nemeses();
std::span<const Nemesis> rival_nemeses();

}  // namespace wn::faults
