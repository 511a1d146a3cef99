// Versions N, N-1 and N-2 side by side: three replicas edit one document at once, each by its own version,
// and nothing is lost.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "runtime/base/proto_wire.h"
#include "runtime/schema/test_replica.h"

namespace wn::schema {
namespace {

using namespace std::string_view_literals;

using test::Buffer;
using test::Replica;
using test::shaped;
using test::state_of;
using test::Versions;

struct Sent {
  std::uint32_t from;
  Buffer delta;
};

// Hands every delta to every other replica, in random order, some of them twice.
void exchange(std::vector<Replica>& replicas, const std::vector<Sent>& sent, Draw& draw) {
  for (Replica& replica : replicas) {
    std::vector<const Sent*> inbox;
    for (const Sent& s : sent) {
      if (s.from == replica.id().value) continue;
      inbox.push_back(&s);
      if (draw.chance_ppm(200'000)) inbox.push_back(&s);
    }
    for (std::size_t left = inbox.size(); left > 1; --left)
      std::swap(inbox[left - 1], inbox[draw.below(left)]);
    for (const Sent* s : inbox) replica.receive(s->delta);
  }
}

void check_converged(const Versions& versions, const std::vector<Replica>& replicas) {
  for (const Translator& to : versions.to) {
    const Buffer first = shaped(to, state_of(replicas[0].document()));
    for (const Replica& replica : replicas) REQUIRE(shaped(to, state_of(replica.document())) == first);
  }
}

TEST_CASE("versions: replicas at N, N-1 and N-2 edit at once and converge, in any order of delivery") {
  const Random random(49);
  std::uint32_t deltas = 0;
  for (const auto& chain : {test::three_versions(), test::every_step()}) {
    const Versions versions(chain);
    for (std::uint32_t round = 0; round < 60; ++round) {
      Draw draw = random.at("replicas", round);
      std::vector<Replica> replicas;
      for (std::uint32_t id = 1; id <= 3; ++id) replicas.emplace_back(versions, id, id);
      std::uint64_t time = 0;
      for (std::uint32_t phase = 0; phase < 3; ++phase) {
        std::vector<Sent> sent;
        for (std::uint32_t i = 0; i < 24; ++i) {
          Replica& replica = replicas[draw.below(3)];
          const auto& fields = replica.schema().fields;
          const FieldSpec& field = fields[draw.below(fields.size())];
          if (!test::random_edit(replica, field, draw, ++time)) continue;
          sent.push_back({replica.id().value, replica.last()});
        }
        deltas += static_cast<std::uint32_t>(sent.size());
        exchange(replicas, sent, draw);
        check_converged(versions, replicas);
      }
      // A late upgrade finds the same document.
      replicas[0].become(3);
      REQUIRE(state_of(replicas[0].document()) == shaped(versions.to[2], state_of(replicas[2].document())));
      replicas[0].become(1);
      check_converged(versions, replicas);
    }
  }
  CHECK(deltas > 5'000);
}

TEST_CASE("versions: every write of every version is found by every version") {
  const Versions versions(test::three_versions());
  std::vector<Replica> r;
  for (std::uint32_t id = 1; id <= 3; ++id) r.emplace_back(versions, id, id);
  std::vector<Sent> sent;
  const auto send = [&](std::size_t i) { sent.push_back({r[i].id().value, r[i].last()}); };
  const auto field = [](std::uint32_t n) { return FieldNumber{n}; };
  std::int64_t total = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    View view = r[i].view();
    REQUIRE(view.add(field(4), 10 + static_cast<std::int64_t>(i), r[i].write(i + 1)));
    send(i);
    total += 10 + static_cast<std::int64_t>(i);
  }
  View v1 = r[0].view();
  View v2 = r[1].view();
  View v3 = r[2].view();
  REQUIRE(v1.set(field(1), ValueView::of("from v1"sv), r[0].write(10)));
  send(0);
  REQUIRE(v1.insert(field(3), ValueView::of("l:red"sv), r[0].write(11)));
  send(0);
  REQUIRE(v1.insert(field(3), ValueView::of("plain"sv), r[0].write(12)));
  send(0);
  REQUIRE(v2.insert(field(6), ValueView::of("green"sv), r[1].write(13)));
  send(1);
  REQUIRE(v2.set(field(5), ValueView::of(std::int64_t{90}), r[1].write(14)));
  send(1);  // no whole minutes
  REQUIRE(v3.insert(field(6), ValueView::of("blue"sv), r[2].write(15)));
  send(2);
  REQUIRE(v3.set_in(field(7), "other", ValueView::of("kept"sv), r[2].write(16)));
  send(2);
  // What v2 gave to another field it no longer writes here.
  CHECK(v2.insert(field(3), ValueView::of("l:grey"sv), r[1].write(17)).error().code == Errc::precondition);
  CHECK(v3.get(field(1)).error().code == Errc::not_found);
  CHECK(v3.add(field(6), 1, r[2].write(18)).error().code == Errc::invalid_argument);
  Draw draw = Random(50).at("order");
  exchange(r, sent, draw);
  check_converged(versions, r);

  const auto set_of = [](const Result<std::vector<Value>>& values) {
    std::set<std::string> out;
    for (const Value& value : *values) out.insert(value.bytes);
    return out;
  };
  for (Replica& replica : r) CHECK(*replica.view().count(field(4)) == total);
  CHECK(set_of(v1.members(field(3))) == std::set<std::string>{"l:blue", "l:green", "l:red", "plain"});
  CHECK(set_of(v3.members(field(6))) == std::set<std::string>{"blue", "green", "red"});
  CHECK(set_of(v3.members(field(3))) == std::set<std::string>{"plain"});
  CHECK(v3.get_in(field(7), "title")->value == Value::of("from v1"sv));
  CHECK(v3.get(field(8))->value == Value::of("90"sv));
  CHECK(v2.get(field(5))->value == Value::of(std::int64_t{90}));
  // Minutes cannot say ninety seconds: version 1 sees that there is something, and what.
  CHECK(v1.get(field(2))->found == Found::foreign);
  CHECK(v1.get(field(2))->value == Value::of(std::int64_t{90}));
  // It may overwrite it, as any write overwrites what it has seen.
  REQUIRE(v1.set(field(2), ValueView::of(std::int64_t{2}), r[0].write(20)));
  r[2].receive(r[0].last());
  CHECK(v3.get(field(8))->value == Value::of("120"sv));
}

// The bytes of one root field in a state.
Buffer part_of(const Buffer& state, FieldNumber number) {
  ProtoReader r(state);
  std::uint64_t word = 0;
  for (std::uint32_t field = 1; field <= 3; ++field) REQUIRE(r.varint(field, word));
  Buffer out;
  while (!r.done()) {
    ByteView part;
    REQUIRE(r.bytes(4, part));
    const auto key = key_of(number);
    const std::string_view text = as_text(part);
    if (text.substr(0, 8).find(key.view()) != std::string_view::npos)
      out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST_CASE("versions: fields that a version does not know survive its edits byte for byte") {
  auto chain = test::three_versions();
  Schema next = chain.back();
  next.version = Version{4};
  next.lens.steps.clear();
  const auto bytes = ScalarKind::bytes;
  next.fields.push_back(test::register_of(200, "new", bytes, {}, 4));
  next.fields.push_back(test::map_of(201, "more", Kind::set, bytes, 4));
  chain.push_back(next);
  REQUIRE(compare_all(chain).publishable());
  const Versions known(std::vector<Schema>(chain.begin(), chain.begin() + 3));  // what the old replica knows
  const Versions all(chain);
  const Random random(51);
  for (std::uint32_t round = 0; round < 100; ++round) {
    Draw draw = random.at("unknown", round);
    std::uint64_t time = 0;
    Replica writer(all, 4, 1);
    const auto& fields = writer.schema().fields;
    for (std::uint32_t i = 0; i < 30; ++i) {
      (void)test::random_edit(writer, fields[draw.below(fields.size())], draw, ++time);
    }
    Replica old(known, static_cast<std::uint32_t>(1 + draw.below(3)), 2);
    old.receive_state(writer);
    for (std::uint32_t i = 0; i < 20; ++i) {
      const auto& mine = old.schema().fields;
      (void)test::random_edit(old, mine[draw.below(mine.size())], draw, ++time);
    }
    for (const std::uint32_t number : {200U, 201U}) {
      REQUIRE(part_of(state_of(old.document()), FieldNumber{number}) ==
              part_of(state_of(writer.document()), FieldNumber{number}));
    }
    // And back at version 4 they are what they were, beside what the old replica wrote.
    writer.receive_state(old);
    REQUIRE(shaped(all.to[3], state_of(old.document())) == state_of(writer.document()));
  }
}

TEST_CASE("versions: a schema that arrives late finds what was written by it before") {
  const auto chain = test::three_versions();
  const Versions known(std::vector<Schema>(chain.begin(), chain.begin() + 1));
  const Versions all(chain);
  Replica late(known, 1, 1);
  Replica writer(all, 2, 2);
  View view = writer.view();
  REQUIRE(view.set(FieldNumber{5}, ValueView::of(std::int64_t{120}), writer.write(1)));
  late.receive(writer.last());
  CHECK(late.view().get(FieldNumber{2})->found == Found::absent);  // it lies under a number without a name
  REQUIRE(all.to[0].upgrade(late.document(), test::crdt_options(), test::heap()));
  CHECK(late.view().get(FieldNumber{2})->value == Value::of(std::int64_t{2}));
}

}  // namespace
}  // namespace wn::schema
