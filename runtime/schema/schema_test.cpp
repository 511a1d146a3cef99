#include "runtime/schema/schema.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/schema/test_support.h"

namespace wn::schema {
namespace {

using test::bytes_of;
using test::field_of;
using test::register_of;
using test::schema_of;

const auto kInteger = ScalarKind::integer;

TEST_CASE("schema: what is encoded comes back, from one encoding") {
  for (const Schema& schema : test::three_versions()) {
    REQUIRE(check(schema));
    const auto bytes = bytes_of(schema);
    const auto back = decode(bytes);
    REQUIRE(back);
    CHECK(*back == schema);
    CHECK(bytes_of(*back) == bytes);
    CHECK(digest_of(*back) == digest_of(schema));
  }
}

TEST_CASE("schema: every part of the content is part of its identity") {
  Schema base = test::three_versions()[1];
  base.fields[3].default_value = Value::of(std::int64_t{4});
  std::vector<Schema> others(14, base);
  others[0].type = TypeId{8};
  others[1].type_name = "note";
  others[2].version = Version{3};
  others[3].fields[0].number = FieldNumber{2};
  others[4].fields[0].name = "Title";
  others[5].fields[2].kind = Kind::bounded_counter;
  others[6].fields[0].element = ScalarKind::bytes;
  others[7].fields[3].default_value.integer = 5;
  others[8].fields[3].since = Version{1};
  others[9].fields[0].deprecated = Version{2};
  others[10].lens.steps[0].factor = 61;
  others[11].lens.steps[1].key = "m:";
  others[12].lens.steps.pop_back();
  others[13].fields.pop_back();
  for (const Schema& other : others) CHECK(digest_of(other) != digest_of(base));
}

TEST_CASE("schema: nonsense is refused, each for its own reason") {
  const Schema base = schema_of(2, {register_of(1, "a", kInteger), field_of(2, "b", Kind::counter)});
  REQUIRE(check(base));
  auto refuses = [&](auto&& spoil) {
    Schema bad = base;
    spoil(bad);
    return check(bad).has_value() == false;
  };
  CHECK(refuses([](Schema& s) { s.type = TypeId{}; }));
  CHECK(refuses([](Schema& s) { s.version = Version{}; }));
  CHECK(refuses([](Schema& s) { s.version = Version{17}; }));
  CHECK(refuses([](Schema& s) { s.type_name = ""; }));
  CHECK(refuses([](Schema& s) { s.type_name = "\xFF"; }));
  CHECK(refuses([](Schema& s) { s.fields[1].number = FieldNumber{1}; }));
  CHECK(refuses([](Schema& s) { s.fields[1].number = FieldNumber{65'536}; }));
  CHECK(refuses([](Schema& s) { s.fields[1].name = "a"; }));
  CHECK(refuses([](Schema& s) { s.fields[1].name = std::string(65, 'x'); }));
  CHECK(refuses([](Schema& s) { s.fields[0].kind = Kind::none; }));
  CHECK(refuses([](Schema& s) { s.fields[0].element = ScalarKind::none; }));
  CHECK(refuses([](Schema& s) { s.fields[1].element = kInteger; }));
  CHECK(refuses([](Schema& s) { s.fields[0].nested = Kind::set; }));
  CHECK(refuses([](Schema& s) { s.fields[0].kind = Kind::map; }));
  CHECK(refuses([](Schema& s) { s.fields[0].default_value = Value::of(std::string_view("x")); }));
  CHECK(refuses([](Schema& s) { s.fields[1].default_value = Value::of(std::int64_t{1}); }));
  CHECK(refuses([](Schema& s) { s.fields[0].since = Version{3}; }));
  CHECK(refuses([](Schema& s) { s.fields[0].deprecated = Version{3}; }));
  CHECK(refuses([](Schema& s) { s.version = Version{1}, s.lens.steps.resize(1); }));
}

TEST_CASE("schema: one more than a limit is too large, the limit itself is not") {
  Limits limits;
  limits.fields_max = 3;
  limits.name_bytes_max = 4;
  Schema schema = schema_of(
      1, {register_of(1, "abcd", kInteger), field_of(2, "b", Kind::counter), field_of(3, "c", Kind::text)});
  schema.type_name = "t";
  CHECK(check(schema, limits));
  schema.fields.push_back(field_of(4, "d", Kind::text));
  CHECK(check(schema, limits).error().code == Errc::too_large);
  CHECK(decode(bytes_of(schema), limits).error().code == Errc::too_large);
}

TEST_CASE("schema: the decoder is total, and what it takes is canonical") {
  const Random random(41);
  std::uint32_t taken = 0;
  for (std::uint32_t round = 0; round < 30'000; ++round) {
    Draw draw = random.at("mutate", round);
    auto bytes = bytes_of(test::three_versions()[draw.below(3)]);
    const std::uint64_t edits = 1 + draw.below(3);
    for (std::uint64_t e = 0; e < edits && !bytes.empty(); ++e) {
      const std::uint64_t at = draw.below(bytes.size());
      switch (draw.below(4)) {
        case 0:
          bytes[at] = static_cast<std::uint8_t>(draw.below(256));
          break;
        case 1:
          bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << draw.below(8)));
          break;
        case 2:
          bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          bytes.resize(at + 1);
          break;
      }
    }
    const auto schema = decode(bytes);
    if (!schema) continue;
    ++taken;
    REQUIRE(check(*schema));
    REQUIRE(bytes_of(*schema) == bytes);
  }
  CHECK(taken > 100);  // names, defaults and keys can be anything
}

TEST_CASE("schema: UTF-8 is what RFC 3629 says") {
  for (const char* good : {"", "a", "\xC2\xA2", "\xE2\x82\xAC", "\xF0\x90\x8D\x88", "\xEF\xBF\xBF"}) {
    CHECK(is_utf8(as_bytes(good)));
  }
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC2", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    CHECK_FALSE(is_utf8(as_bytes(bad)));
  }
}

}  // namespace
}  // namespace wn::schema
