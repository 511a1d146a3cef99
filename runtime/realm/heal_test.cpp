// Healing at small scope: every order in which the links of at most four partitions can come back.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "runtime/realm/test_cluster.h"

namespace wn::realm {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;

Request change(Function function, std::uint64_t worknode, std::int64_t value = 0, std::uint64_t other = 0) {
  Request r;
  r.function = function;
  r.worknode = numbered(worknode);
  r.other = numbered(other);
  r.value = value;
  r.property = function == Function::add ? Property::count : Property::title;
  return r;
}

std::vector<Pair> links_of(std::uint32_t nodes) {
  std::vector<Pair> links;
  for (std::uint32_t a = 0; a < nodes; ++a) {
    for (std::uint32_t b = a + 1; b < nodes; ++b) links.emplace_back(a, b);
  }
  return links;
}

// Which changes go against each other: a register, a set whose element one side takes out, a counter, moves
// that make a cycle together, a worknode that one side trashes.
void disagree(TestCluster& cluster, std::uint32_t node) {
  const auto n = static_cast<std::int64_t>(node);
  const auto done = [&](const Request& r) { REQUIRE(cluster.call(node, r)->code == ReplyCode::done); };
  done(change(Function::put, 3, 100 + n));
  done(change(Function::add, 3, 1 + n));
  if (node % 2 == 0) done(change(Function::exclude, 3, 7));
  done(change(Function::include, 3, node % 2 == 0 ? 20 + n : 7));
  done(change(Function::move, 1 + node, 0, 1 + (node + 1) % 4));
  if (node == 3) done(change(Function::trash, 2));
}

TestCluster divided(std::uint32_t nodes, std::uint64_t seed) {
  Options options;
  options.gossip_interval = milliseconds(20);
  options.answer_timeout = milliseconds(30);
  TestCluster cluster(nodes, options, seed);
  cluster.run(milliseconds(50));
  REQUIRE(cluster.call(0, change(Function::include, 3, 7))->code == ReplyCode::done);
  cluster.run(milliseconds(600));
  REQUIRE(cluster.converged());
  for (const auto& [a, b] : links_of(nodes)) cluster.cut(a, b);
  cluster.run(milliseconds(20));
  for (std::uint32_t i = 0; i < nodes; ++i) disagree(cluster, i);
  return cluster;
}

// Replicas that links lead between, however indirectly.
std::vector<std::uint32_t> components(std::uint32_t nodes, const std::vector<Pair>& links) {
  std::vector<std::uint32_t> of(nodes);
  std::iota(of.begin(), of.end(), 0U);
  for (std::uint32_t round = 0; round < nodes; ++round) {
    for (const auto& [a, b] : links) of[a] = of[b] = std::min(of[a], of[b]);
  }
  return of;
}

bool equal_within(TestCluster& cluster, const std::vector<std::uint32_t>& component) {
  for (std::uint32_t i = 0; i < component.size(); ++i) {
    const Realm& mine = *cluster.node(i).realm;
    const Realm& first = *cluster.node(component[i]).realm;
    if (mine.updates() != first.updates() || mine.digest() != first.digest()) return false;
  }
  return true;
}

constexpr Duration kStep = milliseconds(60);
constexpr std::uint32_t kStepsMax = 40;  // 2.4 s: the bound within which what is connected must be equal

bool settle(TestCluster& cluster, const std::vector<std::uint32_t>& component) {
  for (std::uint32_t i = 0; i < kStepsMax; ++i) {
    if (equal_within(cluster, component)) return true;
    cluster.run(kStep);
  }
  return equal_within(cluster, component);
}

void heal_in_every_order(std::uint32_t nodes, std::size_t orders_expected) {
  std::vector<Pair> order = links_of(nodes);
  std::size_t orders = 0;
  std::optional<std::vector<std::vector<std::int64_t>>> seen;
  do {
    ++orders;
    TestCluster cluster = divided(nodes, 1);
    std::vector<Pair> joined;
    for (const auto& [a, b] : order) {
      cluster.join(a, b);
      joined.emplace_back(a, b);
      REQUIRE(settle(cluster, components(nodes, joined)));
    }
    REQUIRE(cluster.converged());
    REQUIRE(cluster.node(0).realm->broken_invariant().empty());
    // The updates carry the same stamps in every order, so what the users see is the same in every order.
    std::vector<std::vector<std::int64_t>> state;
    for (const Property p : {Property::title, Property::count, Property::tags}) {
      state.push_back(cluster.read(0, 3, p));
    }
    for (std::uint64_t w = 1; w <= 4; ++w) {
      state.push_back({static_cast<std::int64_t>(cluster.node(0).realm->parent_of(numbered(w)).low)});
    }
    if (!seen) seen = state;
    REQUIRE(state == *seen);
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(orders == orders_expected);
}

TEST_CASE("healing: two and three partitions heal to the same state in every order of their links") {
  heal_in_every_order(2, 1);
  heal_in_every_order(3, 6);
}

TEST_CASE("healing: four partitions heal to the same state in all 720 orders of their links") {
  heal_in_every_order(4, 720);
}

TEST_CASE("healing: while links work one way alone nothing is damaged, and a two-way path is enough") {
  // Every set of directed links among three, each whole in its end state.
  for (std::uint32_t set = 0; set < 64; ++set) {
    TestCluster cluster = divided(3, 7 + set);
    const std::array<Pair, 6> directed{{{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}}};
    std::vector<Pair> both_ways;
    for (const auto& [a, b] : links_of(3)) cluster.join(a, b);
    for (std::uint32_t i = 0; i < 6; ++i) {
      if ((set >> i & 1) == 0) cluster.cut_one_way(directed[i].first, directed[i].second);
    }
    for (std::uint32_t i = 0; i < 6; i += 2) {
      if ((set >> i & 3) == 3) both_ways.push_back(directed[i]);
    }
    REQUIRE(settle(cluster, components(3, both_ways)));
    cluster.heal();
    REQUIRE(settle(cluster, {0, 0, 0}));
    REQUIRE(cluster.converged());
  }
}

TEST_CASE("healing: replicas know with whom they are in sync, and since when") {
  TestCluster cluster = divided(3, 3);
  const auto in_sync = [&](std::uint32_t node) {
    std::size_t count = 0;
    for (const PeerSync& peer : cluster.node(node).realm->peers()) {
      if (peer.in_sync_since) ++count;
    }
    return count;
  };
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(in_sync(i) == 0);  // each has made changes that the others lack
    for (const PeerSync& peer : cluster.node(i).realm->peers()) CHECK(peer.unconfirmed > 0);
  }
  cluster.join(0, 1);
  cluster.run(seconds(1));
  CHECK(in_sync(0) == 1);
  CHECK(in_sync(1) == 1);
  CHECK(in_sync(2) == 0);
  const auto since = cluster.node(0).realm->peers()[0].in_sync_since;
  cluster.run(seconds(1));
  CHECK(cluster.node(0).realm->peers()[0].in_sync_since == since);  // nothing has happened
  REQUIRE(cluster.call(0, change(Function::add, 3, 1))->code == ReplyCode::done);
  CHECK(in_sync(0) == 0);
  cluster.heal();
  cluster.run(seconds(2));
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(in_sync(i) == 2);
    for (const PeerSync& peer : cluster.node(i).realm->peers()) {
      CHECK(peer.unconfirmed == 0);
      CHECK(*peer.in_sync_since > *since);
    }
  }
}

