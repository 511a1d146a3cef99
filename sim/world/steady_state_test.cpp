// Once warm, the world allocates nothing: this program counts every call of operator new.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/testing/heap_counter.h"
#include "sim/world/test_world.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;

TEST_CASE("world: frames, timers and trace digests of a warm world allocate nothing") {
  faults::Plan plan = quiet_plan(5);
  plan.network.latency_mean = milliseconds(3);
  plan.network.duplicate_ppm = 10'000;
  plan.network.loss_ppm = 10'000;
  const Bytes frame = text("the same frame again and again");
  Script script;
  script.start = [](Script::Self& self) { self.backend.clock.arm(0, Instant{} + milliseconds(1)); };
  script.timer = [&](Script::Self& self, std::uint32_t) {
    for (std::uint32_t to = 1; to <= 5; ++to) (void)self.backend.network.send(NodeId{to}, frame, 1);
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + milliseconds(1));
    self.backend.probe.sometimes("a timer fired");
  };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(1)));
  const std::uint64_t before = wn::testing::heap_allocations();
  world.run_until(at(seconds(5)));
  CHECK(wn::testing::heap_allocations() == before);
  CHECK(world.stats().messages_delivered > 90'000);
  const auto witness = std::make_unique<int>(1);  // the counter counts
  CHECK(wn::testing::heap_allocations() > before);
}
