#include "scenarios/runner/randomise.h"

#include <algorithm>

#include "faults/plan/fault_points.h"
#include "runtime/base/random.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kOnlyMax = 256;

bool is_meant(const FaultPointsSpec& spec, std::string_view point) {
  const std::string_view room = point.substr(0, point.find('.'));
  return spec.only.empty() || std::ranges::any_of(spec.only, [&](const std::string& name) {
           return name == point || name == room;
         });
}

// Draws one knob that the scenario has left to the runtime's default. Each by its own key: a knob more moves
// no other's dice. Small values are as likely as large ones: the exponent is drawn, not the value.
class Knobs {
 public:
  Knobs(const RandomiseSpec& spec, const Random& random) : spec_(spec), random_(random) {}

  template <class T>
  void whole(std::string_view name, T& knob, std::uint64_t low, std::uint64_t high) const {
    Draw draw = random_.at(Purpose::named(name));
    if (!draw.chance_ppm(spec_.knobs_ppm) || knob != T{}) return;
    std::uint64_t most = low;
    for (std::uint64_t doublings = draw.below(64); doublings > 0 && most < high; --doublings) most *= 2;
    const auto value = draw.between(static_cast<std::int64_t>(low),
                                    static_cast<std::int64_t>(std::min(std::max(most, low), high)));
    knob = static_cast<T>(value);
  }
  void time(std::string_view name, Duration& knob, Duration low, Duration high) const {
    Draw draw = random_.at(Purpose::named(name));
    if (!draw.chance_ppm(spec_.knobs_ppm) || knob != Duration{}) return;
    knob = milliseconds(draw.between(low.ns / 1'000'000, high.ns / 1'000'000));
  }
  bool takes(std::string_view name) const {
    return random_.at(Purpose::named(name), 1).chance_ppm(spec_.knobs_ppm);
  }
  Draw draw(std::string_view name) const { return random_.at(Purpose::named(name)); }

 private:
  const RandomiseSpec& spec_;
  Random random_;
};

// The three belong together: a heartbeat is at most a third of the shortest election timeout.
void draw_timeouts(const Knobs& knobs, faults::SystemPlan& system) {
  const bool own = system.election_timeout_min == Duration{} && system.heartbeat_interval == Duration{};
  if (!own || !knobs.takes("knob.timeouts")) return;
  Draw draw = knobs.draw("knob.timeouts");
  const std::int64_t least = draw.between(120, 600);
  system.election_timeout_min = milliseconds(least);
  system.election_timeout_max = milliseconds(least + draw.between(1, least * 2));
  system.heartbeat_interval = milliseconds(draw.between(10, least / 3));
}

void draw_realm(const Knobs& knobs, faults::SystemPlan& system) {
  knobs.time("knob.gossip_interval", system.gossip_interval, milliseconds(30), milliseconds(400));
  knobs.whole("knob.compact_every_updates", system.compact_every_updates, 8, 4000);
  knobs.whole("knob.mailbox_messages", system.mailbox_messages, 2, 64);
  if (system.actor_order == faults::ActorOrder::fifo && knobs.takes("knob.actor_order")) {
    system.actor_order = static_cast<faults::ActorOrder>(1 + knobs.draw("knob.actor_order").below(4));
  }
  if (system.mailbox_full == faults::MailboxFull::refuse && knobs.takes("knob.mailbox_full")) {
    system.mailbox_full = static_cast<faults::MailboxFull>(1 + knobs.draw("knob.mailbox_full").below(3));
  }
  // A cache of a few entries forgets all the time.
  constexpr std::string_view kCache = "capability_cache_entries";
  if (std::ranges::find(system.limits, kCache, &faults::LimitPlan::name) == system.limits.end() &&
      knobs.takes("knob.cache")) {
    system.limits.push_back(
        {std::string(kCache), std::uint64_t{1} << knobs.draw("knob.cache").between(4, 8)});
    std::ranges::sort(system.limits, {}, &faults::LimitPlan::name);
  }
}

}  // namespace

void read_fault_points(config::TomlTable t, FaultPointsSpec& out) {
  out.on = t.present();
  t.scaled("seeds", out.seeds_ppm, 0.0, 1.0, 1e6, "a share of the seeds, 0 to 1");
  t.scaled("active", out.active_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  t.scaled("rate", out.rate_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  t.words("only", out.only, kOnlyMax);
  for (std::size_t i = 0; i < out.only.size(); ++i) {
    FaultPointsSpec one;
    one.only = {out.only[i]};
    if (std::ranges::none_of(faults::all_fault_points(),
                             [&](const faults::FaultPointInfo& p) { return is_meant(one, p.name); })) {
      t.complain_at("only", i, "\"" + out.only[i] + "\" is no fault point and no room that has some");
    }
  }
  t.done();
}

void read_randomise(config::TomlTable t, RandomiseSpec& out) {
  out.on = t.present();
  t.scaled("seeds", out.seeds_ppm, 0.0, 1.0, 1e6, "a share of the seeds, 0 to 1");
  t.scaled("knobs", out.knobs_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  t.done();
}

void draw_fault_points(const FaultPointsSpec& spec, faults::Plan& plan) {
  const Random random = Random(plan.seed).child("fault.points");
  if (!spec.on || !random.at("seed").chance_ppm(spec.seeds_ppm)) return;
  for (const faults::FaultPointInfo& point : faults::all_fault_points()) {
    Draw draw = random.at("point", point.id);
    if (!is_meant(spec, point.name) || !draw.chance_ppm(spec.active_ppm)) continue;
    const std::uint32_t rate = spec.rate_ppm >> (3 * draw.below(3));
    plan.fault_points.push_back({std::string(point.name), rate});
  }
}

void draw_knobs(const RandomiseSpec& spec, faults::Plan& plan) {
  const Random random = Random(plan.seed).child("randomise");
  if (!spec.on || !random.at("seed").chance_ppm(spec.seeds_ppm)) return;
  const Knobs knobs(spec, random);
  faults::SystemPlan& system = plan.system;
  const bool realm = system.service == faults::Service::realm;
  if (!realm || system.groups > 0) draw_timeouts(knobs, system);
  if (realm) return draw_realm(knobs, system);
  knobs.whole("knob.snapshot_every_entries", system.snapshot_every_entries, 10, 4000);
  knobs.whole("knob.snapshot_chunk_bytes", system.snapshot_chunk_bytes, 64, 65'536);
  knobs.whole("knob.append_entries_max", system.append_entries_max, 1, 1024);
  knobs.whole("knob.inflight_messages_max", system.inflight_messages_max, 1, 64);
}

}  // namespace wn::scenarios
