// Faults that are never healed. Each leaves a connected core with a quorum, which must stay live: a nemesis
// that always heals cannot see a cluster that has stopped for good (Cloudflare, 2020-11-02; "Raft does not
// Guarantee Liveness in the face of Network Faults", decentralizedthoughts, 2020-12-12).
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool partitions_allowed(const Scene& scene) {
  return scene.model.partitions && scene.model.unhealed && minority(scene) >= 1;
}
bool kills_allowed(const Scene& scene) {
  return scene.model.unhealed && scene.model.crashed_max >= 1 && minority(scene) >= 1;
}

void forever(Incident& incident, std::vector<Link> links, const char* label) {
  incident.faults.push_back(
      fault_on_links(FaultKind::partition, incident.at, Duration::max(), std::move(links), label));
}

struct Sides {
  Nodes core;
  Nodes outside;
};
Sides sides_of(const Scene& scene, std::size_t outside, Draw& draw) {
  const Nodes order = shuffled(scene.servers, draw);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(outside);
  return {Nodes(middle, order.end()), Nodes(order.begin(), middle)};
}

// The core is a bare majority; each server outside keeps a link to one member of the core and to nobody else.
void hangers(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const Sides sides = sides_of(scene, minority(scene), draw);
  std::vector<Link> links;
  for (std::size_t i = 0; i < sides.outside.size(); ++i) {
    const NodeId hanger = sides.outside[i];
    Nodes rest = scene.replicas;
    std::erase(rest, hanger);
    std::erase(rest, sides.core[i % sides.core.size()]);
    cut_both_ways({hanger}, rest, links);
  }
  forever(incident, std::move(links), "hangers");
}

// One server is heard and hears nobody. A leader like that keeps its followers quiet and commits nothing; a
// follower like that campaigns for ever.
void deaf(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const NodeId node = one_of(scene.servers, draw);
  std::vector<Link> links;
  cut_one_way(scene.replicas, {node}, links);
  forever(incident, std::move(links), "deaf");
}

void mute(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const NodeId node = one_of(scene.servers, draw);
  std::vector<Link> links;
  cut_one_way({node}, scene.replicas, links);
  forever(incident, std::move(links), "mute");
}

void minority_lost(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const Sides sides = sides_of(scene, 1 + draw.below(minority(scene)), draw);
  Nodes rest = scene.replicas;
  for (NodeId id : sides.outside) std::erase(rest, id);
  std::vector<Link> links;
  cut_both_ways(sides.outside, rest, links);
  forever(incident, std::move(links), "minority");
}

void kill(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  incident.faults.push_back(
      fault_on_nodes(FaultKind::kill, incident.at, Duration::max(), {one_of(scene.servers, draw)}));
}

constexpr Duration kInterval = seconds(20);

constexpr std::array<Nemesis, 5> kNemeses{{{"unhealed-hangers",
                                            "unhealed",
                                            "for ever: a bare majority, the others each see one member of it",
                                            kInterval,
                                            {},
                                            {},
                                            hangers,
                                            partitions_allowed,
                                            false},
                                           {"unhealed-deaf",
                                            "unhealed",
                                            "for ever: one server is heard and hears nobody",
                                            kInterval,
                                            {},
                                            {},
                                            deaf,
                                            partitions_allowed,
                                            false},
                                           {"unhealed-mute",
                                            "unhealed",
                                            "for ever: one server hears and is not heard",
                                            kInterval,
                                            {},
                                            {},
                                            mute,
                                            partitions_allowed,
                                            false},
                                           {"unhealed-minority",
                                            "unhealed",
                                            "for ever: a minority is cut off",
                                            kInterval,
                                            {},
                                            {},
                                            minority_lost,
                                            partitions_allowed,
                                            false},
                                           {"unhealed-kill",
                                            "unhealed",
                                            "for ever: one server is dead",
                                            kInterval,
                                            {},
                                            {},
                                            kill,
                                            kills_allowed,
                                            false}}};

}  // namespace

std::span<const Nemesis> unhealed_nemeses() { return kNemeses; }

}  // namespace wn::faults
