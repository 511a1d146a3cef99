// Partitions that heal: the shapes of Jepsen's nemesis.clj and TigerBeetle's packet simulator, and
// FoundationDB's swizzle-clog. Half of the time each client is put on one side too, so that a client may be
// left with a deposed leader; else clients reach every server.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool partitions_allowed(const Scene& scene) { return scene.model.partitions && scene.replicas.size() >= 2; }
bool splits_allowed(const Scene& scene) { return scene.model.partitions && scene.replicas.size() >= 3; }
bool clogs_allowed(const Scene& scene) { return scene.replicas.size() >= 2; }

// Cuts every link between groups. Clients, where they take sides, are drawn into one of them.
std::vector<Link> cut_groups(const Scene& scene, std::vector<Nodes> groups, Draw& draw) {
  if (draw.below(2) == 0) {
    for (NodeId client : scene.clients) groups[draw.below(groups.size())].push_back(client);
  }
  std::vector<Link> links;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (std::size_t j = i + 1; j < groups.size(); ++j) cut_both_ways(groups[i], groups[j], links);
  }
  return links;
}

void cut(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident,
         std::vector<Link> links, const char* label) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (links.empty() || length == Duration{}) return;
  incident.faults.push_back(
      fault_on_links(FaultKind::partition, incident.at, length, std::move(links), label));
}

void majority(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  Nodes order = shuffled(scene.replicas, draw);
  const std::size_t small = 1 + draw.below(order.size() / 2);
  Nodes rest(order.begin() + static_cast<std::ptrdiff_t>(small), order.end());
  order.resize(small);
  const bool halves = order.size() == rest.size();
  cut(scene, intensity, draw, incident, cut_groups(scene, {rest, order}, draw),
      halves ? "halves" : "majority/minority");
}

// Three groups or more, none of which need have a majority.
void split(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Nodes order = shuffled(scene.replicas, draw);
  const std::size_t count = 3 + draw.below(order.size() - 2);
  std::vector<Nodes> groups(count);
  for (std::size_t i = 0; i < order.size(); ++i)
    groups[i < count ? i : draw.below(count)].push_back(order[i]);
  cut(scene, intensity, draw, incident, cut_groups(scene, groups, draw), "several partitions");
}

void isolate(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const NodeId alone = one_of(scene.replicas, draw);
  Nodes rest = scene.replicas;
  std::erase(rest, alone);
  cut(scene, intensity, draw, incident, cut_groups(scene, {rest, {alone}}, draw), "isolate");
}

// Every node sees a majority, and no two nodes the same one.
void ring(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Nodes order = shuffled(scene.replicas, draw);
  const std::size_t n = order.size();
  const std::size_t reach = (n / 2 + 1) / 2;
  std::vector<Link> links;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const std::size_t distance = std::min(j - i, n - (j - i));
      if (distance > reach) cut_both_ways({order[i]}, {order[j]}, links);
    }
  }
  cut(scene, intensity, draw, incident, std::move(links), "majorities ring");
}

// Two halves that see each other only through one node.
void bridge(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  Nodes order = shuffled(scene.replicas, draw);
  order.pop_back();  // the bridge
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  std::vector<Link> links;
  cut_both_ways(Nodes(order.begin(), middle), Nodes(middle, order.end()), links);
  cut(scene, intensity, draw, incident, std::move(links), "bridge");
}

void one_way(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Nodes order = shuffled(scene.replicas, draw);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(1 + draw.below(order.size() - 1));
  std::vector<Link> links;
  cut_one_way(Nodes(order.begin(), middle), Nodes(middle, order.end()), links);
  cut(scene, intensity, draw, incident, std::move(links), "one-way");
}

// Each pair of nodes is cut with one drawn chance, and a quarter of the cuts in one direction only.
void partial(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const auto chance = static_cast<std::uint64_t>(draw.between(100'000, 700'000));
  std::vector<Link> links;
  const Nodes& nodes = scene.replicas;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t j = i + 1; j < nodes.size(); ++j) {
      if (!draw.chance_ppm(chance)) continue;
      const std::uint64_t way = draw.below(8);
      if (way != 0) links.push_back({nodes[i], nodes[j]});
      if (way != 1) links.push_back({nodes[j], nodes[i]});
    }
  }
  cut(scene, intensity, draw, incident, std::move(links), "partial");
}

// A drawn subset of the nodes is clogged one by one and unclogged in another order.
void swizzle(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{}) return;
  const Nodes clogged = some(scene.replicas, 1 + draw.below(scene.replicas.size()), draw);
  const auto n = static_cast<std::int64_t>(clogged.size());
  std::vector<std::int64_t> leaves(clogged.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = static_cast<std::int64_t>(i);
  for (std::size_t i = leaves.size(); i > 1; --i) std::swap(leaves[i - 1], leaves[draw.below(i)]);
  // The first half of the time they go in, the second half they come out.
  const Duration step = length / (2 * n);
  if (step == Duration{}) return;
  for (std::int64_t i = 0; i < n; ++i) {
    const NodeId node = clogged[static_cast<std::size_t>(i)];
    const SimTime from = incident.at + step * i;
    const SimTime to = incident.at + step * (n + leaves[static_cast<std::size_t>(i)] + 1);
    std::vector<Link> links;
    cut_both_ways({node}, scene.replicas, links);
    incident.faults.push_back(
        fault_on_links(FaultKind::packet_clog, from, to - from, std::move(links),
                       "swizzle-clog " + std::to_string(i + 1) + "/" + std::to_string(n)));
  }
}

constexpr Duration kInterval = seconds(12);
constexpr Duration kShort = milliseconds(200);
constexpr Duration kLong = seconds(8);

constexpr std::array<Nemesis, 7> kNemeses{
    {{"partition-majority", "partition", "cuts a minority of the servers off from the majority", kInterval,
      kShort, kLong, majority, partitions_allowed},
     {"partition-isolate", "partition", "cuts one server off from all others", kInterval, kShort, kLong,
      isolate, partitions_allowed},
     {"partition-ring", "partition", "lets every server see a majority, and no two the same one", kInterval,
      kShort, kLong, ring, partitions_allowed},
     {"partition-bridge", "partition", "two halves that meet in one server only", kInterval, kShort, kLong,
      bridge, partitions_allowed},
     {"partition-one-way", "partition", "some servers are not heard by the others, but hear them", kInterval,
      kShort, kLong, one_way, partitions_allowed},
     {"partition-partial", "partition", "cuts drawn pairs of servers, some in one direction", kInterval,
      kShort, kLong, partial, partitions_allowed},
     {"swizzle-clog", "partition", "clogs servers one by one and frees them in another order", kInterval,
      kShort, kLong, swizzle, clogs_allowed}}};

constexpr std::array<Nemesis, 1> kSeveral{
    {{"partition-several", "several", "cuts the servers into three groups or more that see nobody else",
      kInterval, kShort, kLong, split, splits_allowed}}};

}  // namespace

std::span<const Nemesis> partition_nemeses() { return kNemeses; }
std::span<const Nemesis> several_nemeses() { return kSeveral; }

}  // namespace wn::faults
