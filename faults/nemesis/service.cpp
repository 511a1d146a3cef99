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

}  // namespace

std::span<const Nemesis> service_nemeses() { return kNemeses; }

}  // namespace wn::faults
