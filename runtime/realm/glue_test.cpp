// Partitions heal: what does not fit together is found in the sections from before.
#include "runtime/sync/glue.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/realm/test_cluster.h"

namespace wn::realm {
namespace {

Request change(Function function, std::uint64_t worknode, std::int64_t value, std::uint64_t other = 0) {
  Request r;
  r.function = function;
  r.worknode = numbered(worknode);
  r.other = numbered(other);
  r.value = value;
  r.property = Property::title;
  return r;
}

Options gluing() {
  Options options;
  options.gossip_interval = milliseconds(20);
  options.answer_timeout = milliseconds(30);
  options.glue = true;
  options.unique_names = 10;
  return options;
}

// Two of four and two of four, for a second.
TestCluster split(const Options& options, std::uint64_t seed) {
  TestCluster cluster(4, options, seed);
  cluster.run(milliseconds(600));
  REQUIRE(cluster.converged());
  for (const std::uint32_t a : {0U, 1U}) {
    for (const std::uint32_t b : {2U, 3U}) cluster.cut(a, b);
  }
  return cluster;
}

std::vector<std::pair<sync::Gluing, sync::Cover>> glued(TestCluster& cluster, const Options& options) {
  cluster.run(seconds(1));
  cluster.heal();
  cluster.run(seconds(2));
  REQUIRE(cluster.converged());
  std::vector<std::pair<sync::Gluing, sync::Cover>> out;
  for (std::uint32_t i = 0; i < 4; ++i) {
    for (const Glued& g : cluster.node(i).glued) {
      sync::Cover cover(std::pmr::new_delete_resource());
      REQUIRE(sync::decode(g.sections.view(), cover) == Errc::ok);
      auto again = sync::glue(cover, {.defect = options.defect}, std::pmr::new_delete_resource());
      REQUIRE(again.has_value());
      std::vector<std::uint8_t> certificate;
      sync::encode_certificate(*again, cover, certificate);
      CHECK(ByteView(certificate).size() == g.certificate.size());
      CHECK(Bytes::copy_of(ByteView(certificate)) == g.certificate);
      out.emplace_back(std::move(*again), std::move(cover));
    }
  }
  return out;
}

bool has(const std::vector<std::pair<sync::Gluing, sync::Cover>>& all, sync::ObstructionKind kind) {
  for (const auto& [gluing, cover] : all) {
    for (const sync::Obstruction& o : gluing.obstructions) {
      if (o.kind == kind) return true;
    }
  }
  return false;
}

TEST_CASE("sides that did nothing against each other glue, and each side has one that asks") {
  TestCluster cluster = split(gluing(), 1);
  REQUIRE(cluster.call(0, change(Function::put, 1, 3))->code == ReplyCode::done);
  REQUIRE(cluster.call(2, change(Function::put, 2, 4))->code == ReplyCode::done);
  const auto all = glued(cluster, gluing());
  for (const auto& [gluing, cover] : all) CHECK(gluing.glued());
  // Of what was asked before they were all back: fewer sections, or sections that agree.
  CHECK(std::ranges::any_of(all, [](const auto& g) { return g.first.sections == 4 && g.first.radius == 2; }));
}

TEST_CASE("one name on two sides does not glue; the sides fit by themselves") {
  TestCluster cluster = split(gluing(), 2);
  REQUIRE(cluster.call(0, change(Function::put, 1, 13))->code == ReplyCode::done);
  CHECK(cluster.call(0, change(Function::put, 2, 23))->error == Errc::already_exists);
  REQUIRE(cluster.call(2, change(Function::put, 2, 23))->code == ReplyCode::done);
  const auto all = glued(cluster, gluing());
  const auto at = std::ranges::find_if(all, [](const auto& g) { return !g.first.glued(); });
  REQUIRE(at != all.end());
  const sync::Gluing& first = at->first;
  REQUIRE(first.obstructions.size() == 1);
  CHECK(first.obstructions[0].kind == sync::ObstructionKind::name);
  CHECK(first.obstructions[0].detail == 3);
  CHECK(first.maximal.size() == 2);
  for (const std::uint64_t set : first.maximal) CHECK((set & 0x5) != 0x5);  // the two that gave the name
}

TEST_CASE("the planted bug glues what has one name twice") {
  Options options = gluing();
  options.defect = Defect::glue_ignores_constraint;
  TestCluster cluster = split(options, 2);
  REQUIRE(cluster.call(0, change(Function::put, 1, 13))->code == ReplyCode::done);
  REQUIRE(cluster.call(2, change(Function::put, 2, 23))->code == ReplyCode::done);
  const auto all = glued(cluster, options);
  REQUIRE(!all.empty());
  for (const auto& [gluing, cover] : all) CHECK(gluing.glued());
}

TEST_CASE("moves that make a cycle together do not glue, though the tree takes one of them") {
  TestCluster cluster = split(gluing(), 3);
  // 4 lies under 1: through it the cycle is closed by a parent that nobody moved.
  REQUIRE(cluster.call(0, change(Function::move, 2, 0, 4))->code == ReplyCode::done);
  REQUIRE(cluster.call(2, change(Function::move, 1, 0, 2))->code == ReplyCode::done);
  const auto all = glued(cluster, gluing());
  REQUIRE(!all.empty());
  CHECK(has(all, sync::ObstructionKind::move));
}

TEST_CASE("sections tell what each replica may take from a budget and has taken") {
  TestCluster cluster = split(gluing(), 5);
  Request grant = change(Function::add, 1, 10);
  grant.property = Property::budget;
  REQUIRE(cluster.call(0, grant)->code == ReplyCode::done);
  Request spend = change(Function::spend, 1, 4);
  spend.property = Property::budget;
  REQUIRE(cluster.call(0, spend)->code == ReplyCode::done);
  const auto all = glued(cluster, gluing());
  CHECK(std::ranges::any_of(all, [](const auto& g) {
    const auto& counters = g.second.sections.front().counters;
    return counters.size() == 1 && counters[0].rights == 10 && counters[0].spent == 4 && g.first.glued();
  }));
}

TEST_CASE("nothing is glued where it is not asked for, nor without a cut") {
  TestCluster quiet(4, gluing(), 4);
  quiet.run(seconds(2));
  CHECK(quiet.count(TraceKind::sections_glued) == 0);
  Options off = gluing();
  off.glue = false;
  TestCluster cluster = split(off, 4);
  CHECK(glued(cluster, off).empty());
}

}  // namespace
}  // namespace wn::realm
