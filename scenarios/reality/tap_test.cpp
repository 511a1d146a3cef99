// What a tap tells is what the simulator tells.
#include "scenarios/reality/tap.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "scenarios/reality/model_rules.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/runner/system.h"
#include "sim/world/world.h"

namespace wn::reality {
namespace {

class Kept final : public sim::TraceSink {
 public:
  void on_event(const TraceEvent& event) override { events.push_back(event); }
  std::vector<TraceEvent> events;
};

// Everything that a node does is told twice, by the world and by the tap: here the tap's half. Messages tell
// themselves by their number; of the others the tap's comes right behind, or (submissions) right before.
TEST_CASE("a tapped run tells each message, timer and disk operation as the world does, and breaks no rule") {
  const auto scenario = scenarios::parse_scenario(
      "duration = \"6s\"\nfreeze = \"2s\"\n[topology]\nservers = 3\nclients = 3\n[fault_model]\ncrashed_max "
      "= 1\n"
      "[[workload]]\nkind = \"kv\"\nrate = 10\n[swarm]\nkinds = [\"kill\", \"packet-loss\"]\ninterval = "
      "\"1s\"\n",
      "tap");
  REQUIRE(scenario.has_value());
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const faults::Plan plan = scenarios::make_plan(*scenario, seed);
    Kept kept;
    sim::World world(plan, tapped(scenarios::make_system(plan, nullptr)), &kept);
    world.run_until(SimTime{plan.duration.ns});
    std::vector<TraceEvent> told, of_world;
    for (const TraceEvent& e : kept.events) {
      const bool message = e.kind == TraceKind::message_sent || e.kind == TraceKind::message_delivered;
      const bool by_tap = message && e.field[1] == 0;
      if (by_tap || (!message && e.kind != TraceKind::message_dropped)) told.push_back(e);
      if (message && !by_tap) of_world.push_back(e);
    }
    // The same messages, in the same order, but for their numbers.
    std::vector<TraceEvent> messages;
    std::ranges::copy_if(told, std::back_inserter(messages), [](const TraceEvent& e) {
      return e.kind == TraceKind::message_sent || e.kind == TraceKind::message_delivered;
    });
    REQUIRE(messages.size() == of_world.size());
    for (TraceEvent& e : of_world) e.field[1] = 0;
    CHECK(messages == of_world);
    // Timers and disks: two of each, equal.
    std::vector<TraceEvent> rest;
    for (const TraceKind kind :
         {TraceKind::timer_fired, TraceKind::disk_submitted, TraceKind::disk_completed}) {
      rest.clear();
      std::ranges::copy_if(kept.events, std::back_inserter(rest),
                           [&](const TraceEvent& e) { return e.kind == kind; });
      REQUIRE(!rest.empty());
      REQUIRE(rest.size() % 2 == 0);
      for (std::size_t i = 0; i < rest.size(); i += 2) CHECK(rest[i] == rest[i + 1]);
    }
    // One of each is a trace that a real run could leave.
    std::vector<TraceEvent> once;
    std::size_t twice = 0;
    for (const TraceEvent& e : told) {
      const bool doubled = e.kind == TraceKind::timer_fired || e.kind == TraceKind::disk_submitted ||
                           e.kind == TraceKind::disk_completed || e.kind == TraceKind::control_delivered;
      if (!doubled || ++twice % 2 == 1) once.push_back(e);
    }
    const auto found = first_impossible(plan, once, {.real = true});
    INFO("seed " << seed << ": " << (found ? found->to_string() : ""));
    CHECK_FALSE(found.has_value());
  }
}

}  // namespace
}  // namespace wn::reality
