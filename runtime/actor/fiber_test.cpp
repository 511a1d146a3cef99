// Handlers that wait: call, sleep, receive, and being told to stop meanwhile.
#include <catch2/catch_test_macros.hpp>

#include "runtime/actor/testing_help.h"

namespace wn::actor {
namespace {

using namespace testing;  // NOLINT: test vocabulary

const Kind kFiberKind{.name = "waits", .fiber = true, .starts = false};

TEST_CASE("fiber: a call reads like straight code and its reply carries bytes") {
  World w;
  Scripted& server = w.script([&](Context& c, const Message& m) {
    Message answer = message(11, m.word[0] * 2);
    CHECK(c.reply(m, answer, Bytes::copy_of("pong")) == Sent::queued);
    CHECK(c.reply(m, answer) == Sent::unexpected);  // once
    return done();
  });
  const ActorId s = w.spawn({.name = "server"}, server);
  std::vector<std::uint64_t> got;
  Scripted& client = w.script([&](Context& c, const Message& m) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      const auto r = c.call(s, message(10, m.word[0] + i), seconds(1));
      REQUIRE(r.has_value());
      CHECK(r->message.is_reply());
      CHECK(r->message.sender == s);
      CHECK(r->body.text() == "pong");
      got.push_back(r->message.word[0]);
    }
    return done();
  });
  const ActorId a = w.spawn(kFiberKind, client);
  REQUIRE(w.system.send(a, message(1, 5)) == Sent::queued);
  w.settle();
  CHECK(got == std::vector<std::uint64_t>{10, 12, 14});
  CHECK(w.system.free_messages() == 8192);
  CHECK(w.system.next_deadline() == Instant::max());
  CHECK(w.system.stacks().in_use == 0);
  CHECK(w.system.stacks().high_water_bytes > 256);
}

TEST_CASE("fiber: a call times out, and the late reply is refused and counted") {
  World w;
  Message asked;
  ActorId s;
  Scripted& server = w.script([&](Context& c, const Message& m) {
    if (m.kind == 10) {
      asked = m;
      return done();
    }
    CHECK(c.reply(asked, message(11)) == Sent::unexpected);
    return done();
  });
  s = w.spawn({}, server);
  Errc code = Errc::ok;
  Instant when{};
  Scripted& client = w.script([&](Context& c, const Message&) {
    code = c.call(s, message(10), milliseconds(3)).error().code;
    when = c.now();
    return done();
  });
  const ActorId a = w.spawn(kFiberKind, client);
  REQUIRE(w.system.send(a, message(1)) == Sent::queued);
  w.pass(seconds(1));
  CHECK(code == Errc::timed_out);
  CHECK(when == Instant{milliseconds(3).ns});
  REQUIRE(w.system.send(s, message(12)) == Sent::queued);
  w.settle();
  CHECK(w.system.stats().late_replies == 1);
}

TEST_CASE("fiber: a call learns that its callee failed, stopped, shed it, or never was") {
  World w;
  Errc code = Errc::ok;
  ActorId target;
  Scripted& client = w.script([&](Context& c, const Message&) {
    const auto r = c.call(target, message(10), seconds(1));
    code = r.has_value() ? Errc::ok : r.error().code;
    return done();
  });
  const ActorId a = w.spawn(kFiberKind, client);
  const auto ask = [&] {
    REQUIRE(w.system.send(a, message(1)) == Sent::queued);
    w.settle();
  };
  Scripted& fails = w.script([&](Context&, const Message&) { return failed(Errc::io_error, "disk"); });
  target = w.spawn({}, fails);
  ask();
  CHECK(code == Errc::io_error);

  Scripted& silent = w.script([&](Context&, const Message&) { return done(); });
  target = w.spawn({.mailbox_max = 1}, silent);
  REQUIRE(w.system.send(target, message(2)) == Sent::queued);
  REQUIRE(w.system.send(a, message(1)) == Sent::queued);
  World* world = &w;
  Scripted& holder = w.script([&](Context& c, const Message&) {
    (void)c.stop(target);
    return done();
  });
  w.settle();  // the call is queued behind; it waits
  const ActorId stopper = world->spawn({}, holder);
  const ActorId dying = target;
  REQUIRE(w.system.send(stopper, message(1)) == Sent::queued);
  w.settle();
  CHECK_FALSE(w.system.alive(dying));

  target = ActorId{77, 3};
  ask();
  CHECK(code == Errc::not_found);
}

TEST_CASE("fiber: sleeping takes the time that it takes, and others run meanwhile") {
  World w;
  std::vector<std::string> log;
  Scripted& sleeper = w.script([&](Context& c, const Message& m) {
    log.push_back("sleep " + std::to_string(m.word[0]));
    CHECK(c.sleep(milliseconds(static_cast<std::int64_t>(m.word[0]))) == Errc::ok);
    log.push_back("woke " + std::to_string(c.now().ns / 1'000'000));
    return done();
  });
  const auto kind = w.system.add_kind(kFiberKind);
  for (const std::uint64_t ms : {30, 10, 20}) {
    const auto id = w.system.spawn({.kind = *kind, .behaviour = &sleeper});
    REQUIRE(w.system.send(*id, message(1, ms)) == Sent::queued);
  }
  w.pass(seconds(1));
  CHECK(log == std::vector<std::string>{"sleep 30", "sleep 10", "sleep 20", "woke 10", "woke 20", "woke 30"});
}

