#include "runtime/schema/compare.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/schema/test_support.h"

namespace wn::schema {
namespace {

using test::field_of;
using test::map_of;
using test::register_of;
using test::schema_of;
using test::step;

const auto kInteger = ScalarKind::integer;
const auto kString = ScalarKind::string;

Schema plain(std::uint32_t version, std::vector<FieldSpec> fields, std::vector<LensStep> steps = {}) {
  return schema_of(version, std::move(fields), std::move(steps));
}

ChangeKind obstacle(const Comparison& comparison) {
  const Change* change = comparison.first_obstacle();
  return change ? change->kind : ChangeKind::none;
}

bool has(const Comparison& comparison, ChangeKind kind) {
  return std::ranges::any_of(comparison.changes, [&](const Change& c) { return c.kind == kind; });
}

TEST_CASE("compare: new, dropped and renamed fields and deprecations are additive") {
  const Schema one = plain(1, {register_of(1, "a", kInteger), field_of(2, "b", Kind::counter)});
  Schema two = plain(2, {register_of(1, "z", kInteger), field_of(3, "c", Kind::text, {}, 2)});
  two.fields[0].deprecated = Version{2};
  const Comparison comparison = compare(one, two);
  CHECK(comparison.verdict == Compatibility::additive);
  CHECK(comparison.publishable());
  for (const auto kind :
       {ChangeKind::added, ChangeKind::dropped, ChangeKind::renamed, ChangeKind::deprecated}) {
    CHECK(has(comparison, kind));
  }
  Schema same = one;
  same.version = Version{2};
  CHECK(compare(one, same).verdict == Compatibility::identical);
}

TEST_CASE("compare: two names that change places are two new names, nothing moves") {
  const Schema one = plain(1, {register_of(1, "a", kInteger), register_of(2, "b", kString)});
  const Schema two = plain(2, {register_of(1, "b", kInteger), register_of(2, "a", kString)});
  CHECK(compare(one, two).verdict == Compatibility::additive);
}

TEST_CASE("compare: one number with two shapes is forbidden, whatever the lens says") {
  const Schema one = plain(1, {register_of(1, "a", kInteger)});
  for (const FieldSpec& other : {register_of(1, "a", kString), field_of(1, "a", Kind::counter),
                                 field_of(1, "a", Kind::multi_value, kInteger)}) {
    const Comparison comparison = compare(one, plain(2, {other}));
    CHECK(comparison.verdict == Compatibility::forbidden);
    CHECK(obstacle(comparison) == ChangeKind::number_reused);
  }
}

TEST_CASE("compare: another default, number or kind needs a step of the lens, and is content with one") {
  const Schema one = plain(1, {register_of(1, "a", kInteger)});
  Schema fill = plain(2, {register_of(1, "a", kInteger, Value::of(std::int64_t{5}))});
  CHECK(compare(one, fill).verdict == Compatibility::needs_lens);
  CHECK(obstacle(compare(one, fill)) == ChangeKind::default_changed);
  fill.lens.steps = {step(LensKind::default_fill, 1)};
  CHECK(compare(one, fill).publishable());

  Schema moved = plain(2, {register_of(2, "a", kInteger, {}, 2)});
  CHECK(obstacle(compare(one, moved)) == ChangeKind::number_changed);
  moved.lens.steps = {step(LensKind::move, 1, 2)};
  CHECK(compare(one, moved).publishable());

  Schema other = plain(2, {register_of(2, "a", kString, {}, 2)});
  CHECK(obstacle(compare(one, other)) == ChangeKind::kind_changed);
  other.lens.steps = {step(LensKind::integer_to_string, 1, 2)};
  CHECK(compare(one, other).publishable());
}

TEST_CASE("compare: a number that is dropped and comes back as something else is seen over the gap") {
  const std::vector<Schema> chain{plain(1, {register_of(1, "a", kInteger)}), plain(2, {}),
                                  plain(3, {field_of(1, "b", Kind::counter)})};
  CHECK(compare(chain[0], chain[1]).publishable());
  CHECK(compare(chain[1], chain[2]).publishable());  // neighbours see nothing
  const Comparison all = compare_all(chain);
  CHECK(obstacle(all) == ChangeKind::number_reused);
  CHECK(all.first_obstacle()->older == Version{1});
  CHECK(all.first_obstacle()->newer == Version{3});
}

TEST_CASE("compare: a number that comes back as what it was is welcome, with its old beginning") {
  std::vector<Schema> chain{plain(1, {register_of(1, "a", kInteger)}), plain(2, {}),
                            plain(3, {register_of(1, "a", kInteger)})};
  CHECK(compare_all(chain).publishable());
  chain[2].fields[0].since = Version{3};
  CHECK(obstacle(compare_all(chain)) == ChangeKind::since_rewritten);
}

TEST_CASE("compare: a number that a lens emptied may not return, and a lens fills fresh numbers only") {
  std::vector<Schema> chain{plain(1, {register_of(1, "a", kInteger)}),
                            plain(2, {register_of(2, "a", kInteger, {}, 2)}, {step(LensKind::move, 1, 2)}),
                            plain(3, {register_of(1, "b", kInteger), register_of(2, "a", kInteger, {}, 2)})};
  CHECK(obstacle(compare_all(chain)) == ChangeKind::number_retired);

  chain = {plain(1, {register_of(1, "a", kInteger), register_of(2, "b", kInteger)}),
           plain(2, {register_of(1, "a", kInteger)}),
           plain(3, {register_of(2, "a", kInteger)}, {step(LensKind::move, 1, 2)})};
  CHECK(obstacle(compare_all(chain)) == ChangeKind::target_existed);
}

TEST_CASE("compare: two lenses of a type may not claim one key of a map") {
  std::vector<FieldSpec> fields{map_of(1, "m", Kind::last_writer, kInteger), register_of(2, "a", kInteger),
                                register_of(3, "b", kInteger)};
  const Schema one = plain(1, fields);
  fields.erase(fields.begin() + 1);
  const Schema two = plain(2, fields, {step(LensKind::wrap, 2, 1, "k")});
  fields.pop_back();
  CHECK(
      compare_all(std::vector{one, two, plain(3, fields, {step(LensKind::wrap, 3, 1, "j")})}).publishable());
  const Schema bad = plain(3, fields, {step(LensKind::wrap, 3, 1, "k")});
  CHECK(obstacle(compare_all(std::vector{one, two, bad})) == ChangeKind::address_shared);
}

TEST_CASE("compare: versions follow one another, of one type") {
  CHECK(obstacle(compare_all(std::vector{plain(1, {}), plain(3, {})})) == ChangeKind::gap);
  Schema other = plain(2, {});
  other.type = TypeId{8};
  CHECK(obstacle(compare(plain(1, {}), other)) == ChangeKind::other_type);
  CHECK(compare_all(test::three_versions()).publishable());
  CHECK(compare_all(test::three_versions()).verdict == Compatibility::needs_lens);
}

TEST_CASE("lens: every refusal has its own word") {
  const std::vector<FieldSpec> old{
      register_of(1, "a", kInteger), register_of(2, "b", kString), field_of(3, "s", Kind::set, kString),
      map_of(4, "m", Kind::last_writer, kInteger), field_of(5, "n", Kind::counter)};
  struct Case {
    std::vector<LensStep> steps;
    std::vector<FieldSpec> extra;  // fields of the newer version
    std::vector<std::uint32_t> dropped;
    LensFault fault;
  };
  const auto a9 = register_of(9, "a9", kInteger, {}, 2);
  const auto b9 = register_of(9, "b9", kString, {}, 2);
  const auto s9 = field_of(9, "s9", Kind::set, kString, 2);
  const auto n9 = field_of(9, "n9", Kind::counter, {}, 2);
  const std::vector<Case> cases{
      {{step(LensKind::move, 1, 9)}, {a9}, {1}, LensFault::none},
      {{step(LensKind::scale, 1, 9, "", 10)}, {a9}, {1}, LensFault::none},
      {{step(LensKind::wrap, 1, 4, "k")}, {}, {1}, LensFault::none},
      {{step(LensKind::hoist, 4, 9, "k")}, {a9}, {}, LensFault::none},
      {{step(LensKind::split, 3, 9, "x:")}, {s9}, {}, LensFault::none},
      {{step(LensKind::split_register, 2, 9, " ")}, {b9}, {2}, LensFault::cannot_commute},
      {{step(LensKind::join_registers, 2, 9, " ")}, {b9}, {2}, LensFault::cannot_commute},
      {{step(LensKind::move, 1)}, {a9}, {1}, LensFault::malformed},
      {{step(LensKind::move, 1, 9, "k")}, {a9}, {1}, LensFault::malformed},
      {{step(LensKind::scale, 1, 9, "", 1)}, {a9}, {1}, LensFault::malformed},
      {{step(LensKind::rename, 1)}, {}, {}, LensFault::malformed},  // it has the same name
      {{step(LensKind::move, 8, 9)}, {a9}, {}, LensFault::unknown_source},
      {{step(LensKind::move, 1, 9)}, {}, {1}, LensFault::unknown_target},
      {{step(LensKind::move, 1, 9)}, {b9}, {1}, LensFault::wrong_kind},
      {{step(LensKind::integer_to_string, 2, 9)}, {b9}, {2}, LensFault::wrong_kind},
      {{step(LensKind::scale, 5, 9, "", 10)},
       {n9},
       {5},
       LensFault::wrong_kind},  // counters do not scale back
      {{step(LensKind::wrap, 2, 4, "k")}, {}, {2}, LensFault::wrong_kind},
      {{step(LensKind::move, 1, 9)}, {a9}, {}, LensFault::source_survives},
      {{step(LensKind::split, 3, 9, "x:"), step(LensKind::split, 3, 9, "x:")},
       {s9},
       {},
       LensFault::used_twice},
      {{step(LensKind::move, 1, 9), step(LensKind::scale, 1, 9, "", 2)}, {a9}, {1}, LensFault::used_twice}};
  for (const Case& c : cases) {
    std::vector<FieldSpec> fields;
    for (const FieldSpec& f : old) {
      if (std::ranges::find(c.dropped, f.number.value) == c.dropped.end()) fields.push_back(f);
    }
    fields.insert(fields.end(), c.extra.begin(), c.extra.end());
    const auto refusal = check_lens(plain(1, old), plain(2, fields, c.steps));
    INFO(to_string(c.steps[0].kind) << " expects " << to_string(c.fault));
    CHECK((refusal ? refusal->fault : LensFault::none) == c.fault);
  }
  // A target that the older version has.
  const Schema both = plain(1, {register_of(1, "a", kInteger), register_of(9, "a9", kInteger)});
  CHECK(check_lens(both, plain(2, {both.fields[1]}, {step(LensKind::move, 1, 9)}))->fault ==
        LensFault::target_not_fresh);
}

}  // namespace
}  // namespace wn::schema
