#include "sim/world/world.h"

#include <catch2/catch_test_macros.hpp>

#include "sim/world/test_world.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;
using faults::FaultKind;

TEST_CASE("world: nodes start in the order of their ids and time jumps over idle") {
  const faults::Plan plan = quiet_plan(5);
  Script script;
  std::vector<std::uint32_t> started;
  script.start = [&](Script::Self& self) {
    started.push_back(self.id.value);
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + seconds(3000));
  };
  World world(plan, factory_of(script), nullptr);
  CHECK_FALSE(world.is_up(NodeId{1}));
  world.run_until(at(seconds(3600)));
  CHECK(started == std::vector<std::uint32_t>{1, 2, 3, 4, 5});
  CHECK(world.now() == at(seconds(3600)));
  CHECK(world.stats().events == 5 + 5 + 1);  // starts, timers, the freeze
  CHECK_FALSE(world.step(at(seconds(3601))));
  CHECK(world.process(NodeId{6}) == nullptr);
}

TEST_CASE("world: a frame arrives once, after its latency, and self and strangers get nothing") {
  const faults::Plan plan = quiet_plan(2);
  Script script;
  std::vector<std::string> got;
  script.start = [&](Script::Self& self) {
    if (self.id != NodeId{1}) return;
    CHECK(self.backend.network.send(NodeId{2}, text("hello"), 7) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{1}, text("me"), 7) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{9}, text("who"), 7) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{2}, Bytes::build(kFrameBytesMax + 1, [](std::uint8_t*) {}), 7) ==
          Errc::too_large);
  };
  script.message = [&](Script::Self& self, NodeId from, const Bytes& frame) {
    CHECK(self.id == NodeId{2});
    CHECK(from == NodeId{1});
    got.push_back(std::string(frame.text()));
  };
  TraceRecorder trace(1000);
  World world(plan, factory_of(script), &trace);
  world.run_until(at(milliseconds(1)));
  CHECK(got.empty());
  world.run_until(at(milliseconds(2)));
  CHECK(got == std::vector<std::string>{"hello"});
  CHECK(count(trace, TraceKind::message_sent) == 1);
  CHECK(count(trace, TraceKind::message_delivered, NodeId{2}) == 1);
}

TEST_CASE("world: what is in flight when its sender dies still arrives; a dead receiver gets nothing") {
  faults::Plan plan = quiet_plan(3);
  add_fault(plan, FaultKind::kill, microseconds(500), Duration::max(), {1, 3});
  Script script;
  int got = 0;
  script.start = [&](Script::Self& self) {
    if (self.id != NodeId{1}) return;
    CHECK(self.backend.network.send(NodeId{2}, text("last words"), 1) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{3}, text("too late"), 1) == Errc::ok);
  };
  script.message = [&](Script::Self& self, NodeId, const Bytes&) {
    CHECK(self.id == NodeId{2});
    ++got;
  };
  TraceRecorder trace(1000);
  World world(plan, factory_of(script), &trace);
  world.run_until(at(seconds(1)));
  CHECK(got == 1);
  CHECK_FALSE(world.is_up(NodeId{1}));
  CHECK(count(trace, TraceKind::message_dropped) == 1);
  CHECK(world.stats().messages_dropped == 1);
}

TEST_CASE("world: overlapping kills of one node end with the last of them; never-healed ones never") {
  faults::Plan plan = quiet_plan(2);
  add_fault(plan, FaultKind::kill, seconds(1), seconds(10), {1});
  add_fault(plan, FaultKind::kill, seconds(5), seconds(20), {1, 77});  // 77 is no node: harmless
  add_fault(plan, FaultKind::wipe, seconds(2), Duration::max(), {2});
  Script script;
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(12)));
  CHECK_FALSE(world.is_up(NodeId{1}));
  world.run_until(at(seconds(26)));
  CHECK(world.is_up(NodeId{1}));
  CHECK(world.stats().restarts == 1);
  world.run_until(at(seconds(120)));
  CHECK_FALSE(world.is_up(NodeId{2}));
}

TEST_CASE("world: at the freeze every fault ends but those that never heal") {
  faults::Plan plan = quiet_plan(3);
  plan.freeze_at = at(seconds(30));
  add_fault(plan, FaultKind::kill, seconds(20), seconds(1000), {1});
  add_fault(plan, FaultKind::partition, seconds(20), Duration::max()).links = {{NodeId{2}, NodeId{3}}};
  add_fault(plan, FaultKind::kill, seconds(31), seconds(1), {2});  // begins too late
  Script script;
  TraceRecorder trace(1000);
  World world(plan, factory_of(script), &trace);
  world.run_until(at(seconds(60)));
  CHECK(world.is_up(NodeId{1}));
  CHECK(world.stats().faults_begun == 2);
  CHECK_FALSE(world.connected(NodeId{2}, NodeId{3}));
  CHECK(world.connected(NodeId{3}, NodeId{2}));
  CHECK(count(trace, TraceKind::faults_frozen) == 1);
  CHECK(count(trace, TraceKind::fault_ended) == 1);
}