TEST_CASE("fiber: receive takes the next message in the middle of a handler") {
  World w;
  std::uint64_t sum = 0;
  Errc end = Errc::ok;
  Scripted& collector = w.script([&](Context& c, const Message& m) {
    sum = m.word[0];
    for (;;) {
      const auto next = c.receive(milliseconds(10));
      if (!next.has_value()) {
        end = next.error().code;
        return done();
      }
      sum += next->message.word[0];
    }
  });
  const ActorId a = w.spawn(kFiberKind, collector);
  for (std::uint64_t i = 1; i <= 3; ++i) REQUIRE(w.system.send(a, message(1, i)) == Sent::queued);
  w.settle();
  CHECK(sum == 6);
  REQUIRE(w.system.send(a, message(1, 10)) == Sent::queued);
  w.settle();
  CHECK(sum == 16);
  CHECK(end == Errc::ok);
  w.pass(milliseconds(10));
  CHECK(end == Errc::timed_out);
}

TEST_CASE("fiber: a handler that waits is told when it is stopped, and its frames unwind") {
  World w;
  bool unwound = false;
  std::vector<Errc> codes;
  Scripted& waits = w.script([&](Context& c, const Message&) {
    struct Frame {
      bool* flag;
      ~Frame() { *flag = true; }
    } frame{&unwound};
    codes.push_back(c.sleep(seconds(5)));
    codes.push_back(c.sleep(seconds(5)));
    codes.push_back(c.call(c.self(), message(1), seconds(1)).error().code);
    codes.push_back(c.receive().error().code);
    CHECK_FALSE(c.spawn({}).has_value());
    return done();
  });
  const ActorId a = w.spawn(kFiberKind, waits);
  REQUIRE(w.system.send(a, message(1)) == Sent::queued);
  w.settle();
  CHECK(w.system.stacks().in_use == 1);
  REQUIRE(w.system.stop(a) == Errc::ok);
  CHECK(unwound);
  CHECK(codes == std::vector<Errc>(4, Errc::cancelled));
  CHECK(w.system.stacks().in_use == 0);
  CHECK(w.system.next_deadline() == Instant::max());
}

TEST_CASE("fiber: the system's end unwinds handlers that wait") {
  bool unwound = false;
  {
    World w;
    Scripted& waits = w.script([&](Context& c, const Message&) {
      (void)c.receive();
      unwound = true;
      return done();
    });
    const ActorId a = w.spawn(kFiberKind, waits);
    REQUIRE(w.system.send(a, message(1)) == Sent::queued);
    w.settle();
    CHECK_FALSE(unwound);
  }
  CHECK(unwound);
}

TEST_CASE("fiber: with all stacks in use a handler waits for one, in order") {
  World w({}, nullptr, nullptr, 2);
  std::vector<std::uint64_t> order;
  Scripted& sleeper = w.script([&](Context& c, const Message& m) {
    order.push_back(m.word[0]);
    (void)c.sleep(milliseconds(10));
    return done();
  });
  const auto kind = w.system.add_kind(kFiberKind);
  for (std::uint64_t i = 0; i < 6; ++i) {
    const auto id = w.system.spawn({.kind = *kind, .behaviour = &sleeper});
    REQUIRE(w.system.send(*id, message(1, i)) == Sent::queued);
  }
  w.settle();
  CHECK(order.size() == 2);
  w.pass(seconds(1));
  CHECK(order == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5});
  CHECK(w.system.stats().stack_waits >= 4);
}

TEST_CASE("fiber: a sender waits for room in a mailbox that parks") {
  World w;
  std::vector<std::uint64_t> got;
  Scripted& slow = w.script([&](Context& c, const Message& m) {
    got.push_back(m.word[0]);
    (void)c.sleep(milliseconds(10));
    return done();
  });
  const ActorId a = w.spawn({.mailbox_max = 1,
                             .overflow = Overflow::park,
                             .patience = milliseconds(15),
                             .fiber = true,
                             .starts = false},
                            slow);
  std::vector<std::pair<Sent, std::int64_t>> sent;
  Scripted& source = w.script([&](Context& c, const Message&) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      const Sent s = c.send(a, message(1, i));
      sent.push_back({s, c.now().ns / 1'000'000});
      if (i == 0) (void)c.sleep(milliseconds(1));
    }
    sent.push_back({c.send(a, message(1, 3), {}, milliseconds(2)), c.now().ns / 1'000'000});
    return done();
  });
  const ActorId b = w.spawn(kFiberKind, source);
  REQUIRE(w.system.send(b, message(1)) == Sent::queued);
  w.pass(seconds(1));
  CHECK(got == std::vector<std::uint64_t>{0, 1, 2});
  REQUIRE(sent.size() == 4);
  CHECK(sent[0] == std::pair<Sent, std::int64_t>{Sent::queued, 0});
  CHECK(sent[1] == std::pair<Sent, std::int64_t>{Sent::queued, 1});
  CHECK(sent[2] == std::pair<Sent, std::int64_t>{Sent::queued, 10});
  CHECK(sent[3] == std::pair<Sent, std::int64_t>{Sent::timed_out, 12});
}

TEST_CASE("fiber: waiting is refused where there is no fiber") {
  World w;
  Scripted& plain = w.script([&](Context& c, const Message&) {
    CHECK(c.sleep(seconds(1)) == Errc::precondition);
    CHECK(c.receive().error().code == Errc::precondition);
    CHECK(c.call(c.self(), message(1), seconds(1)).error().code == Errc::precondition);
    return done();
  });
  const ActorId a = w.spawn({}, plain);
  REQUIRE(w.system.send(a, message(1)) == Sent::queued);
  w.settle();
  System bare({}, std::pmr::new_delete_resource());
  CHECK(bare.add_kind(kFiberKind).error().code == Errc::invalid_argument);
}

}  // namespace
}  // namespace wn::actor
