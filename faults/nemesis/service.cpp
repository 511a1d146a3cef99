// Hardship through the front door: membership changes and leadership transfers, as an operator would ask for
// them.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool membership_allowed(const Scene& scene) { return scene.model.membership && scene.replicas.size() >= 4; }
bool transfer_allowed(const Scene& scene) {
  return scene.servers.size() >= 2 && scene.service == Service::kv;  // a realm has no leader
}

Fault voters(SimTime at, const Nodes& nodes) {
  return fault_on_nodes(FaultKind::membership, at, {}, ascending(nodes));
}

// A drawn set of at least three voters, then one to three changes of one server each: close together, so that
// configurations meet.
void churn(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const std::size_t n = scene.replicas.size();
  const std::size_t size = static_cast<std::size_t>(draw.between(3, static_cast<std::int64_t>(n)));
  Nodes inside = shuffled(scene.replicas, draw);
  Nodes outside(inside.begin() + static_cast<std::ptrdiff_t>(size), inside.end());
  inside.resize(size);
  SimTime at = incident.at;
  incident.faults.push_back(voters(at, inside));
  for (std::uint64_t changes = 1 + draw.below(3); changes > 0; --changes) {
    at = at + milliseconds(log_uniform(20, 2000, draw));
    const bool add = !outside.empty() && (inside.size() <= 3 || draw.below(2) == 0);
    if (!add && inside.size() <= 3) break;
    Nodes& from = add ? outside : inside;
    Nodes& to = add ? inside : outside;
    const NodeId moved = one_of(from, draw);
    std::erase(from, moved);
    to.push_back(moved);
    if (at > scene.end) break;
    incident.faults.push_back(voters(at, inside));
  }
}

// Servers leave one by one and come back: each request differs from the one before by one server.
void sweep(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  Nodes inside = scene.replicas;
  SimTime at = incident.at;
  for (const NodeId leaver : some(scene.replicas, scene.replicas.size() - 3, draw)) {
    std::erase(inside, leaver);
    if (at > scene.end) return;
    incident.faults.push_back(voters(at, inside));
    at = at + milliseconds(log_uniform(50, 2000, draw));
  }
  if (at <= scene.end) incident.faults.push_back(voters(at, scene.replicas));
}

bool rival_adds_allowed(const Scene& scene) { return scene.model.membership && scene.spares.size() >= 2; }
bool rival_removals_allowed(const Scene& scene) {
  return scene.model.membership && scene.servers.size() >= 4;
}

// Two requests of one step each, from the same voters, soon after each other: whoever leads by then may not
// know of the first. Half a second before, the voters are as they were at the beginning, and everybody knows.
void rivals(const Scene& scene, const Nodes& first, const Nodes& second, Draw& draw, Incident& incident) {
  const SimTime one = incident.at + milliseconds(500);
  const SimTime two = one + milliseconds(log_uniform(20, 2000, draw));
  if (two > scene.end) return;
  incident.faults.push_back(voters(incident.at, scene.servers));
  incident.faults.push_back(voters(one, first));
  incident.faults.push_back(voters(two, second));
}

void two_adds(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const Nodes added = some(scene.spares, 2, draw);
  Nodes with[2] = {scene.servers, scene.servers};
  with[0].push_back(added[0]);
  with[1].push_back(added[1]);
  rivals(scene, with[0], with[1], draw, incident);
}

void two_removals(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const Nodes removed = some(scene.servers, 2, draw);
  Nodes without[2] = {scene.servers, scene.servers};
  std::erase(without[0], removed[0]);
  std::erase(without[1], removed[1]);
  rivals(scene, without[0], without[1], draw, incident);
}

void transfer(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  incident.faults.push_back(
      fault_on_nodes(FaultKind::transfer, incident.at, {}, {one_of(scene.servers, draw)}));
}

constexpr std::array<Nemesis, 3> kNemeses{{{"membership",
                                            "membership",
                                            "changes the voters, a few times in a row",
                                            seconds(10),
                                            {},
                                            {},
                                            churn,
                                            membership_allowed},
                                           {"membership-sweep",
                                            "membership",
                                            "removes servers one by one and brings them back",
                                            seconds(15),
                                            {},
                                            {},
                                            sweep,
                                            membership_allowed},
                                           {"transfer",
                                            "transfer",
                                            "asks the leader to hand over",
                                            seconds(10),
                                            {},
                                            {},
                                            transfer,
                                            transfer_allowed}}};

constexpr std::array<Nemesis, 2> kRivals{{{"membership-two-adds",
                                           "rivals",
                                           "asks for one server more, and soon for another one instead",
                                           seconds(10),
                                           {},
                                           {},
                                           two_adds,
                                           rival_adds_allowed},
                                          {"membership-two-removals",
                                           "rivals",
                                           "asks for one server less, and soon for another one instead",
                                           seconds(10),
                                           {},
                                           {},
                                           two_removals,
                                           rival_removals_allowed}}};

}  // namespace

std::span<const Nemesis> service_nemeses() { return kNemeses; }
std::span<const Nemesis> rival_nemeses() { return kRivals; }

}  // namespace wn::faults
