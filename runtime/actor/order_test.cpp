// The order of turns as a decision: all orders at small scope, and orders that are written down and replayed.
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/actor/testing_help.h"

namespace wn::actor {
namespace {

using namespace testing;  // NOLINT: test vocabulary

// Follows a list of choices, then takes the first; remembers how many choices there were.
class Prefix final : public Order {
 public:
  explicit Prefix(std::vector<std::uint32_t> prefix) : choices(std::move(prefix)) {}
  std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) override {
    if (step >= choices.size()) choices.push_back(0);
    widths.push_back(static_cast<std::uint32_t>(ready.size()));
    return choices[step];
  }
  // The next list in depth-first order; false after the last.
  bool advance() {
    while (!choices.empty() && choices.back() + 1 >= widths[choices.size() - 1]) choices.pop_back();
    if (choices.empty()) return false;
    ++choices.back();
    return true;
  }
  std::vector<std::uint32_t> choices;
  std::vector<std::uint32_t> widths;
};

// Two clients add one to a counter by reading it and then writing what they read plus one: a lost update
// waits for the order that shows it. Returns the counter; `log` gets who handled what.
std::uint64_t two_increments(Order* order, std::vector<std::uint64_t>* log = nullptr) {
  constexpr std::uint32_t kRead = 1;
  constexpr std::uint32_t kWrite = 2;
  constexpr std::uint32_t kGo = 3;
  World w({.turn_messages_max = 1}, order);
  std::uint64_t cell = 0;
  Scripted& counter = w.script([&](Context& c, const Message& m) {
    if (log != nullptr) log->push_back(m.sender.value * 10 + m.kind);
    if (m.kind == kRead) CHECK(c.reply(m, message(kRead, cell)) == Sent::queued);
    if (m.kind == kWrite) cell = m.word[0];
    return done();
  });
  const ActorId shared = w.spawn({.starts = false}, counter);
  Scripted& client = w.script([&](Context& c, const Message& m) {
    if (log != nullptr) log->push_back(c.self().value * 10 + m.kind);
    if (m.kind == kGo) CHECK(c.request(shared, message(kRead)) == Sent::queued);
    if (m.is_reply()) CHECK(c.send(shared, message(kWrite, m.word[0] + 1)) == Sent::queued);
    return done();
  });
  const auto kind = w.system.add_kind({.starts = false});
  for (int i = 0; i < 2; ++i) {
    const auto id = w.system.spawn({.kind = *kind, .behaviour = &client});
    CHECK(w.system.send(*id, message(kGo)) == Sent::queued);
  }
  w.settle();
  return cell;
}

TEST_CASE("order: all orders of a small system are gone through, and each ends") {
  std::set<std::uint64_t> ends;
  std::set<std::vector<std::uint64_t>> logs;
  std::size_t runs = 0;
  std::vector<std::uint32_t> prefix;
  for (;;) {
    Prefix order(prefix);
    std::vector<std::uint64_t> log;
    ends.insert(two_increments(&order, &log));
    logs.insert(log);
    ++runs;
    REQUIRE(runs < 100'000);
    if (!order.advance()) break;
    prefix = order.choices;
  }
  CHECK(ends == std::set<std::uint64_t>{1, 2});
  CHECK(logs.size() == runs);  // no order is tried twice
  CHECK(runs > 20);
}

TEST_CASE("order: first in, first out by itself and as an Order are the same, and lose the update") {
  std::vector<std::uint64_t> ring;
  std::vector<std::uint64_t> listed;
  FifoOrder fifo;
  CHECK(two_increments(nullptr, &ring) == 1);
  CHECK(two_increments(&fifo, &listed) == 1);
  CHECK(ring == listed);
}

TEST_CASE("order: a recorded run replays from its deviations, and parts of the list still run") {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomOrder random{Random(seed)};
    ScheduleRecorder recorder(random, 1000, std::pmr::new_delete_resource());
    std::vector<std::uint64_t> log;
    const std::uint64_t end = two_increments(&recorder, &log);
    lost += end == 1 ? 1 : 0;
    CHECK_FALSE(recorder.truncated());
    FifoOrder fifo;
    DeviatingOrder again(fifo, recorder.deviations());
    std::vector<std::uint64_t> replayed;
    CHECK(two_increments(&again, &replayed) == end);
    CHECK(replayed == log);
    // Shrinking takes entries out; whatever is left is a schedule.
    for (std::size_t out = 0; out < recorder.deviations().size(); ++out) {
      std::vector<ScheduleDeviation> fewer(recorder.deviations().begin(), recorder.deviations().end());
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(out));
      DeviatingOrder part(fifo, fewer);
      const std::uint64_t e = two_increments(&part);
      CHECK((e == 1 || e == 2));
    }
  }
  CHECK(lost > 0);
  CHECK(lost < 200);
}

