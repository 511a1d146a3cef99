#include "faults/live/hurt.h"

#include <catch2/catch_test_macros.hpp>

#include "faults/live/clock_map.h"
#include "faults/live/testing/hurt_world.h"

namespace wn::live {
namespace {

using namespace testing;
using faults::FaultKind;

TEST_CASE("clock: the shown clock never goes back, and its inverse is exact") {
  for (std::uint64_t key = 0; key < 300; ++key) {
    Draw draw = Random(key).at("test.clock");
    Instant outer{static_cast<std::int64_t>(draw.below(1'000'000'000'000))};
    ClockMap map(outer, {}, static_cast<std::int32_t>(draw.between(-900'000, 900'000)));
    CHECK(map.shown(outer) == outer);
    for (int step = 0; step < 50; ++step) {
      const Instant before = map.shown(outer);
      if (draw.below(3) == 0)
        map.set_drift(outer, static_cast<std::int32_t>(draw.between(-900'000, 900'000)));
      REQUIRE(map.shown(outer) == before);
      const Instant deadline = before + Duration{static_cast<std::int64_t>(draw.below(5'000'000'000))};
      const Instant fires = map.outer_at(deadline);
      REQUIRE(map.shown(fires) >= deadline);
      if (fires > outer) REQUIRE(map.shown(fires - Duration{1}) < deadline);
      outer = outer + Duration{static_cast<std::int64_t>(draw.below(1'000'000'000))};
      REQUIRE(map.shown(outer) >= before);
    }
  }
  ClockMap map(Instant{5}, {}, 0);
  CHECK(map.outer_at(Instant::max()) == Instant::max());
  CHECK(map.outer_at(Instant{-7}) == Instant{5});
}

struct Watcher {
  explicit Watcher(HurtOptions options = {}) : world(quiet_plan(1), {{1, &script}}, options) {
    script.start = [this](Script::Self& self) { backend = &self.backend; };
    script.timer = [this](Script::Self& self, std::uint32_t slot) {
      fired.push_back(slot);
      shown.push_back(self.backend.clock.monotonic_now());
    };
    script.control = [this](Script::Self&, const Bytes&) { ++controls; };
    world.until(milliseconds(100));
  }
  Script script;
  Backend* backend = nullptr;
  std::vector<std::uint32_t> fired;
  std::vector<Instant> shown;
  int controls = 0;
  HurtWorld world;
};

TEST_CASE("clock: a step moves the wall clock alone and is undone; a freeze ends as if it had not been") {
  Watcher w({.wall_offset = seconds(7)});
  const auto wall = [&] { return w.backend->clock.wall_now(); };
  const auto monotonic = [&] { return w.backend->clock.monotonic_now(); };
  const WallTime wall_before = wall();
  const Instant before = monotonic();
  CHECK(w.world.at_node(1).begin(fault_at(1, FaultKind::clock_step, 1, seconds(-3).ns)) == Errc::ok);
  CHECK(wall() == wall_before - seconds(3));
  CHECK(monotonic() == before);
  CHECK(w.world.at_node(1).begin(fault_at(2, FaultKind::clock_freeze, 1)) == Errc::ok);
  w.world.until(milliseconds(600));
  CHECK(wall() == wall_before - seconds(3));
  CHECK(monotonic() == before + milliseconds(500));
  w.world.at_node(1).end(1);
  CHECK(wall() == wall_before);
  w.world.at_node(1).end(2);
  CHECK(wall() == wall_before + milliseconds(500));
}

TEST_CASE("clock: timers keep to the drifting clock, also when the rate changes under them") {
  Watcher w;
  Clock& clock = w.backend->clock;
  const Instant begun = clock.monotonic_now();
  clock.arm(0, begun + seconds(1));
  clock.arm(1, begun + seconds(2));
  clock.arm(2, begun + seconds(3));
  clock.disarm(2);
  CHECK(w.world.at_node(1).begin(fault_at(1, FaultKind::clock_drift, 1, -500'000)) == Errc::ok);
  w.world.until(milliseconds(100) + milliseconds(1999));
  CHECK(w.fired.empty());  // half as fast
  w.world.until(milliseconds(100) + milliseconds(2000) + Duration{1});
  REQUIRE(w.fired == std::vector<std::uint32_t>{0});
  CHECK(w.shown[0] == begun + seconds(1));
  w.world.at_node(1).end(1);
  w.world.until(milliseconds(100) + milliseconds(3000) + Duration{3});
  CHECK(w.fired == std::vector<std::uint32_t>{0, 1});
  CHECK(w.shown[1] == begun + seconds(2));
}

TEST_CASE("clock: the slot that is Hurt's as well is the inner process's like any other") {
  Watcher w;
  Clock& clock = w.backend->clock;
  const Instant begun = clock.monotonic_now();
  clock.arm(kHurtSlot, begun + seconds(1));
  CHECK(w.world.at_node(1).begin(fault_at(1, FaultKind::clock_drift, 1, -500'000)) == Errc::ok);
  w.world.until(milliseconds(100) + milliseconds(1999));
  CHECK(w.fired.empty());
  w.world.until(milliseconds(100) + milliseconds(2001));
  REQUIRE(w.fired == std::vector<std::uint32_t>{kHurtSlot});
  CHECK(w.shown[0] >= begun + seconds(1));
  clock.arm(kHurtSlot, clock.monotonic_now() + milliseconds(10));
  clock.disarm(kHurtSlot);
  w.world.until(seconds(4));
  CHECK(w.fired.size() == 1);
}

TEST_CASE("hurt: faults end once, and those of others do nothing") {
  Watcher w;
  Hurt& hurt = w.world.at_node(1);
  const WallTime before = w.backend->clock.wall_now();
  CHECK(hurt.begin(fault_at(1, FaultKind::clock_step, 2, seconds(1).ns)) == Errc::ok);
  CHECK(w.backend->clock.wall_now() == before);
  hurt.end(1);
  hurt.end(1);
  hurt.end(99);
  CHECK(w.backend->clock.wall_now() == before);
  for (const FaultKind kind : {FaultKind::kill, FaultKind::pause, FaultKind::wipe, FaultKind::power_loss,
                               FaultKind::membership, FaultKind::byzantine_forge})
    CHECK(hurt.begin(fault_at(2, kind, 1)) == Errc::unsupported);
}

TEST_CASE("hurt: after a power loss the process hears and says nothing") {
  Watcher w;
  bool over = false;
  w.backend->clock.arm(0, w.backend->clock.monotonic_now() + milliseconds(50));
  w.world.at_node(1).lose_power([&] { over = true; });
  w.world.until(seconds(1));
  CHECK(over);
  CHECK(w.fired.empty());
  w.world.at_node(1).on_control(text("x"));
  CHECK(w.controls == 0);
  CHECK(w.backend->network.send(NodeId{2}, text("x"), 1) == Errc::ok);
}

}  // namespace
}  // namespace wn::live
