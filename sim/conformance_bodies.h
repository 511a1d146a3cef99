#pragma once
// What any Backend must do, as bodies that take the arm under test: the simulated one here, the real one
// later. An Arm runs one node:
//
//   arm.run(script)      boots a node with this Script and lets it run until arm.done() was called or it gave
//   up arm.restart(script)  the same node again, its process killed before; its disk stays arm.done() the
//   script is satisfied arm.peer()           a second node that answers every frame with the same frame
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "sim/world/test_world.h"

namespace wn::sim::testing {

// Submits requests one after the other, each when the one before it completed; hands on the completions.
class DiskSession {
 public:
  explicit DiskSession(std::vector<DiskRequest> requests) : requests_(std::move(requests)) {}
  void next(Script::Self& self) {
    if (at_ == requests_.size()) return;
    DiskRequest request = requests_[at_];
    request.ticket = ++at_;
    CHECK(self.backend.disk.submit(std::move(request)) == Errc::ok);
  }
  // True when that was the last.
  bool take(Script::Self& self, DiskCompletion completion) {
    CHECK(completion.ticket == at_);
    completions.push_back(std::move(completion));
    next(self);
    return completions.size() == requests_.size();
  }
  std::vector<DiskCompletion> completions;

 private:
  std::vector<DiskRequest> requests_;
  std::uint64_t at_ = 0;
};

template <class Arm>
void run_session(Arm& arm, DiskSession& session, bool restarted) {
  Script script;
  script.start = [&](Script::Self& self) { session.next(self); };
  script.disk = [&](Script::Self& self, DiskCompletion c) {
    if (session.take(self, std::move(c))) arm.done();
  };
  if (restarted) {
    arm.restart(script);
  } else {
    arm.run(script);
  }
}

template <class Arm>
void disk_keeps_what_was_synced(Arm& arm) {
  DiskSession writes({{.operation = DiskOperation::write, .file = "log", .data = text("hello world")},
                      {.operation = DiskOperation::sync, .file = "log"},
                      {.operation = DiskOperation::sync_directory}});
  run_session(arm, writes, false);
  for (const DiskCompletion& c : writes.completions) CHECK(c.error == Errc::ok);
  DiskSession reads({{.operation = DiskOperation::read, .file = "log", .offset = 6, .length = 100},
                     {.operation = DiskOperation::list},
                     {.operation = DiskOperation::read, .file = "log", .offset = 50, .length = 1}});
  run_session(arm, reads, true);
  REQUIRE(reads.completions.size() == 3);
  CHECK(reads.completions[0].data.text() == "world");  // short at the end of the file
  CHECK(reads.completions[1].entries == std::vector<DirectoryEntry>{{"log", 11}});
  CHECK(reads.completions[2].error == Errc::ok);
  CHECK(reads.completions[2].data.empty());
}

template <class Arm>
void disk_speaks_of_missing_files_and_holes(Arm& arm) {
  DiskSession session({{.operation = DiskOperation::read, .file = "none", .length = 1},
                       {.operation = DiskOperation::truncate, .file = "none"},
                       {.operation = DiskOperation::sync, .file = "none"},
                       {.operation = DiskOperation::rename, .file = "none", .to = "some"},
                       {.operation = DiskOperation::remove, .file = "none"},
                       {.operation = DiskOperation::write, .file = "f", .offset = 3, .data = text("x")},
                       {.operation = DiskOperation::read, .file = "f", .length = 10},
                       {.operation = DiskOperation::truncate, .file = "f", .length = 6},
                       {.operation = DiskOperation::rename, .file = "f", .to = "g"},
                       {.operation = DiskOperation::list},
                       {.operation = DiskOperation::remove, .file = "g"},
                       {.operation = DiskOperation::list}});
  run_session(arm, session, false);
  const auto& c = session.completions;
  REQUIRE(c.size() == 12);
  for (std::size_t i = 0; i < 5; ++i) CHECK(c[i].error == Errc::not_found);
  for (std::size_t i = 5; i < 12; ++i) CHECK(c[i].error == Errc::ok);
  CHECK(c[6].data.text() == std::string_view("\0\0\0x", 4));
  CHECK(c[9].entries == std::vector<DirectoryEntry>{{"g", 6}});
  CHECK(c[11].entries.empty());
}

template <class Arm>
void disk_completes_one_file_in_order(Arm& arm) {
  Script script;
  std::vector<std::uint64_t> tickets;
  script.start = [&](Script::Self& self) {
    for (std::uint64_t i = 1; i <= 20; ++i) {
      const auto operation = i % 5 == 0 ? DiskOperation::sync : DiskOperation::write;
      CHECK(self.backend.disk.submit({.ticket = i,
                                      .operation = operation,
                                      .file = "f",
                                      .offset = 0,
                                      .data = operation == DiskOperation::write ? text(std::string(i, 'x'))
                                                                                : Bytes{}}) == Errc::ok);
    }
    CHECK(tickets.empty());  // never from inside of submit()
  };
  script.disk = [&](Script::Self&, DiskCompletion c) {
    tickets.push_back(c.ticket);
    if (tickets.size() == 20) arm.done();
  };
  arm.run(script);
  REQUIRE(tickets.size() == 20);
  for (std::uint64_t i = 0; i < 20; ++i) CHECK(tickets[i] == i + 1);
}

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
  };
  script.timer = [&](Script::Self& self, std::uint32_t slot) {
    fired.push_back(slot);
    CHECK(self.backend.clock.monotonic_now() >= deadline);
    if (slot == 1) arm.done();
  };
  arm.run(script);
  CHECK(fired == std::vector<std::uint32_t>{0, 1});
}

template <class Arm>
void frames_reach_a_peer_and_come_back_whole(Arm& arm) {
  Script script;
  std::size_t back = 0;
  const Bytes large = Bytes::build(60'000, [](std::uint8_t* to) {
    for (std::size_t i = 0; i < 60'000; ++i) to[i] = static_cast<std::uint8_t>(i * 7);
  });
  script.start = [&](Script::Self& self) {
    CHECK(self.backend.network.send(self.id, text("to myself"), 1) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{60'000}, text("to nobody"), 1) == Errc::ok);
    CHECK(self.backend.network.send(arm.peer(), text("small"), 1) == Errc::ok);
    CHECK(self.backend.network.send(arm.peer(), large, 1) == Errc::ok);
    CHECK(self.backend.network.send(arm.peer(), Bytes::build(kFrameBytesMax + 1, [](std::uint8_t*) {}), 1) ==
          Errc::too_large);
  };
  script.message = [&](Script::Self&, NodeId from, const Bytes& frame) {
    CHECK(from == arm.peer());
    CHECK((frame == large || frame.text() == "small"));
    if (++back == 2) arm.done();
  };
  arm.run(script);
  CHECK(back == 2);
}

}  // namespace wn::sim::testing