TEST_CASE("order: a recorder that is full falls back to first in, first out, and says so") {
  RandomOrder random{Random(3)};
  ScheduleRecorder recorder(random, 0, std::pmr::new_delete_resource());
  std::vector<std::uint64_t> log;
  std::vector<std::uint64_t> fifo;
  two_increments(&recorder, &log);
  two_increments(nullptr, &fifo);
  CHECK(recorder.truncated());
  CHECK(log == fifo);
}

TEST_CASE("order: choices beyond the ready set are taken modulo its size") {
  const std::vector<ScheduleDeviation> wild{{0, 4'000'000'001U}, {1, 17}, {3, 99}, {1000, 5}};
  FifoOrder fifo;
  DeviatingOrder order(fifo, wild);
  const std::uint64_t end = two_increments(&order);
  CHECK((end == 1 || end == 2));
}

TEST_CASE("order: probabilistic concurrency testing finds both ends within its bound") {
  // Depth 2, 3 actors, at most 8 steps: each ordering shows with probability at least 1/24.
  int kept = 0;
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    PctOrder pct(Random(seed), {.depth = 2, .steps_max = 8}, std::pmr::new_delete_resource());
    (two_increments(&pct) == 2 ? kept : lost) += 1;
  }
  CHECK(kept > 500 / 24);
  CHECK(lost > 500 / 24);
}

TEST_CASE("order: the same seed chooses the same, another seed another") {
  std::vector<std::uint64_t> first;
  std::vector<std::uint64_t> second;
  std::set<std::vector<std::uint64_t>> all;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomOrder a{Random(seed)};
    RandomOrder b{Random(seed)};
    first.clear();
    second.clear();
    two_increments(&a, &first);
    two_increments(&b, &second);
    CHECK(first == second);
    all.insert(first);
  }
  CHECK(all.size() > 3);
}

TEST_CASE("order: round robin goes by slot and comes round to everybody") {
  RoundRobinOrder order;
  World w({}, &order);
  std::vector<std::uint64_t> got;
  Scripted& note = w.script([&](Context& c, const Message& m) {
    got.push_back(c.state());
    if (m.word[0] > 0) CHECK(c.send(c.self(), message(1, m.word[0] - 1)) == Sent::queued);
    return done();
  });
  const auto kind = w.system.add_kind({.starts = false});
  std::vector<ActorId> ids;
  for (std::uint64_t i = 0; i < 3; ++i)
    ids.push_back(*w.system.spawn({.kind = *kind, .behaviour = &note, .state = i}));
  for (const std::size_t i : {2, 0, 1}) CHECK(w.system.send(ids[i], message(1, 2)) == Sent::queued);
  w.settle();
  CHECK(got == std::vector<std::uint64_t>{0, 1, 2, 0, 1, 2, 0, 1, 2});
}

TEST_CASE("order: the actor woken last runs first, but not for ever") {
  World w({.last_woken_first = true});
  std::vector<std::uint64_t> got;
  ActorId a;
  ActorId b;
  Scripted& note = w.script([&](Context& c, const Message& m) {
    got.push_back(c.state());
    if (m.word[0] > 0) CHECK(c.send(c.self() == a ? b : a, message(1, m.word[0] - 1)) == Sent::queued);
    return done();
  });
  const auto kind = w.system.add_kind({.starts = false});
  const auto spawn = [&](std::uint64_t state) {
    return *w.system.spawn({.kind = *kind, .behaviour = &note, .state = state});
  };
  a = spawn(0);
  b = spawn(1);
  const ActorId other = spawn(2);
  CHECK(w.system.send(other, message(1, 0)) == Sent::queued);
  CHECK(w.system.send(a, message(1, 8)) == Sent::queued);
  w.settle();
  CHECK(got == std::vector<std::uint64_t>{0, 1, 0, 2, 1, 0, 1, 0, 1, 0});
}

}  // namespace
}  // namespace wn::actor
