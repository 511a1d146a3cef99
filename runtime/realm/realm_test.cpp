#include "runtime/realm/realm.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/realm/test_cluster.h"

namespace wn::realm {
namespace {

Request make(Function function, std::uint64_t worknode, std::int64_t value = 0, std::uint64_t other = 0) {
  Request r;
  r.function = function;
  r.worknode = numbered(worknode);
  r.other = numbered(other);
  r.value = value;
  r.property = function == Function::add ? Property::count : Property::title;
  return r;
}

// A change drawn by key: `unique` keeps values and new worknodes apart.
Request drawn(Draw draw, std::int64_t unique) {
  const std::uint64_t worknode = 1 + draw.below(12);
  const std::uint64_t other = draw.below(13);
  switch (draw.below(10)) {
    case 0:
    case 1:
      return make(Function::put, worknode, unique);
    case 2:
      return make(Function::add, worknode, 1);
    case 3:
      return make(Function::include, worknode, unique);
    case 4:
      return make(Function::exclude, worknode,
                  1 + static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(unique))));
    case 5: {
      Request r = make(Function::nest, worknode, unique);
      r.key = static_cast<std::int64_t>(draw.below(2));
      return r;
    }
    case 6:
      return make(Function::create, 1000 + static_cast<std::uint64_t>(unique), 0, other);
    case 7:
    case 8:
      return make(Function::move, worknode, 0, other);
    default:
      return make(draw.below(2) == 0 ? Function::trash : Function::restore, worknode);
  }
}

TEST_CASE("realm: what one replica is told, all replicas say") {
  TestCluster cluster(3);
  cluster.run(seconds(1));
  REQUIRE(cluster.call(0, make(Function::put, 3, 42))->code == ReplyCode::done);
  REQUIRE(cluster.call(1, make(Function::add, 3, 5))->code == ReplyCode::done);
  REQUIRE(cluster.call(2, make(Function::include, 3, 7))->code == ReplyCode::done);
  cluster.run(seconds(3));
  CHECK(cluster.converged());
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(cluster.read(i, 3, Property::title) == std::vector<std::int64_t>{42});
    CHECK(cluster.read(i, 3, Property::count) == std::vector<std::int64_t>{5});
    CHECK(cluster.read(i, 3, Property::tags) == std::vector<std::int64_t>{7});
  }
}

TEST_CASE("realm: an operation that is sent again takes effect once, also over a crash") {
  TestCluster cluster(1);
  Request add = make(Function::add, 2, 5);
  add.operation = 9;
  CHECK(cluster.call(0, add)->code == ReplyCode::done);
  CHECK(cluster.call(0, add)->code == ReplyCode::done);
  cluster.crash(0);
  CHECK(cluster.call(0, add)->code == ReplyCode::done);
  cluster.take_image(0);
  cluster.crash(0);
  CHECK(cluster.call(0, add)->code == ReplyCode::done);
  CHECK(cluster.read(0, 2, Property::count) == std::vector<std::int64_t>{5});
}

TEST_CASE("realm: concurrent moves that would make a cycle together leave a tree, the same everywhere") {
  TestCluster cluster(3);
  cluster.run(seconds(1));
  cluster.isolate(0);
  REQUIRE(cluster.call(0, make(Function::move, 1, 0, 2))->code == ReplyCode::done);
  REQUIRE(cluster.call(1, make(Function::move, 2, 0, 1))->code == ReplyCode::done);
  cluster.run(seconds(2));
  CHECK_FALSE(cluster.converged());
  cluster.heal();
  cluster.run(seconds(3));
  CHECK(cluster.converged());
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(cluster.node(i).realm->broken_invariant().empty());
}

TEST_CASE("realm: a move into the own subtree is refused and has no effect") {
  TestCluster cluster(1);
  const auto reply = cluster.call(0, make(Function::move, 1, 0, 5));  // 5 lies under 1
  CHECK((reply->code == ReplyCode::refused && reply->error == Errc::precondition));
  CHECK(cluster.node(0).realm->updates() == 0);
  CHECK(cluster.call(0, make(Function::put, 777, 1))->error == Errc::not_found);
  CHECK(cluster.call(0, make(Function::create, 1, 0, 0))->error == Errc::already_exists);
}

