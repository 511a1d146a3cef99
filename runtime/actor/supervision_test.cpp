// Failures along the tree, and the release of subtrees.
#include <catch2/catch_test_macros.hpp>

#include "runtime/actor/testing_help.h"

namespace wn::actor {
namespace {

using namespace testing;  // NOLINT: test vocabulary

Outcome fail_on_nine(Context&, const Message& m) {
  return m.kind == 9 ? failed(Errc::internal, "nine") : done();
}

TEST_CASE("supervision: a failed child restarts under its id, with its mailbox, without the message") {
  World w;
  int starts = 0;
  int restarts = 0;
  std::vector<std::uint32_t> got;
  Scripted& child = w.script(
      [&](Context& c, const Message& m) {
        got.push_back(m.kind);
        return fail_on_nine(c, m);
      },
      [&](Context&) {
        ++starts;
        return done();
      },
      [&](Context&) {
        ++restarts;
        return done();
      });
  const ActorId a = w.spawn({.name = "child"}, child);
  for (const std::uint32_t kind : {1, 9, 2}) REQUIRE(w.system.send(a, message(kind)) == Sent::queued);
  w.settle();
  CHECK(starts == 1);
  CHECK(restarts == 1);
  CHECK(got == std::vector<std::uint32_t>{1, 9, 2});
  CHECK(w.system.alive(a));
  REQUIRE(w.notes.failed.size() == 1);
  CHECK(w.notes.failed[0].message_kind == 9);
  CHECK(std::string_view(w.notes.failed[0].outcome.why) == "nine");
  CHECK(w.notes.restarted == std::vector<ActorId>{a});
}

TEST_CASE("supervision: beyond restarts_max in a window the failure escalates, and at the top it stops") {
  World w({.root = {.strategy = Strategy::stop}});
  Scripted& fails = w.script(Scripted::OnMessage(fail_on_nine));
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const ActorId top =
      w.spawn({.name = "top", .supervision = {.restarts_max = 2, .window = seconds(1)}}, quiet);
  const ActorId a = w.spawn({.name = "child"}, fails, top);
  for (int i = 0; i < 2; ++i) REQUIRE(w.system.send(a, message(9)) == Sent::queued);
  w.settle();
  CHECK(w.notes.restarted.size() == 2);
  // A second later the window is new.
  w.pass(seconds(1));
  for (int i = 0; i < 2; ++i) REQUIRE(w.system.send(a, message(9)) == Sent::queued);
  w.settle();
  CHECK(w.notes.restarted.size() == 4);
  CHECK(w.notes.escalated.empty());
  REQUIRE(w.system.send(a, message(9)) == Sent::queued);
  w.settle();
  CHECK(w.notes.escalated == std::vector<std::pair<ActorId, ActorId>>{{a, top}});
  CHECK(w.notes.stopped == std::vector<ActorId>{a, top});
  CHECK(w.system.actor_count() == 0);
}

TEST_CASE("supervision: strategies stop and escalate do as they say") {
  World w({.root = {.strategy = Strategy::restart}});
  Scripted& fails = w.script(Scripted::OnMessage(fail_on_nine));
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const ActorId stops = w.spawn({.supervision = {.strategy = Strategy::stop}}, quiet);
  const ActorId passes = w.spawn({.supervision = {.strategy = Strategy::escalate}}, quiet);
  const ActorId a = w.spawn({}, fails, stops);
  const ActorId b = w.spawn({}, fails, passes);
  for (const ActorId id : {a, b}) REQUIRE(w.system.send(id, message(9)) == Sent::queued);
  w.settle();
  CHECK_FALSE(w.system.alive(a));
  CHECK(w.system.alive(stops));
  CHECK(w.system.child_count(stops) == 0);
  // b's failure became its parent's; the root restarted the parent, and b with it.
  CHECK(w.notes.restarted == std::vector<ActorId>{passes, b});
  CHECK(w.system.alive(b));
}

TEST_CASE("supervision: the children of a restarted actor restart or stop as its kind says") {
  for (const Children what : {Children::restart, Children::stop}) {
    World w;
    Scripted& fails = w.script(Scripted::OnMessage(fail_on_nine));
    Scripted& quiet = w.script(Scripted::OnMessage{});
    const ActorId top = w.spawn({.children = what}, fails);
    const ActorId child = w.spawn({}, quiet, top);
    const ActorId grandchild = w.spawn({}, quiet, child);
    w.settle();
    REQUIRE(w.system.send(top, message(9)) == Sent::queued);
    w.settle();
    CHECK(w.system.alive(top));
    const bool stays = what == Children::restart;
    CHECK(w.system.alive(child) == stays);
    CHECK(w.system.alive(grandchild) == stays);
    if (stays) {
      CHECK(w.notes.restarted == std::vector<ActorId>{top, child, grandchild});
    } else {
      CHECK(quiet.stopped == std::vector<ActorId>{grandchild, child});
    }
  }
}

TEST_CASE("supervision: a storm of failing starts is bounded by the levels times restarts_max") {
  World w({.root = {.restarts_max = 3}});
  Scripted& never = w.script([](Context&, const Message&) { return done(); },
                             [](Context&) { return failed(Errc::internal, "never starts"); });
  Scripted& quiet = w.script(Scripted::OnMessage{});
  ActorId at = kOutside;
  constexpr int kLevels = 8;
  for (int level = 0; level < kLevels; ++level) at = w.spawn({}, quiet, at);
  w.spawn({}, never, at);
  w.settle();
  CHECK(w.system.actor_count() == 0);
  CHECK(w.system.stats().failures <= (kLevels + 1) * (3 + 1) * (kLevels + 1));
  CHECK(w.system.idle());
  CHECK(w.system.free_messages() == 8192);
}

TEST_CASE("supervision: stopping releases the whole subtree, children first, and all that it held") {
  World w;
  Scripted& busy = w.script([](Context& c, const Message& m) {
    if (m.kind == 2) (void)c.receive();
    if (m.kind == 1) CHECK(c.arm(seconds(1), message(3), Bytes::copy_of("later")).has_value());
    return done();
  });
  Scripted& quiet = w.script(Scripted::OnMessage{});
  const ActorId top = w.spawn({.name = "top"}, quiet);
  std::vector<ActorId> all{top};
  for (int i = 0; i < 3; ++i) {
    const ActorId child = w.spawn({.name = "child", .fiber = true}, busy, top);
    all.push_back(child);
    for (int j = 0; j < 3; ++j) all.push_back(w.spawn({.name = "leaf"}, busy, child));
    REQUIRE(w.system.send(child, message(2)) == Sent::queued);
  }
  for (const ActorId id : all) REQUIRE(w.system.send(id, message(1)) == Sent::queued);
  w.settle();
  for (const ActorId id : all) REQUIRE(w.system.send(id, message(1), Bytes::copy_of("body")) == Sent::queued);
  REQUIRE(w.system.stop(top) == Errc::ok);
  CHECK(w.system.actor_count() == 0);
  CHECK(w.system.free_messages() == 8192);
  CHECK(w.system.next_deadline() == Instant::max());
  CHECK(w.system.stacks().in_use == 0);
  CHECK(w.notes.stopped.size() == all.size());
  CHECK(w.notes.stopped.back() == top);
  for (const ActorId id : all) CHECK(w.system.send(id, message(1)) == Sent::stale);
  CHECK(w.system.idle());
}

TEST_CASE("supervision: an actor that stops itself handles nothing more") {
  World w;
  int handled = 0;
  Scripted& once = w.script([&](Context& c, const Message&) {
    ++handled;
    CHECK(c.stop(c.self()) == Errc::ok);
    return done();
  });
  const ActorId a = w.spawn({}, once);
  for (int i = 0; i < 3; ++i) REQUIRE(w.system.send(a, message(1)) == Sent::queued);
  w.settle();
  CHECK(handled == 1);
  CHECK_FALSE(w.system.alive(a));
}

}  // namespace
}  // namespace wn::actor
