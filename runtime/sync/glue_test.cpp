// Gluing: what agrees, what does not, and why.
#include "runtime/sync/glue.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/sync/glue_test_help.h"

namespace wn::sync {
namespace {

using causality::Dot;
using causality::HlcTime;

// Sections of which each shows the keys whose number's bits say so, all with the same values.
Cover cover_over(std::uint32_t sections, const std::vector<std::uint64_t>& holders) {
  Cover cover(memory());
  for (std::uint32_t i = 0; i < sections; ++i) {
    Section s(memory());
    s.node = NodeId{i + 1};
    for (std::size_t k = 0; k < holders.size(); ++k) {
      const DottedValue v{.dot = {ReplicaId{1}, k + 1}, .value = k};
      if ((holders[k] >> i & 1) != 0) REQUIRE(s.add(key(k), 1, std::span(&v, 1)) == Errc::ok);
    }
    cover.sections.push_back(std::move(s));
  }
  return cover;
}

Gluing glued(const Cover& cover) {
  auto out = glue(cover, {}, memory());
  REQUIRE(out.has_value());
  return std::move(*out);
}

Dot dot(std::uint32_t replica, std::uint64_t counter) { return {ReplicaId{replica}, counter}; }
WorknodeId worknode(std::uint64_t n) { return {.high = 0, .low = n}; }

TEST_CASE("sections that agree glue, and all are served") {
  const Gluing g = glued(cover_over(4, {0xF, 0xF, 0x3, 0xC}));
  CHECK(g.glued());
  CHECK(g.radius == 0);
  CHECK(g.acyclic);
  CHECK(g.edges.size() == 6);
  CHECK(g.maximal == std::pmr::vector<std::uint64_t>{0xF});
  CHECK(g.serve == 0xF);
}

TEST_CASE("CRDT data glues however much it differs: the radius says by how much") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Draws draws(seed);
    Cover cover(memory());
    for (Section& s : causal_sections(draws, 4, 8, 40)) cover.sections.push_back(std::move(s));
    const Gluing g = glued(cover);
    CHECK(g.glued());
    for (const EdgeReport& e : g.edges) {
      const Section& a = cover.sections[e.from];
      const Section& b = cover.sections[e.to];
      StatePrint difference = b.fingerprint();
      difference -= a.fingerprint();
      CHECK(e.coboundary == difference);  // all show all keys
      CHECK((e.distance == 0) == (difference == StatePrint{}));
      CHECK(e.distance <= g.radius);
    }
  }
}

TEST_CASE("a ring of overlaps has one loop that nothing fills; a shared key fills it") {
  const Gluing ring = glued(cover_over(4, {0x3, 0x6, 0xC, 0x9}));
  CHECK(!ring.acyclic);
  CHECK(ring.triangles == 0);
  CHECK(ring.loops == 1);
  const Gluing path = glued(cover_over(4, {0x3, 0x6, 0xC}));
  CHECK(path.acyclic);
  const Gluing filled = glued(cover_over(4, {0x3, 0x6, 0xC, 0x9, 0xF}));
  CHECK(!filled.acyclic);  // pairs still share what the others do not
  CHECK(filled.loops == 0);
  // Three sections that share in pairs: a hollow triangle; four triangles make a sphere without loops.
  CHECK(glued(cover_over(3, {0x3, 0x6, 0x5})).loops == 1);
  const Gluing sphere = glued(cover_over(4, {0x7, 0xB, 0xD, 0xE}));
  CHECK(!sphere.acyclic);
  CHECK(sphere.triangles == 4);
  CHECK(sphere.loops == 0);
}

TEST_CASE("an overlap beyond max_properties_per_overlap is refused") {
  const Cover cover = cover_over(2, std::vector<std::uint64_t>(9, 0x3));
  CHECK(glue(cover, {.max_properties_per_overlap = 9}, memory()).has_value());
  const auto refused = glue(cover, {.max_properties_per_overlap = 8}, memory());
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == Errc::too_large);
}

TEST_CASE("one name for two worknodes obstructs; each side fits by itself") {
  Cover cover = cover_over(4, {0xF});
  const auto claim = [&](std::uint32_t section, std::uint64_t node, std::uint64_t time) {
    cover.sections[section].names.push_back({.parent = worknode(1),
                                             .name = 5,
                                             .worknode = worknode(node),
                                             .stamp = {HlcTime{time}, ReplicaId{section + 1}},
                                             .dot = dot(section + 1, 1)});
  };
  claim(0, 20, 7);
  claim(3, 21, 8);
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::name);
  CHECK(g.obstructions[0].detail == 5);
  CHECK(g.obstructions[0].loop[0] == LoopStep{.from = 0, .to = 3});
  CHECK(g.maximal == std::pmr::vector<std::uint64_t>{0x7, 0xE});
  // Renamed since, as another section knows: nothing stands against it any more.
  cover.sections[2].names.push_back({.parent = worknode(1),
                                     .name = 6,
                                     .worknode = worknode(20),
                                     .stamp = {HlcTime{9}, ReplicaId{3}},
                                     .dot = dot(3, 1)});
  CHECK(glued(cover).glued());
}

TEST_CASE("three moves that only together make a cycle: pairs fit, the three do not") {
  Cover cover = cover_over(3, {0x7});
  for (std::uint32_t i = 0; i < 3; ++i)
    cover.sections[i].moves.push_back({.worknode = worknode(20 + i),
                                       .parent = worknode(20 + (i + 1) % 3),
                                       .stamp = {HlcTime{5}, ReplicaId{i + 1}},
                                       .dot = dot(i + 1, 1)});
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::move);
  CHECK(g.obstructions[0].witnesses.size() == 3);
  CHECK(g.maximal == std::pmr::vector<std::uint64_t>{0x3, 0x5, 0x6});
}

