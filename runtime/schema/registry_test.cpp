#include "runtime/schema/registry.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/schema/test_support.h"

namespace wn::schema {
namespace {

using test::bytes_of;
using test::field_of;
using test::register_of;
using test::registry;
using test::schema_of;
using test::stamp;

const auto kInteger = ScalarKind::integer;
using Bytes8 = std::vector<std::uint8_t>;

// A registry that has published these, at times 1, 2, 3 …
Registry with(const std::vector<Schema>& schemas, std::uint32_t replica = 1) {
  Registry out = registry();
  std::uint64_t time = 0;
  for (const Schema& schema : schemas) {
    Bytes8 delta;
    REQUIRE(out.publish(schema, stamp(++time, replica), delta));
  }
  return out;
}

TEST_CASE("registry: a published version is found, by version and by digest, and its delta carries it") {
  Registry a = registry();
  Registry b = registry();
  for (const Schema& schema : test::three_versions()) {
    Bytes8 delta;
    REQUIRE(a.publish(schema, stamp(schema.version.value), delta));
    CHECK(*b.merge(delta));
    CHECK_FALSE(*b.merge(delta));
    CHECK(b.newest(TypeId{7}) == schema.version);
    CHECK(*b.schema(TypeId{7}, schema.version) == schema);
    CHECK(*b.find(digest_of(schema)) == schema);
    CHECK(b.table(TypeId{7}, schema.version)->digest() == digest_of(schema));
  }
  CHECK(a == b);
  CHECK(bytes_of(a) == bytes_of(b));
  CHECK(a.conflicts().empty());
  CHECK(a.chain(TypeId{7}) == test::three_versions());
}

TEST_CASE("registry: publishing twice is done once; other content, a gap or a misfit is refused") {
  const auto versions = test::three_versions();
  Registry a = with({versions[0], versions[1]});
  const Digest before = a.digest();
  Bytes8 delta;
  CHECK(a.publish(versions[1], stamp(9), delta));
  CHECK(a.digest() == before);
  Registry b = with({versions[0]});
  CHECK(*b.merge(delta));

  delta.clear();
  Schema other = versions[1];
  other.fields[0].name = "headline";
  CHECK(a.publish(other, stamp(9), delta).error().code == Errc::already_exists);
  other = versions[2];
  other.version = Version{4};
  CHECK(a.publish(other, stamp(9), delta).error().code == Errc::precondition);
  other = versions[2];
  other.fields[0] = field_of(3, "tags", Kind::set, kInteger);  // number 3 was a set of strings
  CHECK(a.publish(other, stamp(9), delta).error().code == Errc::precondition);
  CHECK(delta.empty());
  CHECK(a.digest() == before);
}

TEST_CASE("registry: two schemas published for one version resolve alike everywhere and are reported") {
  const Schema first = schema_of(1, {register_of(1, "a", kInteger)});
  const Schema second = schema_of(1, {register_of(1, "b", kInteger)});
  Registry a = registry();
  Registry b = registry();
  Bytes8 from_a;
  Bytes8 from_b;
  REQUIRE(a.publish(first, stamp(5, 1), from_a));
  REQUIRE(b.publish(second, stamp(4, 2), from_b));
  REQUIRE(a.merge(from_b));
  REQUIRE(b.merge(from_a));
  CHECK(a == b);
  CHECK(*a.schema(TypeId{7}, Version{1}) == second);  // published earlier
  REQUIRE(a.conflicts().size() == 1);
  const Conflict conflict = a.conflicts().front();
  CHECK(conflict.kind == ConflictKind::two_schemas);
  CHECK(conflict.winner == digest_of(second));
  CHECK(conflict.loser == digest_of(first));
  CHECK(conflict.loser_at == stamp(5, 1));
  CHECK(*a.find(conflict.loser) == first);  // nothing is lost
}

TEST_CASE("registry: a version built on the loser of a conflict is kept, reported, and not used") {
  const Schema one = schema_of(1, {register_of(1, "a", kInteger)});
  const Schema left = schema_of(2, {register_of(1, "a", kInteger), field_of(2, "x", Kind::counter, {}, 2)});
  const Schema right = schema_of(2, {register_of(1, "a", kInteger), field_of(2, "x", Kind::text, {}, 2)});
  Schema on_right = right;
  on_right.version = Version{3};
  Registry a = with({one, left}, 1);
  Registry b = with({one, right, on_right}, 2);
  REQUIRE(a.merge(b));
  CHECK(a.newest(TypeId{7}) == Version{2});
  CHECK(a.table(TypeId{7}, Version{3}) != nullptr);
  const auto conflicts = a.conflicts();
  REQUIRE(conflicts.size() == 2);
  CHECK(conflicts[0].kind == ConflictKind::two_schemas);
  CHECK(conflicts[1].kind == ConflictKind::chain_broken);
  CHECK(conflicts[1].version == Version{3});
  CHECK(conflicts[1].change.kind == ChangeKind::number_reused);
  CHECK(conflicts[1].change.number == FieldNumber{2});
}

// A small world of candidates for the laws: two types, three versions, seven contents, three stamps.
Registry random_registry(Draw& draw) {
  Registry out = registry();
  const std::uint64_t count = draw.below(9);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto type = static_cast<std::uint32_t>(1 + draw.below(2));
    const auto version = static_cast<std::uint32_t>(1 + draw.below(3));
    Schema schema =
        schema_of(version, {register_of(1, std::string(1, static_cast<char>('a' + draw.below(7))), kInteger)},
                  {}, type);
    // Through a registry of its own, so that any version can come without those before it.
    Schema first = schema;
    Registry lone = registry();
    Bytes8 delta;
    for (std::uint32_t v = 1; v <= version; ++v) {
      schema.version = Version{v};
      delta.clear();
      const std::uint64_t time = 1 + draw.below(3);
      REQUIRE(lone.publish(schema, stamp(time), delta));
    }
    REQUIRE(out.merge(delta));
  }
  return out;
}

Registry merged(const Registry& a, const Registry& b) {
  Registry out = registry();
  REQUIRE(out.merge(a));
  REQUIRE(out.merge(b));
  return out;
}

TEST_CASE("registry: merge is commutative, associative and idempotent, also where candidates crowd") {
  const Random random(42);
  std::uint32_t crowded = 0;
  for (std::uint32_t round = 0; round < 400; ++round) {
    Draw draw = random.at("registry", round);
    const Registry a = random_registry(draw);
    const Registry b = random_registry(draw);
    const Registry c = random_registry(draw);
    const Registry ab = merged(a, b);
    REQUIRE(bytes_of(ab) == bytes_of(merged(b, a)));
    REQUIRE(bytes_of(merged(ab, c)) == bytes_of(merged(a, merged(b, c))));
    REQUIRE(bytes_of(merged(ab, ab)) == bytes_of(ab));
    REQUIRE(bytes_of(merged(ab, a)) == bytes_of(ab));
    const auto conflicts = merged(ab, c).conflicts();
    crowded +=
        std::ranges::any_of(conflicts, [](const Conflict& x) { return x.kind == ConflictKind::crowded; });
  }
  CHECK(crowded > 5);
}

TEST_CASE("registry: types beyond the limit are refused before anything is taken") {
  Limits limits;
  limits.types_max = 2;
  Registry a(limits, std::pmr::new_delete_resource());
  Bytes8 delta;
  for (std::uint32_t type = 1; type <= 2; ++type) {
    REQUIRE(a.publish(schema_of(1, {}, {}, type), stamp(1), delta));
  }
  const Digest before = a.digest();
  CHECK(a.publish(schema_of(1, {}, {}, 3), stamp(1), delta).error().code == Errc::overloaded);
  Registry b = with({schema_of(1, {}, {}, 1), schema_of(2, {}, {}, 1), schema_of(1, {}, {}, 3)});
  CHECK(a.merge(b).error().code == Errc::overloaded);
  CHECK(a.digest() == before);
}

TEST_CASE("registry: merging hostile bytes is all or nothing") {
  const Random random(43);
  const Registry source = with(test::three_versions());
  std::uint32_t taken = 0;
  for (std::uint32_t round = 0; round < 10'000; ++round) {
    Draw draw = random.at("mutate", round);
    auto bytes = bytes_of(source);
    const std::uint64_t at = draw.below(bytes.size());
    if (draw.chance_ppm(200'000)) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<std::uint8_t>(draw.below(256));
    }
    Registry target = registry();
    const Digest before = target.digest();
    if (!target.merge(bytes)) {
      REQUIRE(target.digest() == before);
      continue;
    }
    ++taken;
    Registry again = registry();
    REQUIRE(again.merge(bytes_of(target)));
    REQUIRE(again == target);
  }
  CHECK(taken > 100);
}

}  // namespace
}  // namespace wn::schema
