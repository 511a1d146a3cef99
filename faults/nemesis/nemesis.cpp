#include "faults/nemesis/nemesis.h"

#include <algorithm>
#include <cstdlib>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

std::vector<Nemesis> collect() {
  // A nemesis draws by its place in this list: new ones are appended, so that seeds go on meaning what they
  // meant.
  std::vector<Nemesis> all;
  for (auto part : {partition_nemeses(), packet_nemeses(), process_nemeses(), clock_nemeses(), disk_nemeses(),
                    service_nemeses(), schedule_nemeses(), unhealed_nemeses(), actor_nemeses(),
                    byzantine_nemeses(), several_nemeses(), meaning_nemeses(), rival_nemeses()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

std::span<const Nemesis> nemeses() {
  static const std::vector<Nemesis> kAll = collect();
  return kAll;
}

const Nemesis* find_nemesis(std::string_view name) {
  for (const Nemesis& n : nemeses()) {
    if (n.name == name) return &n;
  }
  return nullptr;
}

bool is_nemesis_family(std::string_view family) {
  return std::any_of(nemeses().begin(), nemeses().end(),
                     [&](const Nemesis& n) { return n.family == family; });
}

Scene scene_of(const Plan& plan, const Random& random) {
  Scene scene;
  std::int64_t offset = 0;
  for (const NodePlan& n : plan.nodes) {
    if (n.role == NodeRole::server) scene.servers.push_back(n.id);
    if (n.role == NodeRole::spare) scene.spares.push_back(n.id);
    if (n.role == NodeRole::client) scene.clients.push_back(n.id);
    if (n.role == NodeRole::server || n.role == NodeRole::spare) {
      scene.replicas.push_back(n.id);
      offset = std::max(offset, std::abs(n.wall_offset.ns));
    }
  }
  scene.model = plan.model;
  scene.end = plan.freeze_at;
  scene.duration = plan.duration;
  scene.service = plan.system.service;
  scene.operations = plan.operations;
  scene.skew_room = std::max(Duration{}, plan.model.wall_skew_max - Duration{offset});
  Draw draw = random.at("nemesis.disk_faulty");
  scene.disk_faulty = ascending(some(scene.replicas, plan.model.disk_faulty_max, draw));
  Draw lots = random.at("nemesis.liars");
  scene.liars = ascending(some(scene.servers, plan.model.byzantine_max, lots));
  return scene;
}

}  // namespace wn::faults
