// What stands on the edges between sections.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/realm/rules.h"
#include "runtime/realm/stock_schema.h"
#include "runtime/realm/test_cluster.h"
#include "runtime/sync/glue.h"

namespace wn::realm {
namespace {

using Field = SectionReply::Field;

sync::Cover cover_of(std::size_t sections) {
  sync::Cover cover(std::pmr::new_delete_resource());
  for (std::uint32_t i = 0; i < sections; ++i)
    cover.sections.emplace_back(std::pmr::new_delete_resource()).node = NodeId{i + 1};
  return cover;
}

SectionReply with(std::vector<Field> fields) {
  SectionReply out;
  out.fields = std::move(fields);
  return out;
}

bool has(const sync::Gluing& gluing, sync::ObstructionKind kind) {
  return std::ranges::find(gluing.obstructions, kind, &sync::Obstruction::kind) != gluing.obstructions.end();
}

TEST_CASE("edges: versions of one chain make no loop, and two schemas under one version do") {
  const std::vector<Field> first{{1, 1}}, second{{7, 1}}, third{{7, 1}, {8, 8}}, rival{{7, 7}, {8, 1}};
  struct Case {
    std::vector<SectionReply> told;
    bool loop;
  };
  const std::vector<Case> cases{
      {{with(second), with(second)}, false},
      {{with(first), with(second)}, false},
      {{with(first), with(second), with(third)}, false},
      {{with(first), with(rival)}, false},
      {{with(second), with(rival)}, true},
      {{with(first), with(second), with(second), with(rival)}, true},
  };
  for (const Case& c : cases) {
    sync::Cover cover = cover_of(c.told.size());
    put_edges(c.told, cover);
    const auto gluing = sync::glue(cover, {}, std::pmr::new_delete_resource());
    REQUIRE(gluing.has_value());
    CHECK(has(*gluing, sync::ObstructionKind::lens) == c.loop);
  }
}

TEST_CASE("edges: the rival of a schema's second version is a schema, under the same version") {
  const schema::Schema rival = rival_schema();
  CHECK(rival.version == stock_schema(2).version);
  CHECK(schema::digest_of(rival) != schema::digest_of(stock_schema(2)));
  schema::Registry registry({}, std::pmr::new_delete_resource());
  std::vector<std::uint8_t> delta;
  REQUIRE(registry.publish(stock_schema(1), {causality::HlcTime{1}, ReplicaId{1}}, delta));
  REQUIRE(registry.publish(rival, {causality::HlcTime{2}, ReplicaId{1}}, delta));
  CHECK_FALSE(registry.publish(stock_schema(2), {causality::HlcTime{3}, ReplicaId{1}}, delta));
}

TEST_CASE("edges: readings that fit make no loop; a clock that has jumped between two of them makes one") {
  std::vector<SectionReply> told(3);
  const auto reads = [&](std::size_t who, std::uint32_t of, std::int64_t offset) {
    told[who].clocks.push_back({.member = NodeId{of}, .offset_ns = offset, .error_ns = 10});
  };
  reads(0, 2, 100), reads(0, 3, 300), reads(1, 3, 195), reads(2, 1, -305);
  reads(2, 9, 77);  // a member that gave no section
  for (const std::int64_t jump : {0, 5000}) {
    told[1].clocks[0].offset_ns = 195 + jump;
    sync::Cover cover = cover_of(3);
    put_edges(told, cover);
    CHECK(cover.clocks.size() == 4);
    const auto gluing = sync::glue(cover, {}, std::pmr::new_delete_resource());
    REQUIRE(gluing.has_value());
    CHECK(has(*gluing, sync::ObstructionKind::clock) == (jump != 0));
  }
}

TEST_CASE("edges: a section's edges come through as they are, and damaged bytes are refused or canonical") {
  SectionReply m = with({{1, 1}, {7, 1}});
  m.request = 5;
  m.section = Bytes::copy_of("a section");
  m.clocks = {{.member = NodeId{2}, .offset_ns = -7, .error_ns = 3}, {.member = NodeId{4}, .offset_ns = 9}};
  const Bytes whole = encode(m);
  SectionReply got;
  REQUIRE(decode(whole.view(), got) == Errc::ok);
  CHECK((got.clocks == m.clocks && got.fields == m.fields && got.section == m.section));
  for (std::uint64_t k = 0; k < 3000; ++k) {
    Draw draw = Random(3).at("test.section", 0, k);
    std::vector<std::uint8_t> bytes(whole.view().begin(), whole.view().end());
    for (std::uint64_t n = 1 + draw.below(2); n > 0; --n)
      bytes[draw.below(bytes.size())] ^= static_cast<std::uint8_t>(1 + draw.below(255));
    SectionReply again;
    if (decode(bytes, again) == Errc::ok) CHECK(encode(again) == Bytes::copy_of(ByteView(bytes)));
  }
}

}  // namespace
}  // namespace wn::realm
