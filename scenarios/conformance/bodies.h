#pragma once
// What any Backend's clock, network, entropy, probe and control must do, as bodies that take the arm under
// test (arms.h).
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>
#include <vector>

#include "scenarios/conformance/arms.h"

namespace wn::conformance {

template <class Arm>
void timers_fire_once_and_not_early(Arm& arm) {
  Script script;
  std::vector<std::uint32_t> fired;
  Instant deadline{};
  script.start = [&](Script::Self& self) {
    deadline = self.backend.clock.monotonic_now() + milliseconds(5);
    self.backend.clock.arm(1, deadline + milliseconds(10));
    self.backend.clock.arm(0, deadline + milliseconds(50));
    self.backend.clock.arm(0, deadline);  // moved
    self.backend.clock.arm(2, deadline);
    self.backend.clock.disarm(2);
    self.backend.clock.disarm(3);  // was not armed
    self.backend.clock.arm(4, Instant::max());
  };
  script.timer = [&](Script::Self& self, std::uint32_t slot) {
    fired.push_back(slot);
    CHECK(self.backend.clock.monotonic_now() >= deadline + (slot == 1 ? milliseconds(10) : Duration{}));
    if (slot == 1) arm.done();
  };
  arm.run(script);
  CHECK(fired == std::vector<std::uint32_t>{0, 1});
}

template <class Arm>
void timers_of_the_past_fire_at_once_but_not_from_inside(Arm& arm) {
  Script script;
  std::vector<std::uint32_t> fired;
  bool inside = false;
  int rearmed = 0;
  script.start = [&](Script::Self& self) {
    inside = true;
    for (std::uint32_t slot = 0; slot < 6; ++slot)
      self.backend.clock.arm(slot, Instant{static_cast<int>(slot) - 3});
    self.backend.clock.arm(5, self.backend.clock.monotonic_now() + seconds(3600));  // moved away
    inside = false;
  };
  script.timer = [&](Script::Self& self, std::uint32_t slot) {
    CHECK_FALSE(inside);
    fired.push_back(slot);
    inside = true;
    if (slot == 0 && ++rearmed <= 3) self.backend.clock.arm(0, self.backend.clock.monotonic_now());
    inside = false;
    if (fired.size() == 8) arm.done();
  };
  arm.run(script);
  REQUIRE(fired.size() == 8);  // slots 0 ... 4, and slot 0 three times more
  CHECK(std::count(fired.begin(), fired.end(), 0U) == 4);
  CHECK(std::count(fired.begin(), fired.end(), 5U) == 0);
}

template <class Arm>
void clocks_advance_together(Arm& arm) {
  Script script;
  Instant monotonic;
  WallTime wall;
  std::size_t ticks = 0;
  script.start = [&](Script::Self& self) {
    monotonic = self.backend.clock.monotonic_now();
    wall = self.backend.clock.wall_now();
    CHECK(wall > WallTime{1'600'000'000'000'000'000});  // the epoch is Unix's
    self.backend.clock.arm(0, monotonic + milliseconds(2));
  };
  script.timer = [&](Script::Self& self, std::uint32_t) {
    const Instant now = self.backend.clock.monotonic_now();
    CHECK(now >= monotonic + milliseconds(2));
    CHECK(self.backend.clock.wall_now() > wall);  // nobody steps it meanwhile
    monotonic = now;
    wall = self.backend.clock.wall_now();
    if (++ticks == 20) return arm.done();
    self.backend.clock.arm(0, monotonic + milliseconds(2));
  };
  arm.run(script);
  CHECK(ticks == 20);
}

inline Bytes pattern(std::size_t size, std::uint8_t salt) {
  return Bytes::build(size, [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(i * 7 + salt);
  });
}

template <class Arm>
void frames_reach_a_peer_and_come_back_whole(Arm& arm) {
  Script script;
  std::vector<Bytes> sent = {text("small"), pattern(60'000, 1), pattern(1, 2), pattern(1200, 3),
                             pattern(1201, 4)};
  std::vector<Bytes> back;
  bool inside = false;
  script.start = [&](Script::Self& self) {
    inside = true;
    CHECK(self.backend.network.send(self.id, text("to myself"), 1) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{60'000}, text("to nobody"), 1) == Errc::ok);
    for (const Bytes& frame : sent) CHECK(self.backend.network.send(arm.peer(), frame, 1) == Errc::ok);
    CHECK(self.backend.network.send(arm.peer(), Bytes::build(kFrameBytesMax + 1, [](std::uint8_t*) {}), 1) ==
          Errc::too_large);
    inside = false;
  };
  script.message = [&](Script::Self&, NodeId from, const Bytes& frame) {
    CHECK_FALSE(inside);
    CHECK(from == arm.peer());
    back.push_back(frame);  // a receiver may keep what it got
    if (back.size() == sent.size()) arm.done();
  };
  arm.run(script);
  std::sort(sent.begin(), sent.end());
  std::sort(back.begin(), back.end());
  CHECK(back == sent);
}

template <class Arm>
void a_full_network_refuses_and_recovers(Arm& arm) {
  Script script;
  std::size_t taken = 0;
  bool refused = false;
  bool again = false;
  script.start = [&](Script::Self& self) {
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + seconds(1));  // connections have been made
  };
  script.timer = [&](Script::Self& self, std::uint32_t slot) {
    if (slot == 1) {
      again = self.backend.network.send(arm.peer(), text("last"), 1) == Errc::ok;
      self.backend.clock.arm(1, self.backend.clock.monotonic_now() + milliseconds(50));
      return;
    }
    for (int i = 0; i < 40'000 && !refused; ++i) {
      const Errc error = self.backend.network.send(arm.peer(), text("frame"), 1);
      CHECK((error == Errc::ok || error == Errc::overloaded));
      refused = error == Errc::overloaded;
      taken += error == Errc::ok ? 1 : 0;
    }
    self.backend.clock.arm(1, self.backend.clock.monotonic_now() + milliseconds(100));
  };
  script.message = [&](Script::Self&, NodeId, const Bytes& frame) {
    if (frame.text() == "last") arm.done();
  };
  arm.run(script);
  CHECK(refused);
  CHECK(taken >= 100);
  CHECK(again);
}

template <class Arm>
void draws_differ(Arm& arm) {
  Script script;
  std::set<std::uint64_t> seen;
  script.start = [&](Script::Self& self) {
    for (std::uint64_t i = 0; i < 100; ++i) {
      Draw one = self.backend.entropy.draw("conformance.one", i);
      Draw other = self.backend.entropy.draw("conformance.other", i);
      const std::uint64_t first = one.u64();
      seen.insert(first);
      seen.insert(one.u64());
      seen.insert(other.u64());
      CHECK(self.backend.entropy.draw("conformance.small", i).below(10) < 10);
    }
    self.backend.clock.arm(0, self.backend.clock.monotonic_now());
  };
  script.timer = [&](Script::Self&, std::uint32_t) { arm.done(); };
  arm.run(script);
  CHECK(seen.size() == 300);
}

template <class Arm>
void the_probe_is_heard(Arm& arm) {
  Script script;
  script.start = [&](Script::Self& self) {
    self.backend.probe.emit(TraceKind::op_sent, {1, 2, 3});
    self.backend.probe.emit(TraceKind::op_sent, {4, 5, 6});
    self.backend.probe.sometimes("conformance: a claim");
    self.backend.clock.arm(0, self.backend.clock.monotonic_now());
  };
  script.timer = [&](Script::Self&, std::uint32_t) { arm.done(); };
  arm.run(script);
  CHECK(arm.emitted(TraceKind::op_sent) == 2);
  CHECK(arm.claimed("conformance: a claim") == 1);
}

template <class Arm>
void commands_come_in_order(Arm& arm) {
  Script script;
  std::string heard;
  script.start = [&](Script::Self&) { heard += "start "; };
  script.control = [&](Script::Self&, const Bytes& command) {
    heard += std::string(command.text()) + " ";
    if (command.text() == "three") arm.done();
  };
  arm.command("one");
  arm.command("two");
  arm.command("three");
  arm.run(script);
  CHECK(heard == "start one two three ");
}

template <class Arm>
void a_restarted_process_starts_clean(Arm& arm) {
  Script first;
  first.start = [&](Script::Self& self) {
    for (std::uint32_t slot = 1; slot < 6; ++slot)
      self.backend.clock.arm(slot, self.backend.clock.monotonic_now() + milliseconds(20));
    self.backend.clock.arm(0, self.backend.clock.monotonic_now());
  };
  first.timer = [&](Script::Self&, std::uint32_t slot) {
    if (slot == 0) arm.done();
  };
  arm.run(first);
  Script second;
  std::vector<std::uint32_t> fired;
  second.start = [&](Script::Self& self) {
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + milliseconds(100));
  };
  second.timer = [&](Script::Self&, std::uint32_t slot) {
    fired.push_back(slot);
    arm.done();
  };
  arm.restart(second);
  CHECK(fired == std::vector<std::uint32_t>{0});  // none of the timers of the one before
}

}  // namespace wn::conformance
