// Faults of processes and machines: kill, power loss, pause, wipe; one by one, together, in a row.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool one_may_crash(const Scene& scene) { return scene.model.crashed_max >= 1 && !scene.servers.empty(); }
bool two_may_crash(const Scene& scene) { return scene.model.crashed_max >= 2 && scene.servers.size() >= 2; }
bool power_allowed(const Scene& scene) {
  return !scene.servers.empty() && (scene.model.crashed_max >= 1 || scene.model.power_loss_of_all);
}
bool all_may_lose_power(const Scene& scene) {
  return scene.model.power_loss_of_all && !scene.servers.empty();
}
bool wipe_allowed(const Scene& scene) {
  return scene.model.wipe && one_may_crash(scene) && !scene.disk_faulty.empty();
}

void strike(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident, FaultKind kind,
            const Nodes& from, std::size_t count) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{} || count == 0) return;
  incident.faults.push_back(fault_on_nodes(kind, incident.at, length, ascending(some(from, count, draw))));
}

std::size_t up_to_crashed_max(const Scene& scene, Draw& draw) {
  return 1 + draw.below(std::min<std::size_t>(scene.model.crashed_max, scene.replicas.size()));
}

void kill(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  strike(s, i, d, out, FaultKind::kill, s.replicas, 1);
}
void kill_many(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  strike(s, i, d, out, FaultKind::kill, s.replicas, up_to_crashed_max(s, d));
}
void pause(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  strike(s, i, d, out, FaultKind::pause, s.replicas, 1);
}
void pause_many(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  strike(s, i, d, out, FaultKind::pause, s.replicas, up_to_crashed_max(s, d));
}
void wipe(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  strike(s, i, d, out, FaultKind::wipe, s.disk_faulty, 1);
}

// One machine room: a drawn part of the servers at one moment; where the model allows it, any part.
void power(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  const std::size_t most = s.model.power_loss_of_all ? s.replicas.size() : s.model.crashed_max;
  strike(s, i, d, out, FaultKind::power_loss, s.replicas, 1 + d.below(std::min(most, s.replicas.size())));
}
void power_all(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  strike(s, i, d, out, FaultKind::power_loss, s.replicas, s.replicas.size());
}

// A few servers go one after the other and overlap.
void staggered(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Nodes nodes = some(scene.replicas, up_to_crashed_max(scene, draw), draw);
  SimTime at = incident.at;
  for (NodeId node : nodes) {
    const Duration length = length_of(scene, intensity, at, draw);
    if (length == Duration{}) break;
    incident.faults.push_back(
        fault_on_nodes(draw.below(2) == 0 ? FaultKind::kill : FaultKind::power_loss, at, length, {node}));
    at = at + Duration{draw.between(0, length.ns)};
  }
}

// Every server is restarted in turn, each after the one before is back, as an upgrade does.
void rolling(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  SimTime at = incident.at;
  const Duration gap{draw.between(milliseconds(10).ns, seconds(1).ns)};
  for (NodeId node : shuffled(scene.replicas, draw)) {
    const Duration length = length_of(scene, intensity, at, draw);
    if (length == Duration{}) break;
    Fault fault = fault_on_nodes(FaultKind::kill, at, length, {node});
    fault.label = "rolling restart";
    incident.faults.push_back(std::move(fault));
    at = at + length + gap;
  }
}

constexpr Duration kInterval = seconds(12);
constexpr Duration kShort = milliseconds(50);
constexpr Duration kLong = seconds(6);

constexpr std::array<Nemesis, 9> kNemeses{
    {{"kill", "kill", "kills one server and restarts it", kInterval, kShort, kLong, kill, one_may_crash},
     {"kill-many", "kill", "kills several servers at one moment", kInterval, kShort, kLong, kill_many,
      two_may_crash},
     {"kill-staggered", "kill", "kills or unplugs servers one after the other, overlapping", kInterval,
      kShort, kLong, staggered, one_may_crash},
     {"rolling-restart", "kill", "restarts every server in turn", seconds(25), kShort, seconds(2), rolling,
      one_may_crash},
     {"power-loss", "kill", "cuts the power of some servers: what was not synced is lost or torn", kInterval,
      kShort, kLong, power, power_allowed},
     {"power-loss-all", "kill", "cuts the power of all servers at one moment", seconds(20), kShort, kLong,
      power_all, all_may_lose_power},
     {"pause", "pause", "stops one server's process and lets it go on", kInterval, kShort, kLong, pause,
      one_may_crash},
     {"pause-many", "pause", "stops several servers' processes at one moment", kInterval, kShort, kLong,
      pause_many, two_may_crash},
     {"wipe", "kill", "kills a server and empties its disk", seconds(20), kShort, kLong, wipe, wipe_allowed,
      false}}};

}  // namespace

std::span<const Nemesis> process_nemeses() { return kNemeses; }

}  // namespace wn::faults
