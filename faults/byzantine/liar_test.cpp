#include "faults/byzantine/liar.h"

#include <catch2/catch_test_macros.hpp>

#include "faults/byzantine/test_door.h"
#include "faults/plan/names.h"

namespace wn::byzantine {
namespace {

using faults::Fault;
using faults::FaultKind;

// From 10 to 20 ns, to those of the mask.
Fault fault(std::uint32_t id, FaultKind kind, std::int64_t mask, std::int64_t measure) {
  Fault f;
  f.id = id;
  f.kind = kind;
  f.at = SimTime{10};
  f.duration = nanoseconds(10);
  f.nodes = {NodeId{1}};
  f.amount = mask;
  f.amount2 = measure;
  return f;
}

struct Rig {
  TestDoor door;
  std::vector<Talker*> talkers;
  std::unique_ptr<Process> liar;
  std::uint64_t branch = 0;

  explicit Rig(std::vector<Fault> faults) {
    Options options;
    options.self = NodeId{1};
    options.servers = {NodeId{1}, NodeId{2}, NodeId{3}};
    options.seed = 5;
    options.faults = std::move(faults);
    options.now = [this] { return door.now; };
    options.branch = [this] { return branch; };
    liar = make_liar(
        std::move(options),
        [this](Backend& backend) {
          auto talker = std::make_unique<Talker>(backend);
          talkers.push_back(talker.get());
          return talker;
        },
        door.backend());
    liar->on_start();
  }
  // Each instance speaks once at each nanosecond.
  void run(std::int64_t until) {
    for (; door.now.ns < until; ++door.now.ns) {
      for (std::uint32_t i = 0; i < talkers.size(); ++i) liar->on_timer(i * kInnerSlotsMax);
      const auto late = door.armed.find(kLateSlot);
      if (late == door.armed.end() || late->second > door.monotonic_now()) continue;
      door.armed.erase(late);
      liar->on_timer(kLateSlot);
    }
  }
  std::size_t sent_to(std::uint32_t to, std::int64_t from, std::int64_t until) const {
    return static_cast<std::size_t>(std::ranges::count_if(door.sent, [&](const TestDoor::Sent& s) {
      return s.to == NodeId{to} && s.at.ns >= from && s.at.ns < until;
    }));
  }
};

TEST_CASE("liar: before and after its faults it says what its honest process says") {
  for (const FaultKind kind : faults::all_fault_kinds()) {
    if (!faults::is_byzantine(kind)) continue;
    Rig rig({fault(1, kind, 0, 3)});
    rig.run(10);
    CHECK(rig.door.acts == 0);
    REQUIRE(rig.door.sent.size() == 20);
    for (std::size_t i = 0; i < 20; ++i) CHECK(rig.door.sent[i].frame == question(i / 2 + 1));
    rig.run(60);
    CHECK(rig.sent_to(2, 40, 60) == 20);
  }
}

TEST_CASE("liar: what is withheld is withheld from those of the mask alone") {
  Rig rig({fault(1, FaultKind::byzantine_withhold, 0b010, 1'000'000)});
  rig.run(30);
  CHECK(rig.sent_to(2, 0, 30) == 20);
  CHECK(rig.sent_to(3, 0, 30) == 30);
  CHECK(rig.door.acts == 10);
}

TEST_CASE("liar: late messages come late, and all of them come") {
  Rig rig({fault(1, FaultKind::byzantine_delay, 0, 100)});
  rig.run(30);
  CHECK(rig.sent_to(2, 0, 30) < 30);
  rig.run(150);
  CHECK(rig.sent_to(2, 0, 150) == 150);
}

TEST_CASE(
    "liar: a replay is a frame that was sent before; sybils and amplification add the count asked for") {
  Rig replay({fault(1, FaultKind::byzantine_replay, 0, 1'000'000)});
  replay.run(30);
  CHECK(replay.door.sent.size() == 60 + 20);
  Rig sybil({fault(1, FaultKind::byzantine_sybil, 0b100, 4)});
  sybil.run(30);
  CHECK(sybil.sent_to(3, 10, 20) == 10 * 5);
  Rig loud({fault(1, FaultKind::byzantine_amplify, 0, 1000)});
  loud.run(30);
  CHECK(loud.sent_to(3, 10, 20) == 10 * kLettersMax);
}

TEST_CASE("liar: behind a branch it lies by the branch's dice, before it by the plan's") {
  const auto frames = [](std::uint64_t branch) {
    Rig rig({fault(1, FaultKind::byzantine_withhold, 0, 500'000)});
    rig.run(14);
    const std::size_t before = rig.door.sent.size();
    rig.branch = branch;
    rig.run(20);
    std::vector<SimTime> times;
    for (const auto& s : rig.door.sent) times.push_back(s.at);
    return std::pair(before, times);
  };
  const auto [before, own] = frames(0);
  CHECK(frames(5).second == own);  // the plan's own seed: nothing changes
  std::size_t others = 0;
  for (std::uint64_t branch = 6; branch < 12; ++branch) {
    const auto [same, times] = frames(branch);
    CHECK(same == before);
    others += times != own ? 1 : 0;
    CHECK(frames(branch).second == times);
  }
  CHECK(others >= 4);
}

TEST_CASE("liar: a mutated message is a sound frame that says something else") {
  Rig rig({fault(1, FaultKind::byzantine_mutate, 0, 1'000'000)});
  rig.run(20);
  for (const TestDoor::Sent& s : rig.door.sent) {
    if (s.at.ns < 10) continue;
    CHECK(!payload_of({.frame = s.frame, .type = 42}).empty());
    CHECK(s.frame != question(static_cast<std::uint64_t>(s.at.ns) + 1));
  }
}

TEST_CASE("liar: a future clock is in the words, not in the node") {
  Rig rig({fault(1, FaultKind::byzantine_future_clock, 0, 5000)});
  rig.run(20);
  realm::SyncRequest m;
  REQUIRE(realm::decode(payload_of({.frame = rig.door.sent.back().frame, .type = 42}), m) == Errc::ok);
  CHECK(m.wall.ns == 6000);
}

TEST_CASE("liar: twins hear the same until a split, then each its own side, and share no file") {
  Rig rig({fault(1, FaultKind::byzantine_twins, 0b100, 0)});
  REQUIRE(rig.talkers.size() == 2);
  const auto hear = [&](std::uint32_t from) { rig.liar->on_message(NodeId{from}, question(1)); };
  hear(2), hear(3);
  CHECK(rig.talkers[0]->heard.size() == 2);
  CHECK(rig.talkers[1]->heard.size() == 2);
  rig.run(15);
  hear(2), hear(3);
  CHECK(rig.talkers[0]->heard.back() == NodeId{2});
  CHECK(rig.talkers[1]->heard.back() == NodeId{3});
  CHECK(rig.talkers[0]->heard.size() == 3);
  CHECK(rig.sent_to(2, 0, 15) == 15);  // one voice for each receiver, whichever of the two it is
  CHECK(rig.sent_to(3, 0, 15) == 15);
  REQUIRE(rig.door.requests.size() == 2);
  CHECK(rig.door.requests[0].file == "a.log");
  CHECK(rig.door.requests[1].file == "twin.a.log");
  DiskCompletion done{.ticket = rig.door.requests[1].ticket, .operation = DiskOperation::list};
  done.entries = {{"a.log", 1}, {"twin.a.log", 2}};
  rig.liar->on_disk(std::move(done));
  REQUIRE(rig.talkers[1]->completions.size() == 1);
  CHECK(rig.talkers[0]->completions.empty());
  CHECK(rig.talkers[1]->completions[0].ticket == 7);
  CHECK(rig.talkers[1]->completions[0].entries == std::vector<DirectoryEntry>{{"a.log", 2}});
}

TEST_CASE("liar: one fault less leaves what the others do as it was") {
  const Fault withhold = fault(2, FaultKind::byzantine_withhold, 0b010, 500'000);
  Rig with({fault(1, FaultKind::byzantine_delay, 0b100, 3), withhold});
  Rig without({withhold});
  with.run(40);
  without.run(40);
  std::vector<Bytes> a;
  std::vector<Bytes> b;
  for (const TestDoor::Sent& s : with.door.sent) {
    if (s.to == NodeId{2}) a.push_back(s.frame);
  }
  for (const TestDoor::Sent& s : without.door.sent) {
    if (s.to == NodeId{2}) b.push_back(s.frame);
  }
  CHECK(a == b);
  CHECK(a.size() < 40);
}

}  // namespace
}  // namespace wn::byzantine
