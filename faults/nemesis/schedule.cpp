// Deviations of the scheduler: one message or one process a little later than the quiet order would have it.
// Keyed by identity, so that each stands for itself when a plan shrinks.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

// About what a link of a light run carries; a number that is never reached is harmless.
constexpr Duration kMessageSpacing = milliseconds(25);

bool always(const Scene& scene) { return scene.replicas.size() >= 2; }

void message(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const Nodes pair = some(scene.replicas, 2, draw);
  Deviation d;
  d.kind = DeviationKind::delay_message;
  d.from = pair[0];
  d.to = pair[1];
  d.message =
      1 +
      draw.below(static_cast<std::uint64_t>(std::max<std::int64_t>(1, scene.end.ns / kMessageSpacing.ns)));
  d.amount = milliseconds(log_uniform(1, 2000, draw));
  incident.deviations.push_back(d);
}

void process(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  Deviation d;
  d.kind = DeviationKind::delay_process;
  d.from = one_of(scene.replicas, draw);
  d.at = incident.at;
  d.amount = milliseconds(log_uniform(1, 400, draw));
  if (d.at + d.amount <= scene.end) incident.deviations.push_back(d);
}

constexpr std::array<Nemesis, 2> kNemeses{
    {{"schedule-message", "schedule", "delays one message", seconds(6), {}, {}, message, always},
     {"schedule-process",
      "schedule",
      "holds one server's events for a moment",
      seconds(6),
      {},
      {},
      process,
      always}}};

}  // namespace

std::span<const Nemesis> schedule_nemeses() { return kNemeses; }

}  // namespace wn::faults
