#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "sim/clock/node_clock.h"
#include "sim/world/test_world.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;
using faults::FaultKind;

TEST_CASE("clock: the inverse is exact: a deadline is met at the first nanosecond that shows it") {
  const Random random(3);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("clock", 0, i);
    NodeClock clock({}, static_cast<std::int32_t>(draw.between(-kDriftPpmMax, kDriftPpmMax)));
    const SimTime boot{draw.between(0, 1'000'000'000)};
    clock.boot(boot);
    const std::int64_t reach =
        i % 2 == 0 ? 1'000'000 : 100'000'000'000'000'000;  // beyond the narrow path, too
    const Instant deadline{draw.between(1, reach)};
    const SimTime due = clock.when_monotonic(deadline);
    REQUIRE(clock.monotonic(due) >= deadline);
    REQUIRE(clock.monotonic({due.ns - 1}) < deadline);
  }
}

TEST_CASE("clock: monotonic never goes backwards and does not jump when the drift changes") {
  const Random random(4);
  for (std::uint64_t run = 0; run < 50; ++run) {
    NodeClock clock(seconds(5), 100);
    SimTime now{};
    Instant last = clock.monotonic(now);
    for (std::uint64_t i = 0; i < 200; ++i) {
      Draw draw = random.at("drift", static_cast<std::uint32_t>(run), i);
      now = now + Duration{draw.between(0, 10'000'000)};
      const Instant before = clock.monotonic(now);
      REQUIRE(before >= last);
      if (draw.below(2) == 0)
        clock.set_drift(now, static_cast<std::int32_t>(draw.between(-500'000, 500'000)));
      if (draw.below(4) == 0) clock.step_wall(Duration{draw.between(-1'000'000'000, 1'000'000'000)});
      REQUIRE(clock.monotonic(now) == before);
      last = before;
    }
  }
}

TEST_CASE("clock: ten thousand seconds at +100 ppm are one second ahead") {
  NodeClock clock({}, 100);
  CHECK(clock.monotonic(at(seconds(10'000))) == Instant{} + seconds(10'001));
  CHECK(clock.wall(at(seconds(10'000))) == kWallEpoch + seconds(10'001));
}

TEST_CASE("clock: a frozen wall clock stands still, takes steps, and shows the right time when thawed") {
  NodeClock clock(seconds(1), 0);
  clock.set_frozen(at(seconds(10)), true);
  CHECK(clock.wall(at(seconds(20))) == kWallEpoch + seconds(11));
  clock.step_wall(seconds(3));
  CHECK(clock.wall(at(seconds(20))) == kWallEpoch + seconds(14));
  CHECK(clock.monotonic(at(seconds(20))) == Instant{} + seconds(20));
  clock.set_frozen(at(seconds(20)), false);
  CHECK(clock.wall(at(seconds(20))) == kWallEpoch + seconds(24));
}

TEST_CASE("clock: a drifting clock's timer never fires early on its own clock, even as the drift changes") {
  faults::Plan plan = quiet_plan(2);
  plan.nodes[0].drift_ppm = -200'000;
  add_fault(plan, FaultKind::clock_drift, seconds(1), seconds(2), {1}, 500'000);
  add_fault(plan, FaultKind::clock_drift, seconds(2), seconds(4), {1, 2}, -400'000);
  Script script;
  std::vector<Instant> fired;
  script.start = [](Script::Self& self) { self.backend.clock.arm(0, Instant{} + milliseconds(7)); };
  Instant armed[3];
  armed[1] = armed[2] = Instant{} + milliseconds(7);
  script.timer = [&](Script::Self& self, std::uint32_t) {
    Instant& deadline = armed[self.id.value];
    const Instant now = self.backend.clock.monotonic_now();
    CHECK(now >= deadline);
    CHECK(now - deadline < nanoseconds(2));  // nor late: at the first tick that shows the deadline
    deadline = now + milliseconds(7);
    self.backend.clock.arm(0, deadline);
    if (self.id == NodeId{1}) fired.push_back(now);
  };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(10)));
  // 0.8*1 + 1.5*1 + 0.6*4 + 0.8*4 = 7.9 local seconds.
  CHECK(fired.size() == 7900 / 7);
}

TEST_CASE(
    "clock: arming moves a timer both ways, disarming silences it, the past fires at once but not inside") {
  const faults::Plan plan = quiet_plan(1);
  Script script;
  std::vector<std::pair<std::uint32_t, std::int64_t>> fired;
  bool inside = false;
  script.start = [&](Script::Self& self) {
    Clock& clock = self.backend.clock;
    inside = true;
    clock.arm(0, Instant{} + seconds(5));
    clock.arm(0, Instant{} + seconds(2));  // earlier
    clock.arm(1, Instant{} + seconds(1));
    clock.arm(1, Instant{} + seconds(3));  // later
    clock.arm(2, Instant{} + seconds(1));
    clock.disarm(2);
    clock.arm(3, {-5});
    clock.arm(4, Instant::max());
    inside = false;
  };
  script.timer = [&](Script::Self& self, std::uint32_t slot) {
    CHECK_FALSE(inside);
    fired.emplace_back(slot, self.backend.clock.monotonic_now().ns / 1'000'000'000);
  };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(20)));
  CHECK(fired == std::vector<std::pair<std::uint32_t, std::int64_t>>{{3, 0}, {0, 2}, {1, 3}});
}

TEST_CASE("clock: monotonic starts anew at boot, the wall clock goes on, timers die with the process") {
  faults::Plan plan = quiet_plan(1);
  plan.nodes[0].wall_offset = milliseconds(-250);
  add_fault(plan, FaultKind::kill, seconds(10), seconds(5), {1});
  Script script;
  std::vector<Instant> boots;
  std::vector<WallTime> walls;
  int fired = 0;
  script.start = [&](Script::Self& self) {
    boots.push_back(self.backend.clock.monotonic_now());
    walls.push_back(self.backend.clock.wall_now());
    if (boots.size() == 1) self.backend.clock.arm(0, Instant{} + seconds(12));
  };
  script.timer = [&](Script::Self&, std::uint32_t) { ++fired; };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(40)));
  CHECK(boots == std::vector<Instant>{{}, {}});
  CHECK(walls[1] == kWallEpoch + milliseconds(15'000 - 250));
  CHECK(fired == 0);
}

TEST_CASE("clock: overlapping steps compose and each is undone by itself") {
  faults::Plan plan = quiet_plan(1);
  add_fault(plan, FaultKind::clock_step, seconds(1), seconds(4), {1}, seconds(100).ns);
  add_fault(plan, FaultKind::clock_step, seconds(2), seconds(1), {1}, seconds(-10).ns);
  Script script;
  std::vector<std::int64_t> offsets;
  script.start = [](Script::Self& self) { self.backend.clock.arm(0, Instant{} + milliseconds(500)); };
  script.timer = [&](Script::Self& self, std::uint32_t) {
    offsets.push_back((self.backend.clock.wall_now() - kWallEpoch).ns / 1'000'000'000 -
                      self.backend.clock.monotonic_now().ns / 1'000'000'000);
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + seconds(1));
  };
  TraceRecorder trace(1000);
  World world(plan, factory_of(script), &trace);
  world.run_until(at(seconds(7)));
  CHECK(offsets == std::vector<std::int64_t>{0, 100, 90, 100, 100, 0, 0});
  CHECK(count(trace, TraceKind::clock_changed, NodeId{1}) == 4);
}
