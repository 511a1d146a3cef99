#include "faults/nemesis/swarm.h"

#include <algorithm>

#include "faults/nemesis/budget.h"
#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

constexpr std::int64_t kBurst = 4;  // times the ordinary rate
constexpr std::size_t kPhasesMax = 4096;

// The rhythm of one seed: from a moment on, incidents come at `rate` times the ordinary pace.
struct Phase {
  SimTime from;
  std::int64_t rate = 1;
};

std::vector<Phase> phases_of(const Random& random, SimTime end, bool vary) {
  std::vector<Phase> phases;
  SimTime at;
  while (vary && at < end && phases.size() < kPhasesMax) {
    Draw draw = random.at("swarm.phase", 0, phases.size());
    constexpr std::int64_t kRates[4] = {0, 1, 1, kBurst};
    phases.push_back({at, kRates[draw.below(4)]});
    at = at + milliseconds(500) + Duration{draw.exponential(seconds(6).ns)};
  }
  if (phases.empty()) phases.push_back({{}, 1});
  return phases;
}

std::int64_t rate_at(const std::vector<Phase>& phases, SimTime at) {
  const auto after = std::upper_bound(phases.begin(), phases.end(), at,
                                      [](SimTime t, const Phase& p) { return t < p.from; });
  return after == phases.begin() ? 1 : std::prev(after)->rate;
}

// One nemesis as this seed has it.
struct Enabled {
  std::size_t number = 0;  // in nemeses(): the key of its draws
  const Nemesis* nemesis = nullptr;
  Intensity intensity;
  Duration interval;
};

Duration or_default(Duration chosen, Duration otherwise) { return chosen == Duration{} ? otherwise : chosen; }

Enabled enable(std::size_t number, const Nemesis& nemesis, const NemesisChoice& choice, const Random& random,
               bool vary) {
  Enabled e{.number = number,
            .nemesis = &nemesis,
            .intensity = {},
            .interval = or_default(choice.interval, nemesis.interval)};
  e.intensity.length_min = or_default(choice.length_min, nemesis.length_min);
  e.intensity.length_max =
      std::max(e.intensity.length_min, or_default(choice.length_max, nemesis.length_max));
  e.intensity.strength_ppm = choice.strength_ppm == 0 ? 500'000 : choice.strength_ppm;
  if (!vary) return e;
  Draw draw = random.at("swarm.intensity", static_cast<std::uint32_t>(number));
  // Half to four times the mean time between incidents; a fifth to the whole of the strength and length.
  e.interval = Duration{log_uniform(e.interval.ns / 2, e.interval.ns * 4, draw)};
  e.intensity.strength_ppm =
      static_cast<std::uint32_t>(draw.between(e.intensity.strength_ppm / 5, e.intensity.strength_ppm));
  const Duration longest = e.intensity.length_max;
  e.intensity.length_max =
      std::max(e.intensity.length_min, Duration{draw.between(longest.ns / 5, longest.ns)});
  return e;
}

bool names(const NemesisChoice& choice, const Nemesis& nemesis) {
  return choice.kind == nemesis.name ||
         (choice.kind == nemesis.family && (nemesis.stock || nemesis.family == "unhealed"));
}

// Each nemesis tosses its own coin. When all of them fall the other way one is drawn, so that no seed is
// idle.
std::vector<Enabled> draw_subset(const Scene& scene, const SwarmOptions& options, const Random& random) {
  std::vector<Enabled> drawn;
  std::vector<Enabled> possible;
  const auto all = nemeses();
  for (std::size_t i = 0; i < all.size(); ++i) {
    // The last line of a scenario that names a nemesis decides on it.
    const NemesisChoice* choice = nullptr;
    for (const NemesisChoice& c : options.choices) {
      if (names(c, all[i])) choice = &c;
    }
    if (choice == nullptr || choice->weight_ppm == 0 || !all[i].allowed(scene)) continue;
    const Enabled e = enable(i, all[i], *choice, random, options.vary);
    possible.push_back(e);
    if (random.at("swarm.enable", static_cast<std::uint32_t>(i)).chance_ppm(choice->weight_ppm))
      drawn.push_back(e);
  }
  if (drawn.empty() && !possible.empty()) {
    drawn.push_back(possible[random.at("swarm.enable_one").below(possible.size())]);
  }
  return drawn;
}

struct Candidate {
  std::size_t number = 0;
  std::uint64_t arrival = 0;
  Incident incident;
};

// Arrivals at the burst rate, thinned to the rate of the phase that they fall in.
void arrivals_of(const Enabled& e, const Scene& scene, const SwarmOptions& options,
                 const std::vector<Phase>& phases, const Random& random, std::vector<Candidate>& out) {
  const std::int64_t fastest = options.vary ? kBurst : 1;
  const std::int64_t mean = std::max<std::int64_t>(e.interval.ns / fastest, milliseconds(1).ns);
  const Random own = random.child("swarm.nemesis", static_cast<std::uint32_t>(e.number));
  SimTime at = options.start;
  for (std::uint64_t arrival = 0; arrival < options.incidents_max; ++arrival) {
    Draw draw = own.at("swarm.arrival", 0, arrival);
    at = at + Duration{1 + draw.exponential(mean)};
    at.ns -= at.ns % milliseconds(1).ns;
    if (at >= scene.end) return;
    if (static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(fastest))) >= rate_at(phases, at))
      continue;
    Candidate c{
        .number = e.number, .arrival = arrival, .incident = {.at = at, .faults = {}, .deviations = {}}};
    Draw shape = own.at("swarm.incident", 0, arrival);
    e.nemesis->propose(scene, e.intensity, shape, c.incident);
    if (!c.incident.faults.empty() || !c.incident.deviations.empty()) out.push_back(std::move(c));
  }
}

}  // namespace

void generate_faults(Plan& plan, const SwarmOptions& options) {
  const Random random = Random(plan.seed).child("nemesis");
  const Scene scene = scene_of(plan, random);
  const std::vector<Phase> phases = phases_of(random, scene.end, options.vary);
  std::vector<Candidate> candidates;
  for (const Enabled& e : draw_subset(scene, options, random)) {
    arrivals_of(e, scene, options, phases, random, candidates);
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.incident.at != b.incident.at) return a.incident.at < b.incident.at;
    return a.number != b.number ? a.number < b.number : a.arrival < b.arrival;
  });
  Budget budget(plan);
  std::uint32_t incidents = 0;
  for (Candidate& c : candidates) {
    if (incidents >= options.incidents_max) break;
    if (!budget.admit(scene, c.incident)) continue;
    ++incidents;
    for (Fault& f : c.incident.faults) plan.faults.push_back(std::move(f));
    for (Deviation& d : c.incident.deviations) plan.deviations.push_back(d);
  }
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  std::uint32_t id = 0;
  for (Fault& f : plan.faults) f.id = ++id;
  id = 0;
  for (Deviation& d : plan.deviations) d.id = ++id;
}

}  // namespace wn::faults