TEST_CASE("realm: replicas converge under loss, cuts, crashes and compaction") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Options options;
    options.limits.gc_eviction_after_ns = 3'600'000'000'000;
    TestCluster cluster(4, options, seed);
    const Random random(seed);
    std::int64_t unique = 1;
    for (std::uint32_t round = 0; round < 60; ++round) {
      Draw draw = random.at("test.round", 0, round);
      const auto node = static_cast<std::uint32_t>(draw.below(4));
      for (std::uint64_t k = draw.below(4); k > 0; --k) {
        const auto reply =
            cluster.call(node, drawn(random.at("test.op", 0, static_cast<std::uint64_t>(unique)), unique));
        CHECK(reply.has_value());
        ++unique;
      }
      switch (draw.below(12)) {
        case 0:
          cluster.isolate(node);
          break;
        case 1:
          cluster.heal();
          break;
        case 2:
          cluster.crash(node);
          break;
        case 3:
          cluster.take_image(node);
          break;
        default:
          break;
      }
      cluster.run(milliseconds(100), 100'000);
    }
    cluster.heal();
    cluster.run(seconds(6));
    INFO("seed " << seed);
    CHECK(cluster.converged());
    for (std::uint32_t i = 0; i < 4; ++i) {
      CHECK(cluster.node(i).realm->broken_invariant().empty());
      CHECK(cluster.node(i).realm->log_size() == 0);  // all have all: nothing is kept for anybody
    }
  }
}

TEST_CASE("realm: a clock that steps an hour ahead poisons nobody, and its replica goes on") {
  TestCluster cluster(3);
  cluster.run(seconds(2));
  cluster.node(0).wall_offset = seconds(3600);
  REQUIRE(cluster.call(0, make(Function::put, 3, 1))->code == ReplyCode::done);
  cluster.run(seconds(3));
  REQUIRE(cluster.call(0, make(Function::put, 3, 2))->code == ReplyCode::done);
  cluster.run(seconds(3));
  CHECK(cluster.converged());
  CHECK(cluster.count(TraceKind::clock_refused) == 0);
  CHECK(cluster.read(2, 3, Property::title) == std::vector<std::int64_t>{2});
}

TEST_CASE(
    "realm: a replica that is gone for long is evicted, garbage goes, and it comes back with what it did "
    "alone") {
  Options options;
  options.limits.gc_eviction_after_ns = 4'000'000'000;
  TestCluster cluster(3, options);
  cluster.run(seconds(2));
  cluster.isolate(2);
  REQUIRE(cluster.call(2, make(Function::include, 4, 77))->code == ReplyCode::done);
  REQUIRE(cluster.call(0, make(Function::include, 4, 11))->code == ReplyCode::done);
  cluster.run(seconds(2));
  CHECK(cluster.node(0).realm->log_size() > 0);  // kept for the one that is away
  cluster.run(seconds(6));
  CHECK(cluster.count(TraceKind::realm_evicted) >= 2);
  CHECK(cluster.node(0).realm->log_size() == 0);
  cluster.heal();
  cluster.run(seconds(6));
  CHECK(cluster.converged());
  CHECK(cluster.node(2).realm->replica() != ReplicaId{3});
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(cluster.read(i, 4, Property::tags) == std::vector<std::int64_t>{11, 77});
  }
  cluster.crash(2);  // the new identity survives a restart
  cluster.run(seconds(2));
  CHECK(cluster.converged());
}

TEST_CASE("realm: garbage that is collected by what one replica alone has seen loses late moves") {
  const auto diverges = [](Defect defect) {
    std::uint32_t bad = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Options options;
      options.defect = defect;
      TestCluster cluster(3, options, seed);
      cluster.run(seconds(1));
      cluster.isolate(0);
      const bool moved = cluster.call(0, make(Function::move, 7, 0, 9))->code == ReplyCode::done;
      cluster.run(milliseconds(500));
      const bool later = cluster.call(1, make(Function::move, 8, 0, 11))->code == ReplyCode::done;
      cluster.run(seconds(2));
      cluster.heal();
      cluster.run(seconds(4));
      if (moved && later && !cluster.converged()) ++bad;
    }
    return bad;
  };
  CHECK(diverges(Defect::none) == 0);
  CHECK(diverges(Defect::tombstone_reaped_early) > 0);
}

TEST_CASE("realm: damaged messages of peers change nothing") {
  TestCluster cluster(2);
  cluster.run(seconds(1));
  REQUIRE(cluster.call(0, make(Function::put, 3, 1))->code == ReplyCode::done);
  const Digest before = cluster.node(1).realm->digest();
  Effects effects;
  for (std::uint64_t k = 0; k < 3000; ++k) {
    Draw draw = Random(3).at("test.hostile", 0, k);
    std::vector<std::uint8_t> bytes(draw.below(200));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(draw.below(256));
    const auto kind = static_cast<MessageKind>(42 + draw.below(4));
    cluster.node(1).realm->receive(cluster.moment(cluster.node(1)), NodeId{1}, kind, bytes, effects);
    effects.clear();
  }
  CHECK(cluster.node(1).realm->digest() == before);
}

}  // namespace
}  // namespace wn::realm
