#include "runtime/host/host.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/host/test_world.h"

namespace wn::host {
namespace {

using realm::Function;
using realm::ReplyCode;
using realm::Request;

Request make(Function function, std::uint64_t worknode, std::int64_t value = 0, std::uint64_t other = 0) {
  Request r;
  r.function = function;
  r.worknode = realm::numbered(worknode);
  r.other = realm::numbered(other);
  r.property = realm::Property::count;
  r.value = value;
  return r;
}

std::int64_t counter(TestWorld& world, std::uint64_t worknode) {
  const realm::Reply reply = world.call(make(Function::get, worknode));
  REQUIRE(reply.code == ReplyCode::done);
  return reply.items.empty() ? 0 : reply.items.front();
}

TEST_CASE("host: a request goes through its worknode's mailbox and comes back as a reply") {
  TestWorld world;
  world.run_for(milliseconds(50));
  CHECK(world.call(make(Function::add, 3, 5)).code == ReplyCode::done);
  CHECK(world.call(make(Function::add, 3, 6)).code == ReplyCode::done);
  CHECK(counter(world, 3) == 11);
  CHECK(world.count(TraceKind::handle_used) == 3);
  CHECK(world.call(make(Function::get, 77)).code == ReplyCode::refused);  // no such worknode
}

TEST_CASE("host: what is asked while the journal is being read is answered when it has been, once each") {
  TestWorld world;  // has just started
  std::vector<std::uint64_t> asked;
  for (int i = 0; i < 600; ++i) asked.push_back(world.ask(make(Function::add, 3, 1)));
  for (const std::uint64_t operation : asked) REQUIRE(!world.reply(operation));
  CHECK(world.claimed("host: too many requests wait for the journal to be read"));
  world.run_for(seconds(1));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto reply = world.reply(asked[i]);
    REQUIRE(reply.has_value() == (i < 512));  // requests_max
    if (reply) CHECK(reply->code == ReplyCode::done);
  }
  CHECK(counter(world, 3) == 512);
  world.crash(Loss::all);
  CHECK(counter(world, 3) == 512);
}

TEST_CASE("host: a full mailbox is answered by its name, and what was in it is served") {
  TestWorld world([](Options& o) {
    o.handler_cost = milliseconds(10);
    o.realm.limits.mailbox_messages = 2;
  });
  world.run_for(milliseconds(50));
  std::vector<std::uint64_t> asked;
  for (int i = 0; i < 6; ++i) asked.push_back(world.ask(make(Function::add, 3, 1)));
  world.run_for(milliseconds(200));
  std::int64_t done = 0;
  for (const std::uint64_t operation : asked) {
    const auto reply = world.reply(operation);
    REQUIRE(reply);
    if (reply->code == ReplyCode::done) {
      ++done;
    } else {
      CHECK(reply->code == ReplyCode::overloaded);
    }
  }
  CHECK(done >= 2);
  CHECK(done <= 3);  // one was under way
  CHECK(world.count(TraceKind::mailbox_full) == static_cast<std::size_t>(6 - done));
  CHECK(counter(world, 3) == done);
}

TEST_CASE("host: the oldest is shed when the mailbox says so, and told") {
  TestWorld world([](Options& o) {
    o.handler_cost = milliseconds(10);
    o.realm.limits.mailbox_messages = 2;
    o.mailbox_full = actor::Overflow::shed_oldest;
  });
  world.run_for(milliseconds(50));
  std::vector<std::uint64_t> asked;
  for (int i = 0; i < 6; ++i) asked.push_back(world.ask(make(Function::add, 3, 1)));
  world.run_for(milliseconds(200));
  for (const std::uint64_t operation : asked) REQUIRE(world.reply(operation));
  CHECK(world.reply(asked[1])->code == ReplyCode::overloaded);
  CHECK(world.reply(asked.back())->code == ReplyCode::done);
}

TEST_CASE("host: a handler that fails begins again, and fails upwards when it fails too often") {
  TestWorld world;
  world.run_for(milliseconds(50));
  for (int i = 0; i < 3; ++i) CHECK(world.call(make(Function::crash, 4)).code == ReplyCode::failed);
  CHECK(world.count(TraceKind::actor_failed) == 3);
  CHECK(world.count(TraceKind::actor_restarted) == 3);
  CHECK(world.count(TraceKind::actor_escalated) == 0);
  CHECK(world.call(make(Function::crash, 4)).code == ReplyCode::failed);
  REQUIRE(world.count(TraceKind::actor_escalated) >= 1);
  const auto up = std::ranges::find(world.told, TraceKind::actor_escalated, &TestWorld::Told::kind);
  CHECK(up->field[0] == realm::numbered(4).low);
  CHECK(up->field[1] == realm::numbered(1).low);
  CHECK(world.call(make(Function::add, 4, 1)).code == ReplyCode::done);  // it is served again
}

TEST_CASE("host: a worknode that moved has its new parent for a supervisor") {
  TestWorld world;
  world.run_for(milliseconds(50));
  CHECK(world.call(make(Function::add, 4, 1)).code == ReplyCode::done);
  CHECK(world.call(make(Function::move, 4, 0, 2)).code == ReplyCode::done);
  CHECK(world.claimed("host: an actor moved with its worknode"));
  for (int i = 0; i < 4; ++i) CHECK(world.call(make(Function::crash, 4)).code == ReplyCode::failed);
  const auto up = std::ranges::find(world.told, TraceKind::actor_escalated, &TestWorld::Told::kind);
  REQUIRE(up != world.told.end());
  CHECK(up->field[1] == realm::numbered(2).low);
  CHECK(counter(world, 4) == 1);
}

TEST_CASE("host: a call asks each child and adds up") {
  TestWorld world;
  world.run_for(milliseconds(50));
  for (std::uint64_t child = 4; child <= 6; ++child)
    CHECK(world.call(make(Function::add, child, static_cast<std::int64_t>(child))).code == ReplyCode::done);
  CHECK(world.call(make(Function::add, 7, 1000)).code == ReplyCode::done);  // another's child
  const realm::Reply sum = world.call(make(Function::call, 1));
  CHECK(sum.code == ReplyCode::done);
  CHECK(sum.items == std::vector<std::int64_t>{15});
  CHECK(world.call(make(Function::call, 12)).items == std::vector<std::int64_t>{0});
}

TEST_CASE("host: what waits too long is answered, and its handle is stale") {
  const auto wait = [](Defect defect) {
    auto world = std::make_unique<TestWorld>([&](Options& o) {
      o.handler_cost = milliseconds(300);
      o.realm.limits.mailbox_messages = 64;
      o.defect = defect;
    });
    world->run_for(milliseconds(50));
    std::vector<std::uint64_t> asked;
    for (int i = 0; i < 20; ++i) asked.push_back(world->ask(make(Function::add, 3, 1)));
    world->run_for(milliseconds(2500));
    for (const std::uint64_t operation : asked) REQUIRE(world->reply(operation));
    CHECK(world->reply(asked.front())->code == ReplyCode::done);
    CHECK(world->reply(asked.back())->code == ReplyCode::overloaded);
    CHECK(world->reply(asked.back())->error == Errc::timed_out);
    for (int i = 0; i < 10; ++i) world->ask(make(Function::add, 5, 1));
    world->run_for(seconds(10));
    return world;
  };
  const auto astray = [](const TestWorld::Told& t) {
    return t.kind == TraceKind::handle_used && t.field[1] != t.field[2];
  };
  const auto sound = wait(Defect::none);
  CHECK(sound->claimed("host: a stale handle was refused"));
  CHECK(std::ranges::none_of(sound->told, astray));
  const auto unsound = wait(Defect::stale_handle_reuse);
  CHECK_FALSE(unsound->claimed("host: a stale handle was refused"));
  CHECK(std::ranges::any_of(unsound->told, astray));
}

TEST_CASE("host: what was acknowledged is there after any crash, at once or compacted") {
  for (const std::uint32_t compact_every : {3U, 2000U}) {
    TestWorld world([&](Options& o) { o.compact_every_updates = compact_every; });
    world.run_for(milliseconds(50));
    std::int64_t done = 0;
    for (std::size_t i = 0; i < 60; ++i) {
      if (world.call(make(Function::add, 3, 1)).code == ReplyCode::done) ++done;
      world.crash(kEveryLoss[i % std::size(kEveryLoss)]);  // in the moment of the reply
      REQUIRE(counter(world, 3) == done);
    }
    CHECK(done == 60);
    CHECK(world.count(TraceKind::store_refused) == 0);
  }
}

TEST_CASE("host: alone in its realm, a replica keeps updates for nobody and never has too many") {
  TestWorld world([](Options& o) {
    o.realm.limits.updates_max = 64;
    o.realm.limits.tree_log_operations_max = 64;
  });
  world.run_for(milliseconds(50));
  for (std::int64_t i = 1; i <= 200; ++i) {
    INFO(i);
    const std::uint64_t under = i % 2 == 0 ? 1 : 2;
    REQUIRE(world.call(make(Function::add, 3, 1)).code == ReplyCode::done);
    REQUIRE(world.call(make(Function::move, 9, 0, under)).code == ReplyCode::done);
    if (i % 20 == 0) world.run_for(milliseconds(500));
  }
  CHECK(counter(world, 3) == 200);
}

TEST_CASE("host: a damaged frame changes nothing") {
  TestWorld world;
  world.run_for(milliseconds(50));
  Request request = make(Function::add, 3, 1);
  request.operation = 1000;
  request.attempt = 1;
  const Bytes whole = TestWorld::frame_of(request);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    world.deliver(Bytes::build(whole.size(), [&](std::uint8_t* bytes) {
      std::copy_n(whole.data(), whole.size(), bytes);
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    }));
  }
  for (std::size_t size = 0; size < whole.size(); ++size) world.deliver(whole.slice(0, size));
  world.run_for(milliseconds(100));
  CHECK(world.claimed("host: damaged frame dropped"));
  CHECK(counter(world, 3) == 0);
}

}  // namespace
}  // namespace wn::host
