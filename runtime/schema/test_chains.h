#pragma once
// Chains of versions for the tests: one with every step that a lens can have, and random ones.
#include "runtime/base/random.h"
#include "runtime/schema/compare.h"
#include "runtime/schema/test_support.h"

namespace wn::schema::test {

// A random chain that grows by one random step at a time; those that may not be published are left out.
inline std::vector<Schema> random_chain(Draw& draw, std::vector<std::uint32_t>& used) {
  const auto S = ScalarKind::string;
  std::vector<Schema> chain{
      schema_of(1, {register_of(1, "f1", ScalarKind::integer), register_of(2, "f2", S),
                    field_of(3, "f3", Kind::set, S), field_of(4, "f4", Kind::set, S),
                    map_of(5, "f5", Kind::last_writer, S), map_of(6, "f6", Kind::set, S)})};
  std::uint32_t fresh = 7;
  while (chain.size() < 4 && fresh <= 12) {
    Schema next = chain.back();
    next.version = next.version.next();
    next.lens.steps.clear();
    const std::uint64_t wanted = 1 + draw.below(2);
    for (std::uint64_t i = 0; i < wanted; ++i) {
      const auto kind = static_cast<LensKind>(3 + draw.below(8));
      const FieldSpec from = chain.back().fields[draw.below(chain.back().fields.size())];
      const std::string key(1, static_cast<char>('j' + draw.below(3)));
      LensStep s{kind, from.number, FieldNumber{fresh}, {}, 0};
      FieldSpec to = from;
      to.number = FieldNumber{fresh};
      to.name = "f" + std::to_string(fresh);
      to.since = next.version;
      bool adds = true;
      if (kind == LensKind::scale) s.factor = 10;
      if (kind == LensKind::integer_to_string) to.element = S;
      if (kind == LensKind::string_to_integer) to.element = ScalarKind::integer;
      if (kind == LensKind::wrap || kind == LensKind::join) {
        s.to = chain.back().fields[draw.below(chain.back().fields.size())].number;
        adds = false;
      }
      if (kind == LensKind::hoist) to.kind = from.nested, to.nested = Kind::none;
      if (kind >= LensKind::wrap) s.key = key;
      if (kind != LensKind::hoist && kind != LensKind::split) {
        std::erase_if(next.fields, [&](const FieldSpec& f) { return f.number == from.number; });
      }
      if (adds) next.fields.push_back(to), ++fresh;
      next.lens.steps.push_back(s);
    }
    chain.push_back(next);
    if (check(next) && compare_all(chain).publishable()) {
      for (const LensStep& s : next.lens.steps) ++used[static_cast<std::size_t>(s.kind)];
    } else {
      chain.pop_back();
      if (draw.chance_ppm(50'000)) break;
    }
  }
  return chain;
}

// Every step that moves something, in two lenses.
inline std::vector<Schema> every_step() {
  const auto S = ScalarKind::string;
  const auto I = ScalarKind::integer;
  std::vector<FieldSpec> one{register_of(1, "moved", S),
                             register_of(2, "text", I),
                             register_of(3, "number", S),
                             field_of(4, "siblings", Kind::multi_value, I),
                             field_of(5, "wrapped", Kind::counter),
                             map_of(6, "counters", Kind::counter, ScalarKind::none),
                             map_of(7, "registers", Kind::last_writer, S),
                             field_of(8, "set", Kind::set, S),
                             field_of(9, "joined", Kind::set, S)};
  std::vector<FieldSpec> two{map_of(6, "counters", Kind::counter, ScalarKind::none),
                             map_of(7, "registers", Kind::last_writer, S),
                             field_of(8, "set", Kind::set, S),
                             field_of(9, "joined", Kind::set, S),
                             register_of(11, "moved", S, {}, 2),
                             register_of(12, "text", S, {}, 2),
                             register_of(13, "number", I, {}, 2),
                             field_of(14, "siblings", Kind::multi_value, I, 2),
                             register_of(17, "hoisted", S, {}, 2),
                             field_of(18, "part", Kind::set, S, 2)};
  std::vector<FieldSpec> three = two;
  std::erase_if(three, [](const FieldSpec& f) {
    return f.number.value == 13 || f.number.value == 7 || f.number.value == 9;
  });
  three.push_back(register_of(23, "number", I, {}, 3));
  three.push_back(map_of(27, "registers", Kind::last_writer, S, 3));
  return {schema_of(1, one),
          schema_of(2, two,
                    {step(LensKind::move, 1, 11), step(LensKind::integer_to_string, 2, 12),
                     step(LensKind::string_to_integer, 3, 13), step(LensKind::scale, 4, 14, "", 10),
                     step(LensKind::wrap, 5, 6, "k"), step(LensKind::hoist, 7, 17, "k"),
                     step(LensKind::split, 8, 18, "l:")}),
          schema_of(3, three,
                    {step(LensKind::scale, 13, 23, "", 7), step(LensKind::move, 7, 27),
                     step(LensKind::join, 9, 8, "j:")})};
}

inline std::string told(const std::vector<Schema>& chain) {
  std::string out;
  for (const Schema& schema : chain) {
    for (const LensStep& l : schema.lens.steps) {
      out += "v" + std::to_string(schema.version.value) + " " + std::string(to_string(l.kind)) + " " +
             std::to_string(l.from.value) + "->" + std::to_string(l.to.value) + " " + l.key + "; ";
    }
  }
  return out;
}

}  // namespace wn::schema::test