TEST_CASE(
    "healing: a replica that was away for thirty days comes back, catches up and brings what it did alone") {
  Options options;
  options.gossip_interval = seconds(600);  // days pass in few steps
  options.answer_timeout = seconds(5);
  options.limits.gc_eviction_after_ns =
      static_cast<std::uint64_t>((seconds(86'400) * 60).ns);  // it is still a member
  TestCluster cluster(3, options);
  cluster.run(milliseconds(50));
  cluster.isolate(2);
  REQUIRE(cluster.call(2, change(Function::include, 4, 77))->code == ReplyCode::done);
  for (std::int64_t day = 0; day < 30; ++day) {
    REQUIRE(cluster.call(0, change(Function::add, 4, 1))->code == ReplyCode::done);
    REQUIRE(cluster.call(1, change(Function::put, 4, 1000 + day))->code == ReplyCode::done);
    cluster.skip(seconds(86'400));
  }
  cluster.heal();
  for (int i = 0; i < 20 && !cluster.converged(); ++i) cluster.skip(seconds(600));
  REQUIRE(cluster.converged());
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(cluster.read(i, 4, Property::count) == std::vector<std::int64_t>{30});
    CHECK(cluster.read(i, 4, Property::title) == std::vector<std::int64_t>{1029});
    CHECK(cluster.read(i, 4, Property::tags) == std::vector<std::int64_t>{77});
  }
}

}  // namespace
}  // namespace wn::realm
