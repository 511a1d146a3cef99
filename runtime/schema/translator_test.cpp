#include "runtime/schema/translator.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "runtime/schema/test_replica.h"

namespace wn::schema {
namespace {

using namespace std::string_view_literals;

using test::Buffer;
using test::loaded;
using test::Replica;
using test::shaped;
using test::state_of;
using test::translated;
using test::Versions;

// Edits at one replica; those that it made before.
void edit(Replica& replica, Draw& draw, std::uint32_t count, std::uint64_t& time) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& fields = replica.schema().fields;
    (void)test::random_edit(replica, fields[draw.below(fields.size())], draw, ++time);
  }
}

// The join of two states, in the shape of version v of both.
Buffer joined(const Versions& versions, std::size_t v, const Replica& a, const Replica& b) {
  crdt::Document out = loaded(translated(versions.to[v], state_of(a.document())));
  crdt::CausalContext seen(a.seen(), test::heap());
  REQUIRE(out.merge_state(translated(versions.to[v], state_of(b.document())), b.seen(), seen));
  return state_of(out);
}

void check_commutes(const Versions& versions, const Replica& a, const Replica& b) {
  for (std::size_t v = 0; v < versions.to.size(); ++v) {
    const Buffer first = joined(versions, v, a, b);
    REQUIRE(first == joined(versions, v, b, a));
    for (std::size_t u = 0; u < versions.to.size(); ++u) {
      // Lens after merge is merge after lens.
      REQUIRE(shaped(versions.to[v], joined(versions, u, a, b)) == first);
    }
  }
}

void check_round_trips(const Versions& versions, const Replica& a) {
  for (const Translator& u : versions.to) {
    const Buffer there = shaped(u, state_of(a.document()));
    for (const Translator& v : versions.to) {
      REQUIRE(shaped(u, shaped(v, there)) == there);  // GetPut, PutGet
      REQUIRE(shaped(v, there) == shaped(v, state_of(a.document())));
    }
  }
}

TEST_CASE("translator: lenses keep their laws and commute with merge, on random documents") {
  const Random random(46);
  for (const auto& chain : {test::three_versions(), test::every_step()}) {
    const Comparison comparison = compare_all(chain);
    INFO((comparison.publishable() ? "" : comparison.first_obstacle()->to_string()));
    REQUIRE(comparison.publishable());
    const Versions versions(chain);
    for (std::uint32_t round = 0; round < 150; ++round) {
      Draw draw = random.at("documents", round);
      std::uint64_t time = 0;
      Replica a(versions, static_cast<std::uint32_t>(1 + draw.below(3)), 1);
      edit(a, draw, 12, time);
      Replica b(versions, static_cast<std::uint32_t>(1 + draw.below(3)), 2);
      if (draw.below(2) == 1) b.receive_state(a);
      edit(b, draw, 8, time);
      edit(a, draw, 4, time);
      check_commutes(versions, a, b);
      check_round_trips(versions, a);
    }
  }
}

TEST_CASE("translator: the same holds for random chains that may be published") {
  const Random random(47);
  std::vector<std::uint32_t> used(kLensKindsEnd);
  for (std::uint32_t round = 0; round < 60; ++round) {
    Draw draw = random.at("chains", round);
    const Versions versions(test::random_chain(draw, used));
    INFO(test::told(versions.chain));
    const auto any = [&] { return static_cast<std::uint32_t>(1 + draw.below(versions.chain.size())); };
    std::uint64_t time = 0;
    Replica a(versions, any(), 1);
    edit(a, draw, 12, time);
    Replica b(versions, any(), 2);
    b.receive_state(a);
    edit(b, draw, 8, time);
    edit(a, draw, 4, time);
    check_commutes(versions, a, b);
    check_round_trips(versions, a);
  }
}

// Every edit that one write can make at a version, over a scope of few values.
std::vector<std::function<void(View&, const crdt::Write&)>> edits_of(const Schema& schema) {
  std::vector<std::function<void(View&, const crdt::Write&)>> out;
  for (const FieldSpec& field : schema.fields) {
    std::vector<Value> values;
    if (field.element == ScalarKind::string) {
      for (const auto text : {"7"sv, "soon"sv, "l:a"sv, "j:a"sv}) values.push_back(Value::of(text));
    } else if (field.element == ScalarKind::integer) {
      for (const std::int64_t i : {7, 70}) values.push_back(Value::of(i));
    }
    const FieldNumber n = field.number;
    for (const Value& value : values) {
      out.push_back([=](View& view, const crdt::Write& w) {
        if (field.kind == Kind::set) {
          (void)view.insert(n, value.view(), w);  // or the element belongs to another field
        } else if (field.kind == Kind::map) {
          (void)view.set_in(n, "k", value.view(), w);
        } else {
          REQUIRE(view.set(n, value.view(), w));
        }
      });
    }
    if (field.kind == Kind::counter)
      out.push_back([=](View& v, const crdt::Write& w) { REQUIRE(v.add(n, 3, w)); });
    out.push_back([=](View& v, const crdt::Write& w) { REQUIRE(v.clear(n, w)); });
  }
  return out;
}

TEST_CASE("translator: every pair of concurrent edits by any two versions, after every edit, commutes") {
  const Versions versions(test::every_step());
  std::uint32_t pairs = 0;
  for (std::uint32_t x = 1; x <= 3; ++x) {
    for (std::uint32_t y = x; y <= 3; ++y) {
      const auto first = edits_of(versions.chain[x - 1]);
      const auto second = edits_of(versions.chain[y - 1]);
      for (std::size_t i = 0; i < first.size(); ++i) {
        for (std::size_t j = 0; j < second.size(); ++j) {
          // What both have seen: an edit that lies in the neighbourhood of one of the two.
          Replica a(versions, x, 1);
          View before = a.view();
          first[(i + j) % first.size()](before, a.write(1));
          Replica b(versions, y, 2);
          b.receive_state(a);
          View one = a.view();
          first[i](one, a.write(2));
          const Buffer from_a = a.last();
          View two = b.view();
          second[j](two, b.write(3));
          if (!b.last().empty()) a.receive(b.last());
          if (!from_a.empty()) b.receive(from_a);
          ++pairs;
          for (const Translator& to : versions.to) {
            REQUIRE(shaped(to, state_of(a.document())) == shaped(to, state_of(b.document())));
          }
        }
      }
    }
  }
  CHECK(pairs > 2'000);
}

TEST_CASE("translator: hostile bytes are refused, or translated to something that is refused or merged") {
  const Random random(48);
  const Versions versions(test::every_step());
  std::uint64_t time = 0;
  Draw first = random.at("source");
  Replica a(versions, 1, 1);
  edit(a, first, 30, time);
  const Buffer good = state_of(a.document());
  std::uint32_t taken = 0;
  for (std::uint32_t round = 0; round < 20'000; ++round) {
    Draw draw = random.at("mutate", round);
    Buffer bytes = good;
    bytes[draw.below(bytes.size())] = static_cast<std::uint8_t>(draw.below(256));
    if (draw.chance_ppm(100'000)) bytes.resize(draw.below(bytes.size()));
    Buffer out{1, 2, 3};
    if (!versions.to[2].translate(bytes, out)) {
      REQUIRE(out == Buffer{1, 2, 3});
      continue;
    }
    crdt::Document document(test::crdt_options(), test::heap());
    const crdt::CausalContext nothing(test::heap());
    crdt::CausalContext seen(test::heap());
    taken += document.merge_state(ByteView(out).subspan(3), nothing, seen).has_value();
  }
  CHECK(taken > 100);
}

}  // namespace
}  // namespace wn::schema
