// Deviations of the scheduler: one message or one process a little later than the quiet order would have it.
// Keyed by identity, so that each stands for itself when a plan shrinks.
#include <algorithm>
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

// Types of frames (Network::send) that servers exchange. One that never comes is harmless.
constexpr std::array<std::uint32_t, 11> kRaftTypes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
constexpr std::array<std::uint32_t, 18> kRealmTypes{42, 43, 44, 45, 48, 49, 50, 51, 52,
                                                    53, 54, 55, 56, 57, 58, 64, 65, 72};
constexpr std::int64_t kLateInRow = 4;
constexpr Duration kOperationSpread = seconds(1);

Deviation late(NodeId from, NodeId to, std::uint64_t message, Duration amount) {
  Deviation d;
  d.kind = DeviationKind::delay_message;
  d.from = from;
  d.to = to;
  d.message = message;
  d.amount = amount;
  return d;
}

// A few messages in a row of one type, on one link: an acknowledgement, a vote, a heartbeat that comes when
// what it says is no longer so.
void by_type(const Scene& scene, Draw& draw, Incident& incident) {
  const std::span<const std::uint32_t> types =
      scene.service == Service::realm ? std::span<const std::uint32_t>(kRealmTypes) : kRaftTypes;
  const Nodes pair = some(scene.replicas, 2, draw);
  const std::uint32_t type = types[draw.below(types.size())];
  const std::int64_t about = std::max<std::int64_t>(1, scene.end.ns / kMessageSpacing.ns);
  const std::int64_t first = log_uniform(1, about, draw);
  const std::int64_t count = log_uniform(1, kLateInRow, draw);
  const Duration amount = milliseconds(log_uniform(1, 2000, draw));
  for (std::int64_t i = 0; i < count; ++i) {
    Deviation d = late(pair[0], pair[1], static_cast<std::uint64_t>(first + i), amount);
    d.message_type = type;
    incident.deviations.push_back(d);
  }
}

// An attempt at an operation that is invoked about now is late at one server: the client has asked another.
void by_operation(const Scene& scene, Draw& draw, Incident& incident) {
  const SimTime at = incident.at + Duration{draw.between(0, kOperationSpread.ns)};
  auto operation = std::ranges::lower_bound(scene.operations, at, {}, &Operation::at);
  if (operation == scene.operations.end()) --operation;
  const NodeId to = one_of(scene.servers, draw);
  const std::int64_t attempt = log_uniform(1, 2, draw);
  Deviation d = late(operation->process, to, static_cast<std::uint64_t>(attempt),
                     milliseconds(log_uniform(1, 2000, draw)));
  d.operation = operation->id;
  incident.deviations.push_back(d);
}

void meaning(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const bool of_client = draw.below(2) == 0 && !scene.operations.empty() && !scene.servers.empty();
  if (of_client) return by_operation(scene, draw, incident);
  by_type(scene, draw, incident);
}

// About how often a server of a realm activates an actor.
constexpr Duration kActivationSpacing = milliseconds(10);
constexpr std::int64_t kChoicesInRow = 8;
constexpr std::uint64_t kChoices = 16;

bool has_actors(const Scene& scene) { return scene.service == Service::realm && !scene.replicas.empty(); }

// A few activations in a row take another actor than the order of the plan would have.
void actors(const Scene& scene, const Intensity&, Draw& draw, Incident& incident) {
  const NodeId node = one_of(scene.replicas, draw);
  const std::int64_t about = std::max<std::int64_t>(1, 2 * incident.at.ns / kActivationSpacing.ns);
  const std::uint64_t first = 1 + draw.below(static_cast<std::uint64_t>(about));
  const std::int64_t count = log_uniform(1, kChoicesInRow, draw);
  for (std::int64_t i = 0; i < count; ++i) {
    Deviation d;
    d.kind = DeviationKind::reorder_actors;
    d.from = node;
    d.message = first + static_cast<std::uint64_t>(i);
    d.choice = static_cast<std::uint32_t>(1 + draw.below(kChoices - 1));
    incident.deviations.push_back(d);
  }
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

std::span<const Nemesis> meaning_nemeses() {
  static constexpr std::array<Nemesis, 1> kMeaning{
      {{"schedule-meaning",
        "schedule",
        "delays messages by what they are: of one type, or about one operation",
        seconds(12),
        {},
        {},
        meaning,
        always}}};
  return kMeaning;
}

std::span<const Nemesis> actor_nemeses() {
  static constexpr std::array<Nemesis, 1> kActors{{{"schedule-actors",
                                                    "schedule",
                                                    "has a server activate its actors in another order",
                                                    seconds(4),
                                                    {},
                                                    {},
                                                    actors,
                                                    has_actors}}};
  return kActors;
}

}  // namespace wn::faults
