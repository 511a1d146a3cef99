#include "runtime/schema/laws.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>

#include "runtime/schema/compare.h"
#include "runtime/schema/test_chains.h"

namespace wn::schema {
namespace {

using test::field_of;
using test::map_of;
using test::register_of;
using test::schema_of;
using test::step;

const auto kInteger = ScalarKind::integer;
const auto kString = ScalarKind::string;
constexpr auto kForth = Direction::forward;
constexpr auto kBack = Direction::backward;

ChangeKind obstacle(const std::vector<Schema>& chain) {
  const Comparison comparison = compare_all(chain);
  const Change* change = comparison.first_obstacle();
  return change ? change->kind : ChangeKind::none;
}

TEST_CASE("laws: lenses that fit one by one are refused when together they give one address to two fields") {
  // Version 3 gives the map another number, version 4 wraps at a key that version 2 had taken under the old
  // one.
  const auto a = register_of(1, "a", kInteger);
  const auto b = register_of(2, "b", kInteger);
  const auto map = map_of(3, "m", Kind::last_writer, kInteger);
  const auto moved = map_of(4, "m", Kind::last_writer, kInteger, 3);
  std::vector<Schema> chain{schema_of(1, {a, b, map}),
                            schema_of(2, {b, map}, {step(LensKind::wrap, 1, 3, "k")}),
                            schema_of(3, {b, moved}, {step(LensKind::move, 3, 4)}),
                            schema_of(4, {moved}, {step(LensKind::wrap, 2, 4, "j")})};
  CHECK(obstacle(chain) == ChangeKind::none);
  chain[3].lens.steps[0].key = "k";
  CHECK(obstacle(chain) == ChangeKind::address_shared);
  CHECK(check_laws(chain));
}

TEST_CASE("laws: one prefix of a set may be split off once, also under another number") {
  const auto set = field_of(1, "s", Kind::set, kString);
  const auto part = field_of(2, "p", Kind::set, kString, 2);
  const auto moved = field_of(3, "s", Kind::set, kString, 3);
  const auto other = field_of(4, "q", Kind::set, kString, 4);
  std::vector<Schema> chain{schema_of(1, {set}),
                            schema_of(2, {set, part}, {step(LensKind::split, 1, 2, "x:")}),
                            schema_of(3, {part, moved}, {step(LensKind::move, 1, 3)}),
                            schema_of(4, {part, moved, other}, {step(LensKind::split, 3, 4, "y:")})};
  CHECK(obstacle(chain) == ChangeKind::none);
  chain[3].lens.steps[0].key = "x";  // what begins with x, but not with x:
  CHECK(obstacle(chain) == ChangeKind::none);
  for (const char* prefix : {"x:", "x:y"}) {
    chain[3].lens.steps[0].key = prefix;
    CHECK(obstacle(chain) == ChangeKind::address_shared);
  }
}

TEST_CASE("laws: prefixes that would let members grow without bound are refused") {
  const std::string prefix(250, 'x');
  std::vector<Schema> chain{
      schema_of(1, {field_of(1, "f1", Kind::set, kString), field_of(9, "f9", Kind::set, kString)})};
  for (std::uint32_t v = 2; v <= 6; ++v) {
    const FieldSpec fresh = field_of(v, "f" + std::to_string(v), Kind::set, kString, v);
    Schema next = chain.back();
    next.version = Version{v};
    next.fields.insert(next.fields.end() - 1, fresh);
    next.lens.steps = {step(LensKind::split, v - 1, v, prefix)};
    chain.push_back(next);
    CHECK(obstacle(chain) == (v <= 5 ? ChangeKind::none : ChangeKind::prefixes_too_long));
  }
}

TEST_CASE("holonomy: a lens forth and back is the identity, over every step there is") {
  const auto chain = test::every_step();
  for (std::size_t v = 1; v < chain.size(); ++v) {
    const std::array loop{LoopStep{&chain[v].lens, kForth}, LoopStep{&chain[v].lens, kBack}};
    CHECK_FALSE(holonomy(chain[v - 1], loop));
  }
  const std::array round{LoopStep{&chain[1].lens, kForth}, LoopStep{&chain[2].lens, kForth},
                         LoopStep{&chain[2].lens, kBack}, LoopStep{&chain[1].lens, kBack}};
  CHECK_FALSE(holonomy(chain[0], round));
}

TEST_CASE("holonomy: a loop that does not close names the field that differs") {
  const Schema start = schema_of(1, {register_of(1, "a", kInteger), register_of(2, "b", kInteger)});
  // From version 1 over 2 to 3, and back by a shortcut that somebody wrote by hand.
  const Lens one{{step(LensKind::scale, 1, 11, "", 2), step(LensKind::move, 2, 12)}};
  const Lens two{{step(LensKind::scale, 11, 21, "", 3), step(LensKind::move, 12, 22)}};
  const Lens good{{step(LensKind::move, 2, 22)}};
  const Lens wrong_factor{{step(LensKind::scale, 1, 21, "", 5), step(LensKind::move, 2, 22)}};
  const Lens crossed{{step(LensKind::move, 1, 22), step(LensKind::move, 2, 21)}};
  const auto round = [&](const Lens& shortcut) {
    const std::array loop{LoopStep{&one, kForth}, LoopStep{&two, kForth}, LoopStep{&shortcut, kBack}};
    return holonomy(start, loop);
  };
  CHECK(round(wrong_factor) == FieldNumber{1});
  CHECK(round(crossed) == FieldNumber{1});
  CHECK(round(good) == FieldNumber{1});  // 21 has no way back
  const Schema half = schema_of(1, {register_of(2, "b", kInteger)});
  const std::array loop{LoopStep{&one, kForth}, LoopStep{&two, kForth}, LoopStep{&good, kBack}};
  CHECK_FALSE(holonomy(half, loop));
}

// Why a register may not be split: one register for each half has a stamp of its own, and one register has
// room for one. The smallest documents that show it, over the obvious lens.
struct Stamped {
  int value = 0;
  int stamp = 0;
  friend bool operator==(const Stamped&, const Stamped&) = default;
};
Stamped later(Stamped a, Stamped b) { return a.stamp >= b.stamp ? a : b; }
struct Halves {
  Stamped first, last;
};
Stamped whole(const Halves& h) {  // tens and ones
  return {h.first.value * 10 + h.last.value, std::max(h.first.stamp, h.last.stamp)};
}

TEST_CASE("laws: joining two registers does not commute with merge, which is why the step is refused") {
  const Halves a{{1, 1}, {2, 2}};
  const Halves b{{3, 3}, {4, 1}};
  const Stamped merged_first = whole({later(a.first, b.first), later(a.last, b.last)});
  const Stamped joined_first = later(whole(a), whole(b));
  CHECK(merged_first != joined_first);
  const Schema old = schema_of(1, {register_of(1, "first", kString), register_of(2, "last", kString)});
  const Schema next =
      schema_of(2, {register_of(3, "name", kString, {}, 2)}, {step(LensKind::join_registers, 1, 3, " ")});
  CHECK(check_lens(old, next)->fault == LensFault::cannot_commute);
  CHECK(obstacle({old, next}) == ChangeKind::lens_refused);
}

}  // namespace
}  // namespace wn::schema
