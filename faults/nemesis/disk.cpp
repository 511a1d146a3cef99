// Faults of disks. Those that lose or change what was synced hit only the scene's fixed set of faulty disks
// (as TigerBeetle's ClusterFaultAtlas): a quorum of good copies stays.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool disks_allowed(const Scene& scene) { return !scene.replicas.empty(); }
bool stops_allowed(const Scene& scene) { return scene.model.crashed_max >= 1 && !scene.replicas.empty(); }
bool damage_allowed(const Scene& scene) { return !scene.disk_faulty.empty(); }
bool lies_allowed(const Scene& scene) { return scene.model.sync_lies && !scene.disk_faulty.empty(); }

void on_one(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident, FaultKind kind,
            const Nodes& from, std::int64_t amount) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{}) return;
  incident.faults.push_back(fault_on_nodes(kind, incident.at, length, {one_of(from, draw)}, amount));
}

// A server that cannot write stops itself for good, so somebody restarts it when its disk works again.
void stop_and_restart(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident,
                      FaultKind kind, std::int64_t amount) {
  const NodeId node = one_of(scene.replicas, draw);
  const Duration length = length_of(scene, intensity, incident.at, draw);
  const Duration down = milliseconds(log_uniform(20, 500, draw));
  if (length == Duration{} || incident.at + length + down > scene.end) return;
  incident.faults.push_back(fault_on_nodes(kind, incident.at, length, {node}, amount));
  incident.faults.push_back(fault_on_nodes(FaultKind::kill, incident.at + length, down, {node}));
  incident.faults.back().label = "its disk works again";
}

void error(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  const std::int64_t most = std::max<std::int64_t>(1000, scaled(400'000, i));
  stop_and_restart(s, i, d, out, FaultKind::disk_error, log_uniform(1000, most, d));
}
void full(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  stop_and_restart(s, i, d, out, FaultKind::disk_full, 0);
}
void stall(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  const std::int64_t amount =
      log_uniform(milliseconds(1).ns, std::max(milliseconds(1).ns, scaled(milliseconds(800).ns, i)), d);
  on_one(s, i, d, out, FaultKind::disk_stall, s.replicas, amount / 1000 * 1000);
}
void sync_lie(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  on_one(s, i, d, out, FaultKind::disk_sync_lie, s.disk_faulty, 0);
}

// Rot shows only when the bytes are read again, so most of the time a restart follows.
void bit_rot(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const NodeId node = one_of(scene.disk_faulty, draw);
  incident.faults.push_back(
      fault_on_nodes(FaultKind::disk_bit_rot, incident.at, {}, {node}, draw.between(1, 8)));
  if (scene.model.crashed_max == 0 || draw.below(4) == 0) return;
  const SimTime kill_at = incident.at + milliseconds(draw.between(0, 300));
  const Duration length = length_of(scene, intensity, kill_at, draw);
  if (length == Duration{}) return;
  incident.faults.push_back(fault_on_nodes(FaultKind::kill, kill_at, length, {node}));
}

void misdirect(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const NodeId node = one_of(scene.disk_faulty, draw);
  incident.faults.push_back(fault_on_nodes(FaultKind::disk_misdirect, incident.at, {}, {node}, 1));
  if (scene.model.crashed_max == 0 || draw.below(2) == 0) return;
  // At once, while the writes around it are still under way, or later, when all is acknowledged.
  const SimTime kill_at = incident.at + (draw.below(2) == 0 ? microseconds(log_uniform(100, 50'000, draw))
                                                            : milliseconds(draw.between(50, 1500)));
  const Duration length = length_of(scene, intensity, kill_at, draw);
  if (length == Duration{}) return;
  incident.faults.push_back(fault_on_nodes(FaultKind::kill, kill_at, length, {node}));
}

constexpr Duration kInterval = seconds(15);
constexpr Duration kShort = milliseconds(100);
constexpr Duration kLong = seconds(5);

constexpr std::array<Nemesis, 6> kNemeses{
    {{"disk-error", "disk", "fails a share of a server's disk operations with EIO", kInterval, kShort, kLong,
      error, stops_allowed},
     {"disk-full", "disk", "leaves a server's disk without space", kInterval, kShort, kLong, full,
      stops_allowed},
     {"disk-stall", "disk", "slows a server's disk down", kInterval, kShort, kLong, stall, disks_allowed},
     {"disk-bit-rot", "disk", "flips bits that were synced, and mostly restarts the server", kInterval,
      kShort, seconds(2), bit_rot, damage_allowed},
     {"disk-misdirect", "disk", "lands a write on another sector of the same file", seconds(20), kShort,
      seconds(2), misdirect, damage_allowed},
     {"disk-sync-lie", "disk", "says that writes are synced when they are not", kInterval, kShort, kLong,
      sync_lie, lies_allowed, false}}};

}  // namespace

std::span<const Nemesis> disk_nemeses() { return kNemeses; }

}  // namespace wn::faults
