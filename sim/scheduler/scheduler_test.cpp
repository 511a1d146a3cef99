#include <catch2/catch_test_macros.hpp>
#include <map>

#include "runtime/base/random.h"
#include "sim/scheduler/deviations.h"
#include "sim/scheduler/event_queue.h"
#include "sim/scheduler/slab.h"

using namespace wn;
using namespace wn::sim;

TEST_CASE("queue: random pushes and pops come out as from a multimap, ties first come first served") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Random random(seed);
    EventQueue<std::uint32_t> queue;
    std::multimap<std::int64_t, std::uint32_t> model;  // keeps the order of insertion among equal keys
    for (std::uint32_t i = 0; i < 5000; ++i) {
      Draw draw = random.at("queue", 0, i);
      const bool grow = i < 2500 ? draw.below(3) != 0 : draw.below(3) == 0;
      if (grow || model.empty()) {
        const auto at = static_cast<std::int64_t>(draw.below(seed % 2 == 0 ? 50 : 1'000'000'000));
        queue.push({at}, i);
        model.emplace(at, i);
      } else {
        REQUIRE(queue.next_time().ns == model.begin()->first);
        REQUIRE(queue.next() == model.begin()->second);
        REQUIRE(queue.pop() == model.begin()->second);
        model.erase(model.begin());
      }
      REQUIRE(queue.size() == model.size());
    }
    while (!model.empty()) {
      REQUIRE(queue.pop() == model.begin()->second);
      model.erase(model.begin());
    }
    CHECK(queue.empty());
  }
}

// Time goes on as in a world: what is popped pushes near and far, many at one moment, also into the past.
TEST_CASE("queue: wheel and heap together keep the order of all kinds of load") {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const Random random(seed);
    EventQueue<std::uint32_t> queue;
    std::multimap<std::int64_t, std::uint32_t> model;
    const std::uint64_t crowd = seed % 4 == 0 ? 400 : 3;  // of one moment
    std::int64_t now = 0;
    std::uint32_t made = 0;
    for (std::uint32_t i = 0; i < 3000; ++i) {
      Draw draw = random.at("wheel", 0, i);
      const std::uint64_t reach = 1ULL << draw.below(40);
      const bool behind = draw.below(16) == 0;
      const std::uint64_t count = draw.below(3) == 0 ? 1 + draw.below(crowd) : 0;
      for (std::uint64_t k = 0; k < count; ++k) {
        const auto away = static_cast<std::int64_t>(draw.below(k % 2 == 0 ? reach : 40'000));
        const std::int64_t at = std::max<std::int64_t>(0, behind ? now - away : now + away);
        queue.push({at}, made);
        model.emplace(at, made++);
      }
      if (model.empty()) continue;
      std::size_t seen = 0;
      if (i % 512 == 0) queue.for_each([&](SimTime, std::uint64_t, std::uint32_t) { ++seen; });
      if (i % 512 == 0) REQUIRE(seen == model.size());
      REQUIRE(queue.next_time().ns == model.begin()->first);
      now = std::max(now, model.begin()->first);
      REQUIRE(queue.pop() == model.begin()->second);
      model.erase(model.begin());
      REQUIRE(queue.size() == model.size());
    }
    while (!model.empty()) {
      REQUIRE(queue.pop() == model.begin()->second);
      model.erase(model.begin());
    }
    CHECK(queue.empty());
  }
}

TEST_CASE("queue: the end of time is a time like any other") {
  EventQueue<int> queue;
  queue.push(SimTime::max(), 2);
  queue.push({0}, 1);
  queue.push(SimTime::max(), 3);
  CHECK(queue.pop() == 1);
  CHECK(queue.pop() == 2);
  CHECK(queue.pop() == 3);
}

TEST_CASE("slab: places are reused, last given back first") {
  Slab<int> slab;
  const std::uint32_t a = slab.take(1);
  const std::uint32_t b = slab.take(2);
  CHECK(slab.give_back(a) == 1);
  CHECK(slab.take(3) == a);
  CHECK(slab[b] == 2);
  CHECK(slab.in_use() == 2);
}

TEST_CASE("deviations: delays of one message add up and touch no other message") {
  std::vector<faults::Deviation> list(3);
  for (auto& d : list) {
    d.kind = faults::DeviationKind::delay_message;
    d.from = NodeId{1};
    d.to = NodeId{2};
    d.message = 7;
    d.amount = milliseconds(5);
  }
  list[2].message = 9;
  MessageDelays delays(list);
  CHECK(delays.of(NodeId{1}, NodeId{2}, 7, 5, 0) == milliseconds(10));
  CHECK(delays.of(NodeId{1}, NodeId{2}, 8, 5, 0) == Duration{});
  CHECK(delays.of(NodeId{1}, NodeId{2}, 9, 5, 0) == milliseconds(5));
  CHECK(delays.of(NodeId{2}, NodeId{1}, 7, 5, 0) == Duration{});
  CHECK(MessageDelays({}).empty());
}

TEST_CASE("a deviation by meaning finds its message among any number of others") {
  const faults::Deviation by_type{.id = 1,
                                  .kind = faults::DeviationKind::delay_message,
                                  .from = NodeId{1},
                                  .to = NodeId{2},
                                  .message = 2,
                                  .at = {},
                                  .amount = milliseconds(5),
                                  .message_type = 7};
  faults::Deviation by_operation = by_type;
  by_operation.message_type = 0;
  by_operation.message = 1;
  by_operation.operation = 40;
  MessageDelays delays({by_type, by_operation});
  CHECK(delays.by_operation());
  CHECK(delays.of(NodeId{1}, NodeId{2}, 1, 7, 0) == Duration{});
  CHECK(delays.of(NodeId{2}, NodeId{1}, 1, 7, 0) == Duration{});
  CHECK(delays.of(NodeId{1}, NodeId{2}, 2, 3, 0) == Duration{});
  CHECK(delays.of(NodeId{1}, NodeId{2}, 3, 3, 40) == milliseconds(5));
  CHECK(delays.of(NodeId{1}, NodeId{2}, 4, 3, 40) == Duration{});
  CHECK(delays.of(NodeId{1}, NodeId{2}, 5, 7, 0) == milliseconds(5));
  CHECK(delays.of(NodeId{1}, NodeId{2}, 6, 7, 0) == Duration{});
}

TEST_CASE("deviations: windows of one process merge where they touch") {
  std::vector<faults::Deviation> list(3);
  for (auto& d : list) {
    d.kind = faults::DeviationKind::delay_process;
    d.from = NodeId{4};
  }
  list[0].at = {100};
  list[0].amount = {50};
  list[1].at = {20};
  list[1].amount = {10};
  list[2].at = {120};
  list[2].amount = {80};
  CHECK(hold_windows(list, NodeId{4}) == std::vector<HoldWindow>{{{20}, {30}}, {{100}, {200}}});
  CHECK(hold_windows(list, NodeId{5}).empty());
}