TEST_CASE("a bounded counter: what all have spent may exceed what two have") {
  Cover cover = cover_over(3, {0x7});
  for (std::uint32_t i = 0; i < 3; ++i) {
    const ReplicaId replica{i + 1};
    cover.sections[i].counters.push_back({.counter = key(3),
                                          .replica = replica,
                                          .rights = i == 0 ? 10U : 0U,
                                          .spent = 4,
                                          .dot = dot(i + 1, 1)});
  }
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::counter);
  CHECK(g.obstructions[0].limit == 10);
  CHECK(g.maximal == std::pmr::vector<std::uint64_t>{0x3, 0x5, 0x6});
}

TEST_CASE("a token used after another section revoked it obstructs; before, it does not") {
  Cover cover = cover_over(2, {0x3});
  cover.sections[0].revocations.push_back({.token = 9, .time = 100, .dot = dot(1, 1)});
  cover.sections[1].uses.push_back({.token = 9, .time = 100, .dot = dot(2, 1)});
  CHECK(glued(cover).glued());
  cover.sections[1].uses.push_back({.token = 9, .time = 101, .dot = dot(2, 2)});
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::revocation);
  CHECK(g.obstructions[0].witnesses[1].value == 101);
  CHECK(g.maximal == std::pmr::vector<std::uint64_t>{0x1, 0x2});
}

TEST_CASE("one dot with two values is told as equivocation") {
  Cover cover(memory());
  for (std::uint32_t i = 0; i < 3; ++i) {
    Section s(memory());
    const DottedValue v{.dot = dot(1, 1), .value = i == 2 ? 8U : 7U};
    REQUIRE(s.add(key(0), 1, std::span(&v, 1)) == Errc::ok);
    cover.sections.push_back(std::move(s));
  }
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::equivocation);
  CHECK(g.maximal == std::pmr::vector<std::uint64_t>{0x3, 0x4});
}

TEST_CASE("clocks: a loop beyond its errors obstructs, within them readings fit") {
  Cover cover = cover_over(3, {0x7});
  cover.clocks = {{.from = 0, .to = 1, .offset_ns = 100, .error_ns = 5},
                  {.from = 0, .to = 2, .offset_ns = 215, .error_ns = 5},
                  {.from = 1, .to = 2, .offset_ns = 100, .error_ns = 5}};
  const Gluing fits = glued(cover);
  REQUIRE(fits.glued());
  REQUIRE(fits.clocks.size() == 3);
  for (const ClockOffset& c : cover.clocks) {
    const std::int64_t off = fits.clocks[c.to] - fits.clocks[c.from] - c.offset_ns;
    CHECK(std::abs(off) <= 5);
  }
  cover.clocks[1].offset_ns = 216;
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::clock);
  CHECK(g.obstructions[0].loop.size() == 3);
  CHECK(g.obstructions[0].limit == 15);
  CHECK(g.maximal.size() == 3);
}

TEST_CASE("lenses: a loop that swaps two fields obstructs") {
  Cover cover = cover_over(3, {0x7});
  for (const auto& [from, to] : {std::pair{0U, 1U}, {0U, 2U}, {1U, 2U}}) {
    const bool swap = from == 1;
    cover.lenses.push_back({.from = from, .to = to, .field_from = 1, .field_to = swap ? 2U : 1U});
    cover.lenses.push_back({.from = from, .to = to, .field_from = 2, .field_to = swap ? 1U : 2U});
  }
  const Gluing g = glued(cover);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::lens);
  CHECK(g.obstructions[0].loop.front().from == g.obstructions[0].loop.back().to);
  CHECK(g.maximal.size() == 3);
}

TEST_CASE("a twisted ring is a cocycle and no coboundary; filled, its triangles are torn") {
  Cover ring = cover_over(4, {0x3, 0x6, 0xC, 0x9});
  ring.twists = {
      {.from = 0, .to = 1, .bits = 2}, {.from = 0, .to = 3, .bits = 2}, {.from = 1, .to = 2, .bits = 2}};
  CHECK(glued(ring).glued());  // without (2, 3) there is no loop
  ring.twists.push_back({.from = 2, .to = 3, .bits = 0});
  const Gluing g = glued(ring);
  REQUIRE(g.obstructions.size() == 1);
  CHECK(g.obstructions[0].kind == ObstructionKind::twist);
  CHECK(g.obstructions[0].detail == 1);
  CHECK(g.obstructions[0].limit == 1);
  CHECK(g.loops == 1);
  CHECK(g.maximal.size() == 4);
  Cover triangle = cover_over(3, {0x7});
  triangle.twists = {
      {.from = 0, .to = 1, .bits = 1}, {.from = 0, .to = 2, .bits = 1}, {.from = 1, .to = 2, .bits = 1}};
  CHECK(glued(triangle).obstructions.at(0).limit == 0);
}

TEST_CASE("certificates are the same bytes each time, and bounded at the greatest covers") {
  Draws draws(3);
  Cover cover(memory());
  for (Section& s : causal_sections(draws, 64, 20, 400)) cover.sections.push_back(std::move(s));
  claims_for_all(draws, cover);
  std::vector<std::uint8_t> bytes, again;
  encode_certificate(glued(cover), cover, bytes);
  encode_certificate(glued(cover), cover, again);
  CHECK(bytes == again);
  CHECK(bytes.size() <= kCertificateBytesMax);
}

}  // namespace
}  // namespace wn::sync
