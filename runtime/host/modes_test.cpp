// LOCAL, EVENTUAL and STRONG on one host: one journal, several parts.
#include <catch2/catch_test_macros.hpp>

#include "runtime/causality/version_vector.h"
#include "runtime/host/group_map.h"
#include "runtime/host/test_world.h"

namespace wn::host {
namespace {

using realm::Function;
using realm::ReplyCode;
using realm::Request;

Request make(Mode mode, Function function, std::uint64_t worknode, std::int64_t value = 0) {
  Request r;
  r.mode = mode;
  r.function = function;
  r.worknode = realm::numbered(worknode);
  r.property = realm::Property::title;
  r.value = value;
  return r;
}

void with_groups(Options& o) {
  o.groups.groups = first_groups({.groups = 2, .replicas = 1, .members = o.realm.members, .worknodes = 12});
  o.compact_every_updates = 8;
}

std::int64_t value_of(TestWorld& world, Mode mode, std::uint64_t worknode) {
  const realm::Reply reply = world.call(make(mode, Function::get, worknode));
  REQUIRE(reply.code == ReplyCode::done);
  return reply.items.empty() ? 0 : reply.items.front();
}

TEST_CASE("host: the same property is another one in each mode, and all three survive any crash") {
  for (const Loss loss : kEveryLoss) {
    TestWorld world(with_groups);
    world.run_for(seconds(2));
    for (std::int64_t i = 1; i <= 20; ++i) {
      for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong}) {
        const auto offset = static_cast<std::int64_t>(mode) * 1000;
        REQUIRE(world.call(make(mode, Function::put, 3, offset + i)).code == ReplyCode::done);
      }
      if (i % 7 == 0) {
        world.crash(loss);
        world.run_for(seconds(2));
      }
      for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong})
        CHECK(value_of(world, mode, 3) == static_cast<std::int64_t>(mode) * 1000 + i);
    }
    CHECK(world.claimed("host: journal compacted"));
  }
}

TEST_CASE("host: what comes in one turn of the loop is made durable by one flush, where that is asked for") {
  for (const bool at_turn_end : {false, true}) {
    TestWorld world([&](Options& o) { o.flush_at_turn_end = at_turn_end; });
    world.run_for(seconds(1));
    REQUIRE(world.call(make(Mode::local, Function::put, 3, 1)).code == ReplyCode::done);
    const std::uint64_t before = world.syncs();
    std::vector<std::uint64_t> asked;
    for (std::int64_t i = 0; i < 10; ++i) asked.push_back(world.ask(make(Mode::local, Function::put, 3, i)));
    for (const std::uint64_t one : asked) CHECK(!world.reply(one));  // nothing is durable yet
    world.run_for(seconds(1));
    for (const std::uint64_t one : asked) CHECK(world.reply(one).has_value());
    CHECK(world.syncs() - before == (at_turn_end ? 1 : 2));
  }
}

TEST_CASE("host: what was acknowledged survives any crash, with flushes at the end of a turn too") {
  for (const Loss loss : kEveryLoss) {
    TestWorld world([](Options& o) {
      with_groups(o);
      o.flush_at_turn_end = true;
    });
    world.run_for(seconds(2));
    for (std::int64_t i = 1; i <= 12; ++i) {
      for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong})
        REQUIRE(world.call(make(mode, Function::put, 3, i)).code == ReplyCode::done);
      static_cast<void>(world.ask(make(Mode::local, Function::put, 4, i)));  // cut off by the crash, or not
      if (i % 4 == 0) {
        world.crash(loss);
        world.run_for(seconds(2));
      }
      for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong})
        CHECK(value_of(world, mode, 3) == i);
    }
  }
}

TEST_CASE("host: a STRONG cas takes its expectation at its word") {
  TestWorld world(with_groups);
  world.run_for(seconds(2));
  REQUIRE(world.call(make(Mode::strong, Function::put, 3, 5)).code == ReplyCode::done);
  Request cas = make(Mode::strong, Function::cas, 3, 6);
  cas.expected = 4;
  const realm::Reply refused = world.call(cas);
  CHECK(refused.code == ReplyCode::refused);
  CHECK(refused.error == Errc::precondition);
  cas.expected = 5;
  CHECK(world.call(cas).code == ReplyCode::done);
  CHECK(value_of(world, Mode::strong, 3) == 6);
}

TEST_CASE("host: without groups nothing is STRONG") {
  TestWorld world;
  world.run_for(milliseconds(50));
  const realm::Reply reply = world.call(make(Mode::strong, Function::put, 3, 5));
  CHECK(reply.code == ReplyCode::refused);
  CHECK(reply.error == Errc::unsupported);
}

Bytes session_of(std::uint32_t replica, std::uint64_t counter) {
  causality::VersionVector seen(std::pmr::new_delete_resource());
  REQUIRE(seen.advance(ReplicaId{replica}, counter) == Errc::ok);
  std::vector<std::uint8_t> bytes;
  seen.encode(bytes);
  return Bytes::copy_of(ByteView(bytes));
}

TEST_CASE("host: a client that has seen more waits for a while and is refused for good") {
  TestWorld world;
  world.run_for(milliseconds(50));
  Request put = make(Mode::eventual, Function::put, 3, 5);
  put.keeps_session = true;
  const realm::Reply first = world.call(put);
  CHECK(first.code == ReplyCode::done);
  CHECK(!first.session.empty());
  put.session = first.session;
  CHECK(world.call(put).code == ReplyCode::done);
  put.session = session_of(77, 4);
  put.value = 9;
  const std::uint64_t operation = world.ask(put);
  world.run_for(milliseconds(450));
  CHECK(!world.reply(operation).has_value());
  world.run_for(milliseconds(100));
  REQUIRE(world.reply(operation).has_value());
  CHECK(world.reply(operation)->code == ReplyCode::refused);
  CHECK(world.reply(operation)->error == Errc::behind);
  CHECK(value_of(world, Mode::eventual, 3) == 5);
}

TEST_CASE("host: a session that is none is refused") {
  TestWorld world;
  world.run_for(milliseconds(50));
  Request get = make(Mode::eventual, Function::get, 3);
  get.keeps_session = true;
  get.session = Bytes::copy_of(std::string("no vector"));
  const realm::Reply reply = world.call(get);
  CHECK(reply.code == ReplyCode::refused);
  CHECK(reply.error == Errc::corrupt);
}

}  // namespace
}  // namespace wn::host
