#include "faults/nemesis/pick.h"

namespace wn::faults {

std::int64_t log_uniform(std::int64_t low, std::int64_t high, Draw& draw) {
  low = std::max<std::int64_t>(low, 1);
  if (high <= low) return low;
  std::uint64_t doublings = 0;
  while (doublings < 62 && (low << doublings) < high / 2) ++doublings;
  const std::int64_t from = low << draw.below(doublings + 1);
  return draw.between(from, std::min(high, from * 2));
}

Duration length_of(const Scene& scene, const Intensity& intensity, SimTime at, Draw& draw) {
  const Duration room = scene.end - at;
  const Duration longest = std::min(intensity.length_max, room);
  if (longest < intensity.length_min || longest <= Duration{}) return {};
  // Whole milliseconds: a plan is read by people.
  const std::int64_t ns = log_uniform(intensity.length_min.ns, longest.ns, draw);
  const std::int64_t millisecond = milliseconds(1).ns;
  return Duration{ns >= millisecond ? ns - ns % millisecond : ns};
}

std::int64_t scaled(std::int64_t scale, const Intensity& intensity) {
  const auto product = static_cast<__int128>(scale) * intensity.strength_ppm / 1'000'000;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(product));
}

void cut_one_way(const Nodes& a, const Nodes& b, std::vector<Link>& links) {
  for (NodeId from : a) {
    for (NodeId to : b) {
      if (from != to) links.push_back({from, to});
    }
  }
}

void cut_both_ways(const Nodes& a, const Nodes& b, std::vector<Link>& links) {
  cut_one_way(a, b, links);
  cut_one_way(b, a, links);
}

Fault fault_on_nodes(FaultKind kind, SimTime at, Duration length, Nodes nodes, std::int64_t amount) {
  Fault fault;
  fault.kind = kind;
  fault.at = at;
  fault.duration = length;
  fault.nodes = std::move(nodes);
  fault.amount = amount;
  return fault;
}

Fault fault_on_links(FaultKind kind, SimTime at, Duration length, std::vector<Link> links, std::string label,
                     std::int64_t amount) {
  Fault fault;
  fault.kind = kind;
  fault.at = at;
  fault.duration = length;
  fault.links = std::move(links);
  std::sort(fault.links.begin(), fault.links.end());
  fault.links.erase(std::unique(fault.links.begin(), fault.links.end()), fault.links.end());
  fault.label = std::move(label);
  fault.amount = amount;
  return fault;
}

std::size_t minority(const Scene& scene) {
  return scene.servers.empty() ? 0 : (scene.servers.size() - 1) / 2;
}

}  // namespace wn::faults