TEST_CASE("world: a paused process sees nothing until it goes on, then everything in order") {
  faults::Plan plan = quiet_plan(2);
  add_fault(plan, FaultKind::pause, seconds(1), seconds(4), {2});
  add_fault(plan, FaultKind::pause, seconds(2), seconds(5), {2});
  Script script;
  std::vector<std::string> seen;
  script.start = [&](Script::Self& self) {
    if (self.id == NodeId{2}) self.backend.clock.arm(3, Instant{} + seconds(2));
    if (self.id == NodeId{1}) self.backend.clock.arm(0, Instant{} + milliseconds(1500));
  };
  script.timer = [&](Script::Self& self, std::uint32_t slot) {
    if (self.id == NodeId{2}) {
      CHECK(slot == 3);
      CHECK(self.backend.clock.monotonic_now() >= Instant{} + milliseconds(6999));
      seen.push_back("timer");
      return;
    }
    CHECK(self.backend.network.send(NodeId{2}, text("a"), 1) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{2}, text("b"), 1) == Errc::ok);
  };
  script.message = [&](Script::Self&, NodeId, const Bytes& frame) {
    seen.push_back(std::string(frame.text()));
  };
  TraceRecorder trace(1000);
  World world(plan, factory_of(script), &trace);
  world.run_until(at(milliseconds(6999)));
  CHECK(seen.empty());
  CHECK_FALSE(world.connected(NodeId{1}, NodeId{2}));
  world.run_until(at(seconds(8)));
  CHECK(seen == std::vector<std::string>{"a", "b", "timer"});
  CHECK(count(trace, TraceKind::node_resumed) == 1);
}

TEST_CASE("world: the admin carries out membership and transfer faults, and only it") {
  faults::Plan plan = quiet_plan(3);
  plan.nodes[2].role = faults::NodeRole::admin;
  add_fault(plan, FaultKind::membership, seconds(1), {}, {1});
  add_fault(plan, FaultKind::transfer, seconds(2), {}, {2});
  Script script;
  std::vector<std::string> commands;
  script.control = [&](Script::Self& self, const Bytes& command) {
    commands.push_back(std::to_string(self.id.value) + ":" + std::string(command.text()));
  };
  World world(plan, factory_of(script), nullptr);
  world.set_fault_command(
      [](const faults::Fault& f) { return text(f.kind == FaultKind::transfer ? "T" : "M"); });
  world.schedule_control(at(milliseconds(1500)), NodeId{1}, text("hi"));
  world.run_until(at(seconds(3)));
  CHECK(commands == std::vector<std::string>{"3:M", "1:hi", "3:T"});
}

TEST_CASE("world: a limit ends the run and says so") {
  const faults::Plan plan = quiet_plan(2);
  Script script;
  script.start = [](Script::Self& self) {
    (void)self.backend.network.send(NodeId{3 - self.id.value}, text("x"), 1);
  };
  script.message = [](Script::Self& self, NodeId from, const Bytes& f) {
    (void)self.backend.network.send(from, f, 1);
    (void)self.backend.network.send(from, f, 1);
  };
  World by_events(plan, factory_of(script), nullptr, {.events_max = 100});
  by_events.run_until(at(seconds(60)));
  CHECK(by_events.overloaded());
  CHECK(by_events.stats().events == 100);
  World by_queue(plan, factory_of(script), nullptr, {.queue_max = 500});
  by_queue.run_until(at(seconds(60)));
  CHECK(by_queue.overloaded());
  CHECK_FALSE(by_queue.step(at(seconds(60))));
}

TEST_CASE("world: the events of a delayed process run at the end of its window, in order") {
  faults::Plan plan = quiet_plan(2);
  faults::Deviation window;
  window.kind = faults::DeviationKind::delay_process;
  window.from = NodeId{2};
  window.at = at(microseconds(500));
  window.amount = seconds(2);
  plan.deviations.push_back(window);
  Script script;
  std::vector<std::string> seen;
  script.start = [&](Script::Self& self) {
    if (self.id != NodeId{1}) return;
    for (const char* word : {"a", "b", "c"})
      CHECK(self.backend.network.send(NodeId{2}, text(word), 1) == Errc::ok);
  };
  script.message = [&](Script::Self&, NodeId, const Bytes& frame) {
    seen.push_back(std::string(frame.text()));
  };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(2)));
  CHECK(seen.empty());
  world.run_until(at(seconds(3)));
  CHECK(seen == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("world: sometimes-claims are counted by name and traced once") {
  const faults::Plan plan = quiet_plan(3);
  Script script;
  script.start = [](Script::Self& self) { self.backend.probe.sometimes("a node started"); };
  TraceRecorder trace(100);
  World world(plan, factory_of(script), &trace);
  world.run_until(at(seconds(1)));
  REQUIRE(world.sometimes().size() == 1);
  CHECK(*world.sometimes().find("a node started") == 3);
  CHECK(count(trace, TraceKind::sometimes) == 1);
}
