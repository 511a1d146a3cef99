// The laws of a join, for each type by itself and for all together, over drawn histories.
#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

// One type at a time, then all.
template <class Body>
void for_types(Body&& body) {
  for (const Type& type : kAllTypes) {
    INFO("type " << to_string(type));
    body(std::span<const Type>(&type, 1));
  }
  INFO("all types");
  body(std::span<const Type>(kAllTypes));
}

TEST_CASE("deltas in any order, any number of times, end in one state") {
  const Random random(21);
  for_types([&](std::span<const Type> types) {
    for (std::uint64_t round = 0; round < 60; ++round) {
      const History history(random, round, types, 40);
      Replica first(4);
      take_all(first, history.deltas, random.at("order", 0, round));
      first.check();
      for (std::uint32_t again = 1; again < 4; ++again) {
        Replica other(5);
        take_all(other, history.deltas, random.at("order", again, round));
        REQUIRE(other.doc.digest() == first.doc.digest());
        REQUIRE(other.state() == first.state());
        REQUIRE(other.seen == first.seen);
        const Digest before = other.doc.digest();
        take_all(other, history.deltas, random.at("twice", again, round));
        REQUIRE(other.doc.digest() == before);
        other.check();
      }
    }
  });
}

TEST_CASE("a replica that wrote and one that only listened agree") {
  const Random random(22);
  for_types([&](std::span<const Type> types) {
    for (std::uint64_t round = 0; round < 60; ++round) {
      History history(random, round, types, 40);
      Replica listener(4);
      take_all(listener, history.deltas, random.at("order", 0, round));
      for (Replica& r : history.replicas) {
        take_all(r, history.deltas, random.at("order", r.id, round));
        r.check();
        REQUIRE(r.doc.digest() == listener.doc.digest());
        REQUIRE(r.state() == listener.state());
      }
    }
  });
}

TEST_CASE("the join of states is commutative, associative, idempotent and monotone") {
  const Random random(23);
  for_types([&](std::span<const Type> types) {
    for (std::uint64_t round = 0; round < 40; ++round) {
      const History history(random, round, types, 40);
      const Replica& a = history.replicas[0];
      const Replica& b = history.replicas[1];
      const Replica& c = history.replicas[2];
      Replica ab(4);
      Replica ba(4);
      ab.join(a);
      REQUIRE(ab.state() == a.state());  // a state is a copy
      REQUIRE(ab.doc.digest() == a.doc.digest());
      Replica loaded(4);
      loaded.install(a);
      REQUIRE(loaded.state() == a.state());
      REQUIRE(loaded.doc.load(a.state()).has_value() == a.doc.empty());
      loaded.join(b);
      ab.join(b);
      REQUIRE(loaded.doc.digest() == ab.doc.digest());
      ba.join(b);
      ba.join(a);
      REQUIRE(ab.doc.digest() == ba.doc.digest());
      REQUIRE(ab.seen == ba.seen);
      Replica bc(4);
      bc.join(b);
      bc.join(c);
      Replica a_bc(4);
      a_bc.join(a);
      a_bc.join(bc);
      ab.join(c);
      REQUIRE(ab.doc.digest() == a_bc.doc.digest());
      // Monotone: what is below changes nothing any more.
      const Replica* const lower[] = {&a, &b, &c, &bc};
      for (const Replica* below : lower) {
        const Digest before = ab.doc.digest();
        ab.join(*below);
        REQUIRE(ab.doc.digest() == before);
        REQUIRE(ab.seen.includes(below->seen));
      }
      ab.check();
    }
  });
}

TEST_CASE("joining states and merging deltas lead to the same place") {
  const Random random(24);
  for_types([&](std::span<const Type> types) {
    for (std::uint64_t round = 0; round < 40; ++round) {
      const History history(random, round, types, 40);
      Replica joined(4);
      for (const Replica& r : history.replicas) joined.join(r);
      Replica merged(5);
      take_all(merged, history.deltas, random.at("order", 0, round));
      REQUIRE(joined.doc.digest() == merged.doc.digest());
    }
  });
}

TEST_CASE("a bounded counter is never below zero and conserves what was granted") {
  const Random random(25);
  const Type types[] = {Type::bounded};
  const Step places[] = {{Type::bounded, "a"}, {Type::bounded, "b"}};
  for (std::uint64_t round = 0; round < 200; ++round) {
    History history(random, round, types, 60);
    for (Replica& r : history.replicas) {
      for (const Step& place : places) {
        REQUIRE(r.doc.count(Path(&place, 1)).value_or(0) >= 0);
        REQUIRE(r.doc.rights(Path(&place, 1), ReplicaId{r.id}) >= 0);
      }
      take_all(r, history.deltas, random.at("order", r.id, round));
      for (const Step& place : places) {
        std::int64_t rights = 0;
        for (std::uint32_t id = 1; id <= 3; ++id) {
          REQUIRE(r.doc.rights(Path(&place, 1), ReplicaId{id}) >= 0);
          rights += r.doc.rights(Path(&place, 1), ReplicaId{id});
        }
        if (r.doc.contains(Path(&place, 1))) REQUIRE(r.doc.count(Path(&place, 1)) == rights);
      }
    }
  }
}

}  // namespace
}  // namespace wn::crdt
