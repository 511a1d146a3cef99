// Faults of clocks, on servers and clients alike: steps, drift, a clock that stands still, and Jepsen's
// strobe.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool skew_allowed(const Scene& scene) {
  return scene.skew_room >= milliseconds(1) && !scene.replicas.empty();
}
bool drift_allowed(const Scene& scene) {
  return scene.model.clock_drift_ppm_max > 0 && !scene.replicas.empty();
}

std::int64_t drawn_step(const Scene& scene, const Intensity& intensity, Draw& draw) {
  const std::int64_t most = std::max(milliseconds(1).ns, scaled(scene.skew_room.ns, intensity));
  const std::int64_t size = log_uniform(milliseconds(1).ns, std::min(most, scene.skew_room.ns), draw);
  const std::int64_t whole = size - size % milliseconds(1).ns;
  return draw.below(2) == 0 ? whole : -whole;
}

void step(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{}) return;
  const Nodes nodes = some(scene.replicas, 1 + draw.below(2), draw);
  incident.faults.push_back(fault_on_nodes(FaultKind::clock_step, incident.at, length, ascending(nodes),
                                           drawn_step(scene, intensity, draw)));
}

void drift(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{}) return;
  const std::int64_t most = std::min<std::int64_t>(scaled(scene.model.clock_drift_ppm_max, intensity),
                                                   scene.model.clock_drift_ppm_max);
  const std::int64_t size = draw.between((most + 1) / 2, most);
  // One draw a statement: the order in which arguments are evaluated is the compiler's own.
  const NodeId node = one_of(scene.replicas, draw);
  const std::int64_t rate = draw.below(2) == 0 ? size : -size;
  incident.faults.push_back(fault_on_nodes(FaultKind::clock_drift, incident.at, length, {node}, rate));
}

void freeze(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  Intensity shorter = intensity;
  shorter.length_max = std::min(shorter.length_max, scene.skew_room);
  shorter.length_min = std::min(shorter.length_min, shorter.length_max);
  const Duration length = length_of(scene, shorter, incident.at, draw);
  if (length == Duration{}) return;
  incident.faults.push_back(
      fault_on_nodes(FaultKind::clock_freeze, incident.at, length, {one_of(scene.replicas, draw)}));
}

// The clock jumps there and back many times in a short while.
void strobe(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident) {
  constexpr std::int64_t kStepsMax = 12;
  const NodeId node = one_of(scene.replicas, draw);
  const std::int64_t size = drawn_step(scene, intensity, draw);
  const Duration half{log_uniform(milliseconds(5).ns, milliseconds(200).ns, draw) / 1000 * 1000};
  const std::int64_t steps = draw.between(3, kStepsMax);
  if (incident.at + half * (2 * steps) > scene.end) return;
  for (std::int64_t i = 0; i < steps; ++i) {
    Fault fault = fault_on_nodes(FaultKind::clock_step, incident.at + half * (2 * i), half, {node},
                                 i % 2 == 0 ? size : -size);
    fault.label = "strobe";
    incident.faults.push_back(std::move(fault));
  }
}

constexpr Duration kInterval = seconds(12);

constexpr std::array<Nemesis, 4> kNemeses{
    {{"clock-step", "clock", "steps the wall clock of a server or two", kInterval, milliseconds(200),
      seconds(10), step, skew_allowed},
     {"clock-drift", "clock", "makes the clocks of a server fast or slow", kInterval, milliseconds(500),
      seconds(15), drift, drift_allowed},
     {"clock-freeze", "clock", "stops the wall clock of a server", kInterval, milliseconds(10), seconds(5),
      freeze, skew_allowed},
     {"clock-strobe",
      "clock",
      "steps the wall clock there and back, quickly, many times",
      kInterval,
      {},
      {},
      strobe,
      skew_allowed}}};

}  // namespace

std::span<const Nemesis> clock_nemeses() { return kNemeses; }

}  // namespace wn::faults
