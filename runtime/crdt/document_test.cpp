#include "runtime/crdt/document.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::crdt {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

// One replica with one document.
struct Replica {
  explicit Replica(std::uint32_t number, const Options& options = {})
      : id(number), config(options), seen(heap()), doc(config, heap()) {}
  Write write() {
    bytes.clear();
    const Dot dot = seen.next(ReplicaId{id});
    ++clock;
    return {.dot = dot,
            .stamp = {.time = causality::HlcTime{clock}, .replica = ReplicaId{id}},
            .seen = &seen,
            .delta = &bytes};
  }
  void take(const Replica& from) { REQUIRE(doc.merge(from.bytes, seen).has_value()); }
  std::uint32_t id;
  Options config;
  CausalContext seen;
  Document doc;
  std::vector<std::uint8_t> bytes;
  std::uint64_t clock = 0;
};

TEST_CASE("a register takes the latest write and forgets the ones it has seen") {
  Replica a(1);
  Replica b(2);
  const Step name[] = {{Type::lww, "name"}};
  REQUIRE(a.doc.set(name, Value::of("one"), a.write()) == Errc::ok);
  b.take(a);
  REQUIRE(b.doc.set(name, Value::of(std::int64_t{2}), b.write()) == Errc::ok);
  a.take(b);
  CHECK(a.doc.get(name) == Value::of(std::int64_t{2}));
  CHECK(a.doc.dots() == 1);
  CHECK(a.doc.digest() == b.doc.digest());
}

TEST_CASE("concurrent creation of a map under one key merges both branches") {
  Replica a(1);
  Replica b(2);
  const Step left[] = {{Type::map, "m"}, {Type::lww, "left"}};
  const Step right[] = {{Type::map, "m"}, {Type::lww, "right"}};
  REQUIRE(a.doc.set(left, Value::of(true), a.write()) == Errc::ok);
  REQUIRE(b.doc.set(right, Value::of(true), b.write()) == Errc::ok);
  a.take(b);
  b.take(a);
  for (const Replica* r : {&a, &b}) {
    CHECK(r->doc.get(left).has_value());
    CHECK(r->doc.get(right).has_value());
    r->doc.check_invariants(r->seen);
  }
}

TEST_CASE("a removed counter keeps exactly the concurrent increments") {
  Replica a(1);
  Replica b(2);
  const Step hits[] = {{Type::map, "m"}, {Type::pn_counter, "hits"}};
  REQUIRE(a.doc.add(hits, 5, a.write()) == Errc::ok);
  b.take(a);
  REQUIRE(a.doc.add(hits, 2, a.write()) == Errc::ok);
  REQUIRE(b.doc.remove(Path(hits, 1), b.write()) == Errc::ok);
  CHECK_FALSE(b.doc.contains(hits));
  b.take(a);
  a.take(b);
  CHECK(a.doc.count(hits) == 2);
  CHECK(b.doc.count(hits) == 2);
}

TEST_CASE("a document gives its memory back") {
  Replica a(1);
  const std::uint64_t empty = a.doc.metadata_bytes();
  for (int i = 0; i < 100; ++i) {
    const std::string key = "a rather long key number " + std::to_string(i);
    const Step path[] = {{Type::map, "m"}, {Type::set, key}};
    REQUIRE(a.doc.insert(path, Value::of(std::int64_t{i}), a.write()) == Errc::ok);
  }
  a.doc.check_invariants(a.seen);
  for (int i = 0; i < 100; ++i) {
    const std::string key = "a rather long key number " + std::to_string(i);
    const Step path[] = {{Type::map, "m"}, {Type::set, key}};
    REQUIRE(a.doc.erase(path, Value::of(std::int64_t{i}), a.write()) == Errc::ok);
    a.doc.check_invariants(a.seen);
  }
  CHECK(a.doc.empty());
  CHECK(a.doc.metadata_bytes() == empty);
}

}  // namespace
}  // namespace wn::crdt
