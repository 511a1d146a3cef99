// Mailboxes, handles, and what a send comes to.
#include <catch2/catch_test_macros.hpp>
#include <optional>

#include "runtime/actor/testing_help.h"

namespace wn::actor {
namespace {

using namespace testing;  // NOLINT: test vocabulary

TEST_CASE("actor: messages arrive in the order sent, with words, body and sender") {
  World w;
  std::vector<std::uint64_t> got;
  std::string text;
  ActorId from;
  Scripted& sink = w.script([&](Context& c, const Message& m) {
    got.push_back(m.word[0]);
    text += c.body().text();
    from = m.sender;
    return done();
  });
  const ActorId a = w.spawn({.name = "sink"}, sink);
  Scripted& source = w.script([&](Context& c, const Message& m) {
    for (std::uint64_t i = 0; i < m.word[0]; ++i) {
      CHECK(c.send(a, message(1, i), Bytes::copy_of(std::to_string(i))) == Sent::queued);
    }
    return done();
  });
  const ActorId b = w.spawn({.name = "source"}, source);
  REQUIRE(w.system.send(b, message(2, 5)) == Sent::queued);
  w.settle();
  CHECK(got == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(text == "01234");
  CHECK(from == b);
  CHECK(w.system.free_messages() == 8192);
}

TEST_CASE("actor: a stale handle is refused though its slot lives again") {
  World w({.actors_max = 1});
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const ActorId first = w.spawn({}, quiet);
  REQUIRE(w.system.stop(first) == Errc::ok);
  CHECK(quiet.stopped == std::vector<ActorId>{first});
  const ActorId second = w.spawn({}, quiet);
  CHECK(first.slot() == second.slot());
  CHECK(first != second);
  CHECK(w.system.send(first, message(1)) == Sent::stale);
  CHECK(w.system.stop(first) == Errc::not_found);
  CHECK(w.system.send(second, message(1)) == Sent::queued);
  CHECK_FALSE(w.system.alive(first));
  CHECK(w.system.alive(second));
  // Handles that nobody was given: every slot and generation near the real ones.
  for (std::uint32_t slot = 0; slot < 4; ++slot) {
    for (std::uint32_t generation = 0; generation < 8; ++generation) {
      const ActorId guess{slot, generation};
      CHECK(w.system.alive(guess) == (guess == second));
    }
  }
}

TEST_CASE("actor: a stop and a spawn between turns do not exhaust the table") {
  World w({.actors_max = 4});
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const auto kind = w.system.add_kind({});
  for (int i = 0; i < 1000; ++i) {
    const auto id = w.system.spawn({.kind = *kind, .behaviour = &quiet});
    REQUIRE(id.has_value());
    REQUIRE(w.system.stop(*id) == Errc::ok);
  }
  CHECK(w.system.actor_count() == 0);
  CHECK(w.system.idle());
  CHECK(w.system.run(10) == 0);
}

TEST_CASE("actor: beyond actors_max a spawn is refused") {
  World w({.actors_max = 2});
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const auto kind = w.system.add_kind({});
  REQUIRE(w.system.spawn({.kind = *kind, .behaviour = &quiet}).has_value());
  REQUIRE(w.system.spawn({.kind = *kind, .behaviour = &quiet}).has_value());
  const auto third = w.system.spawn({.kind = *kind, .behaviour = &quiet});
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().code == Errc::overloaded);
  CHECK(w.system.spawn({.kind = KindId{9}, .behaviour = &quiet}).error().code == Errc::invalid_argument);
  CHECK(w.system.spawn({.kind = *kind, .behaviour = nullptr}).error().code == Errc::invalid_argument);
}

TEST_CASE("actor: a full mailbox refuses, and takes again once one was handled") {
  World w;
  int handled = 0;
  Scripted& slow = w.script([&](Context&, const Message&) {
    ++handled;
    return done();
  });
  const ActorId a = w.spawn({.mailbox_max = 2}, slow);
  CHECK(w.system.send(a, message(1)) == Sent::queued);
  CHECK(w.system.send(a, message(1)) == Sent::queued);
  CHECK(w.system.send(a, message(1)) == Sent::full);
  CHECK(w.system.mailbox_size(a) == 2);
  w.settle();
  CHECK(handled == 2);
  CHECK(w.system.send(a, message(1)) == Sent::queued);
  CHECK(w.system.stats().refused == 1);
}

TEST_CASE("actor: shedding drops the oldest, tells the listener and the one who asked") {
  World w;
  std::vector<std::uint64_t> got;
  Scripted& sink = w.script([&](Context&, const Message& m) {
    got.push_back(m.word[0]);
    return done();
  });
  const ActorId a = w.spawn({.mailbox_max = 2, .overflow = Overflow::shed_oldest}, sink);
  CHECK(w.system.request(a, {.kind = 1, .correlation = 7, .word = {0}}) == Sent::queued);
  CHECK(w.system.send(a, message(1, 1)) == Sent::queued);
  CHECK(w.system.send(a, message(1, 2)) == Sent::queued_shed_oldest);
  CHECK(w.system.send(a, message(1, 3)) == Sent::queued_shed_oldest);
  w.settle();
  CHECK(got == std::vector<std::uint64_t>{2, 3});
  REQUIRE(w.notes.shed.size() == 2);
  CHECK(w.notes.shed[0].word[0] == 0);
  REQUIRE(w.notes.outside.size() == 1);
  CHECK(w.notes.outside[0].kind == kRequestRefused);
  CHECK(w.notes.outside[0].correlation == 7);
  CHECK(w.notes.outside[0].word[0] == static_cast<std::uint64_t>(Errc::overloaded));
  CHECK(w.system.free_messages() == 8192);
}

TEST_CASE("actor: when all messages are in use a send says so") {
  World w({.messages_max = 2});
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const ActorId a = w.spawn({}, quiet);
  CHECK(w.system.send(a, message(1)) == Sent::queued);
  CHECK(w.system.send(a, message(1)) == Sent::queued);
  CHECK(w.system.send(a, message(1)) == Sent::no_memory);
  CHECK(to_errc(Sent::no_memory) == Errc::overloaded);
  w.settle();
  CHECK(w.system.send(a, message(1)) == Sent::queued);
}

TEST_CASE("actor: a parked sender is completed in order once there is room") {
  World w;
  std::vector<std::uint64_t> got;
  Scripted& sink = w.script([&](Context&, const Message& m) {
    got.push_back(m.word[0]);
    return done();
  });
  const ActorId a = w.spawn({.mailbox_max = 1, .overflow = Overflow::park}, sink);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> completions;
  std::vector<Sent> sent;
  Scripted& source = w.script([&](Context& c, const Message& m) {
    if (m.kind == kSendCompleted) {
      CHECK(m.sender == a);
      completions.push_back({m.correlation, m.word[0]});
      return done();
    }
    for (std::uint64_t i = 0; i < 3; ++i) {
      sent.push_back(c.send(a, {.kind = 1, .correlation = 100 + i, .word = {i}}));
    }
    return done();
  });
  const ActorId b = w.spawn({.name = "source"}, source);
  REQUIRE(w.system.send(b, message(2)) == Sent::queued);
  w.settle();
  CHECK(sent == std::vector<Sent>{Sent::queued, Sent::parked, Sent::parked});
  CHECK(got == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(completions == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{101, 0}, {102, 0}});
  CHECK(w.system.free_messages() == 8192);
  CHECK(w.system.next_deadline() == Instant::max());
}

TEST_CASE("actor: a parked send ends at its deadline, and when the receiver stops") {
  World w;
  Scripted& hog = w.script(Scripted::OnMessage{});
  // A receiver that never runs: it waits for a stack that another actor holds.
  Scripted& holder = w.script([&](Context& c, const Message&) {
    (void)c.sleep(seconds(100));
    return done();
  });
  World one({}, nullptr, nullptr, 1);
  const ActorId h = one.spawn({.fiber = true, .starts = false}, holder);
  REQUIRE(one.system.send(h, message(1)) == Sent::queued);
  one.settle();
  const ActorId a = one.spawn({.mailbox_max = 1,
                               .overflow = Overflow::park,
                               .patience = milliseconds(5),
                               .fiber = true,
                               .starts = false},
                              hog);
  REQUIRE(one.system.send(a, message(1)) == Sent::queued);
  CHECK(one.system.send(a, message(1)) == Sent::full);  // nobody to park outside
  std::vector<std::pair<std::uint64_t, Sent>> ends;
  Scripted& source = w.script([&](Context& c, const Message& m) {
    if (m.kind == kSendCompleted) {
      ends.push_back({m.correlation, static_cast<Sent>(m.word[0])});
      return done();
    }
    CHECK(c.send(a, {.kind = 1, .correlation = m.word[0]}, {}, Duration{0}) == Sent::full);
    CHECK(c.send(a, {.kind = 1, .correlation = m.word[0]}) == Sent::parked);
    CHECK(c.send(a, {.kind = 1, .correlation = m.word[0] + 1}, {}, milliseconds(50)) == Sent::parked);
    return done();
  });
  const ActorId b = one.spawn({}, source);
  REQUIRE(one.system.send(b, message(2, 1)) == Sent::queued);
  one.settle();
  CHECK(one.system.next_deadline() == Instant{milliseconds(5).ns});
  one.pass(milliseconds(4));
  CHECK(ends.empty());
  one.pass(milliseconds(1));
  CHECK(ends == std::vector<std::pair<std::uint64_t, Sent>>{{1, Sent::timed_out}});
  REQUIRE(one.system.stop(a) == Errc::ok);
  one.settle();
  REQUIRE(ends.size() == 2);
  CHECK(ends[1] == std::pair<std::uint64_t, Sent>{2, Sent::stopping});
  REQUIRE(one.system.stop(h) == Errc::ok);
  CHECK(one.system.free_messages() == 8192);
  CHECK(one.system.next_deadline() == Instant::max());
}

TEST_CASE("actor: a handler beyond its budget of calls gets a typed error") {
  World w;
  Errc last = Errc::ok;
  std::uint32_t made = 0;
  Sent asked = Sent::queued;
  ActorId self;
  Scripted& loops = w.script([&](Context& c, const Message& m) {
    if (m.kind != 1) return done();
    self = c.self();
    CHECK(c.charge(2) == Errc::ok);
    made = 2;
    while ((last = c.charge()) == Errc::ok) ++made;
    asked = c.request(c.self(), message(3));
    CHECK(c.calls_left() == 0);
    return done();
  });
  const ActorId a = w.spawn({.handler_calls_max = 10}, loops);
  for (int turn = 0; turn < 2; ++turn) {  // each activation has its own
    REQUIRE(w.system.send(a, message(1)) == Sent::queued);
    w.settle();
    CHECK(last == Errc::too_large);
    CHECK(made == 10);
    CHECK(asked == Sent::over_budget);
  }
  CHECK(w.system.stats().over_budget == 4);
}

TEST_CASE("actor: timers fire in order of deadline, then of arming, and not after disarming") {
  World w;
  std::vector<std::uint64_t> got;
  std::optional<TimerId> unwanted;
  Scripted& clock = w.script([&](Context& c, const Message& m) {
    if (m.kind == 1) {
      CHECK(c.arm(milliseconds(3), message(2, 3)).has_value());
      CHECK(c.arm(milliseconds(1), message(2, 1)).has_value());
      CHECK(c.arm(milliseconds(3), message(2, 4)).has_value());
      unwanted = *c.arm(milliseconds(2), message(2, 2));
      return done();
    }
    got.push_back(m.word[0]);
    CHECK(m.sender == c.self());
    if (m.word[0] == 1) {
      CHECK(c.disarm(*unwanted) == Errc::ok);
      CHECK(c.disarm(*unwanted) == Errc::not_found);
    }
    return done();
  });
  const ActorId a = w.spawn({.mailbox_max = 1}, clock);
  REQUIRE(w.system.send(a, message(1)) == Sent::queued);
  w.settle();
  CHECK(w.system.next_deadline() == Instant{milliseconds(1).ns});
  w.pass(seconds(1));
  CHECK(got == std::vector<std::uint64_t>{1, 3, 4});
  CHECK(w.system.next_deadline() == Instant::max());
}

TEST_CASE("actor: a slow handler is reported with its actor and its name") {
  struct Watch final : Meter {
    Instant at{};
    Instant reading() override { return at; }
  } watch;
  World w({.stall_limit = milliseconds(10)}, nullptr, &watch);
  Scripted& slow = w.script([&](Context&, const Message& m) {
    watch.at = watch.at + milliseconds(static_cast<std::int64_t>(m.word[0]));
    return done();
  });
  const ActorId a = w.spawn({.name = "slow"}, slow);
  CHECK(w.system.send(a, message(77, 10)) == Sent::queued);
  CHECK(w.system.send(a, message(77, 11)) == Sent::queued);
  CHECK(w.system.send(a, message(5, 12)) == Sent::queued);
  watch.at = watch.at + seconds(5);  // between runs nobody is blamed
  w.settle();
  REQUIRE(w.notes.stalled.size() == 2);
  CHECK(w.notes.stalled[0].actor == a);
  CHECK(std::string_view(w.notes.stalled[0].handler) == "seventy-seven");
  CHECK(w.notes.stalled[0].ran == milliseconds(11));
  CHECK(std::string_view(w.notes.stalled[1].handler) == "slow");
  CHECK(w.notes.stalled[1].message_kind == 5);
  CHECK(w.system.stats().stalls == 2);
}

}  // namespace
}  // namespace wn::actor
