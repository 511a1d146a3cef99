#include "runtime/schema/value_map.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <set>

#include "runtime/base/random.h"

namespace wn::schema {
namespace {

using namespace std::string_view_literals;

constexpr auto kForward = Direction::forward;
constexpr auto kBackward = Direction::backward;

ValueStep scale(std::int64_t factor, Direction direction) { return {LensKind::scale, factor, direction}; }
ValueStep text(Direction direction) { return {LensKind::integer_to_string, 0, direction}; }

std::vector<Value> natives() {
  std::vector<Value> out{Value::of(true),
                         Value::of(false),
                         Value::of(WorknodeId{1, 2}),
                         Value::of_bytes("x"),
                         Value::of_bytes(""),
                         Value::of_bytes("\xFF"
                                         "car")};
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t i : {low, low + 1, low / 10, std::int64_t{-10}, std::int64_t{-7}, std::int64_t{-1},
                               std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, std::int64_t{10},
                               std::int64_t{70}, std::int64_t{77}, high / 10, high / 10 + 1, high}) {
    out.push_back(Value::of(i));
  }
  for (const auto s : {""sv, "0"sv, "-0"sv, "7"sv, "70"sv, "007"sv, "+7"sv, " 7"sv, "7 "sv, "soon"sv, "-1"sv,
                       "9223372036854775807"sv, "9223372036854775808"sv, "-9223372036854775808"sv}) {
    out.push_back(Value::of(s));
  }
  return out;
}

// Every value within a few steps of a native one, by way of every kind of step: carried ones of both signs
// are among them, also such as no chain of lenses makes (a step forward by one lens and back by another).
std::set<Value> scope() {
  const std::vector<LensKind> kinds{LensKind::integer_to_string, LensKind::string_to_integer,
                                    LensKind::scale};
  std::set<Value> all;
  for (const Value& v : natives()) all.insert(v);
  for (int depth = 0; depth < 3; ++depth) {
    const std::set<Value> last = all;
    for (const Value& v : last) {
      for (const LensKind kind : kinds) {
        for (const Direction d : {kForward, kBackward}) all.insert(rewrite({kind, 10, d}, v.view()));
      }
    }
  }
  return all;
}

TEST_CASE("value map: each step is undone by its reverse, on every value of the scope, both ways") {
  const std::set<Value> values = scope();
  CHECK(values.size() > 150);
  for (const LensKind kind : {LensKind::integer_to_string, LensKind::string_to_integer, LensKind::scale}) {
    std::set<Value> images;
    for (const Value& v : values) {
      const Value up = rewrite({kind, 10, kForward}, v.view());
      REQUIRE(rewrite({kind, 10, kBackward}, up.view()) == v);
      const Value down = rewrite({kind, 10, kBackward}, v.view());
      REQUIRE(rewrite({kind, 10, kForward}, down.view()) == v);
      REQUIRE(images.insert(up).second);  // one-to-one
    }
  }
}

TEST_CASE("value map: what both versions can say is said, what one cannot is carried") {
  CHECK(rewrite(scale(60, kForward), ValueView::of(std::int64_t{2})) == Value::of(std::int64_t{120}));
  CHECK(rewrite(scale(60, kBackward), ValueView::of(std::int64_t{120})) == Value::of(std::int64_t{2}));
  CHECK(rewrite(text(kForward), ValueView::of(std::int64_t{-5})) == Value::of("-5"sv));
  CHECK(rewrite(text(kBackward), ValueView::of("-5"sv)) == Value::of(std::int64_t{-5}));
  const Value odd = rewrite(scale(60, kBackward), ValueView::of(std::int64_t{90}));
  REQUIRE(carried(odd.view()));
  CHECK(carried(odd.view())->original == Value::of(std::int64_t{90}));
  CHECK(carried(odd.view())->steps == -1);
  CHECK_FALSE(carried(ValueView::of(std::int64_t{90})));
}

TEST_CASE("value map: a value far from home comes home through every lens on the way") {
  // v1 minutes -> v2 seconds -> v3 text: "soon" was written at v3.
  Value v = Value::of("soon"sv);
  v = rewrite(text(kBackward), v.view());
  v = rewrite(scale(60, kBackward), v.view());
  REQUIRE(carried(v.view()));
  CHECK(carried(v.view())->steps == -2);
  v = rewrite(scale(60, kForward), v.view());
  v = rewrite(text(kForward), v.view());
  CHECK(v == Value::of("soon"sv));
}

TEST_CASE("value map: reading carried values is total") {
  const Random random(44);
  for (std::uint32_t round = 0; round < 20'000; ++round) {
    Draw draw = random.at("bytes", round);
    Value v = rewrite(text(kBackward), ValueView::of("soon"sv));
    const std::uint64_t at = draw.below(v.bytes.size());
    v.bytes[at] = static_cast<char>(draw.below(256));
    if (draw.chance_ppm(300'000)) v.bytes.resize(draw.below(v.bytes.size()));
    const Value up = rewrite(scale(10, kForward), v.view());
    REQUIRE(rewrite(scale(10, kBackward), up.view()) == v);
  }
}

}  // namespace
}  // namespace wn::schema
