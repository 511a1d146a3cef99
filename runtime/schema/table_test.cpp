#include "runtime/schema/table.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/schema/test_support.h"

namespace wn::schema {
namespace {

using namespace std::string_view_literals;

using test::field_of;
using test::map_of;
using test::register_of;
using test::schema_of;

const auto kNothing = ValueView{};
const auto kFive = ValueView::of(std::int64_t{5});

Table table_of(const Schema& schema) {
  return Table(schema, digest_of(schema), Limits{}, std::pmr::new_delete_resource());
}

TEST_CASE("table: a write is judged by number, kind and value, each refusal has its own word") {
  const Schema schema =
      schema_of(1, {register_of(1, "i", ScalarKind::integer), register_of(2, "s", ScalarKind::string),
                    field_of(3, "c", Kind::counter), field_of(4, "t", Kind::set, ScalarKind::string),
                    map_of(5, "m", Kind::set, ScalarKind::integer), field_of(6, "x", Kind::text),
                    register_of(9'000, "high", ScalarKind::boolean)});
  REQUIRE(check(schema));
  const Table table = table_of(schema);
  const auto judge = [&](std::uint32_t n, Kind kind, const ValueView& value, Kind nested = Kind::none) {
    return table.judge(FieldNumber{n}, kind, value, nested);
  };
  CHECK(judge(1, Kind::last_writer, kFive) == WriteFault::none);
  CHECK(judge(1, Kind::last_writer, kNothing) == WriteFault::none);
  CHECK(judge(1, Kind::last_writer, ValueView::of("5"sv)) == WriteFault::wrong_value);
  CHECK(judge(1, Kind::multi_value, kFive) == WriteFault::wrong_kind);
  CHECK(judge(2, Kind::last_writer, ValueView::of("5"sv)) == WriteFault::none);
  CHECK(judge(2, Kind::last_writer, ValueView::of("\xFF"sv)) == WriteFault::not_utf8);
  const std::string longest(Limits{}.value_bytes_max, 'a');
  CHECK(judge(2, Kind::last_writer, ValueView::of(std::string_view(longest))) == WriteFault::none);
  const std::string longer = longest + "a";
  CHECK(judge(2, Kind::last_writer, ValueView::of(std::string_view(longer))) == WriteFault::too_large);
  CHECK(judge(3, Kind::counter, kFive) == WriteFault::none);
  CHECK(judge(3, Kind::counter, ValueView::of(true)) == WriteFault::wrong_value);
  CHECK(judge(4, Kind::set, ValueView::of("a"sv)) == WriteFault::none);
  CHECK(judge(4, Kind::set, kFive) == WriteFault::wrong_value);
  CHECK(judge(5, Kind::map, kFive, Kind::set) == WriteFault::none);
  CHECK(judge(5, Kind::map, kFive, Kind::last_writer) == WriteFault::wrong_kind);
  CHECK(judge(5, Kind::map, ValueView::of("a"sv), Kind::set) == WriteFault::wrong_value);
  CHECK(judge(6, Kind::text, ValueView::of("a"sv)) == WriteFault::none);
  CHECK(judge(9'000, Kind::last_writer, ValueView::of(true)) == WriteFault::none);
  for (const std::uint32_t unknown : {0U, 7U, 4'095U, 4'096U, 8'999U, 9'001U, 65'535U, 4'000'000'000U}) {
    CHECK(judge(unknown, Kind::last_writer, kFive) == WriteFault::unknown_field);
  }
}

TEST_CASE("table: a refusal names field, type, version and reason, as an error that callers can decide on") {
  const Table table = table_of(schema_of(3, {register_of(1, "i", ScalarKind::integer)}));
  CHECK(table.validate(FieldNumber{1}, Kind::last_writer, kFive));
  const auto refused = table.validate(FieldNumber{2}, Kind::last_writer, kFive);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::not_found);
  CHECK(refused.error().message == "field 2 of type 7 version 3: unknown-field");
  CHECK(table.validate(FieldNumber{1}, Kind::set, kFive).error().code == Errc::invalid_argument);
}

}  // namespace
}  // namespace wn::schema
