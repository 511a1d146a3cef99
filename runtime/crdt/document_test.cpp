#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

TEST_CASE("a register takes the latest write and forgets the ones it has seen") {
  Replica a(1);
  Replica b(2);
  const Step name[] = {{Type::lww, "name"}};
  REQUIRE(a.done(a.doc.set(name, Value::of("one"), a.write())));
  b.take(a.bytes);
  REQUIRE(b.done(b.doc.set(name, Value::of(std::int64_t{2}), b.write())));
  a.take(b.bytes);
  CHECK(a.doc.get(name) == Value::of(std::int64_t{2}));
  CHECK(a.doc.dots() == 1);
  CHECK(a.doc.digest() == b.doc.digest());
}

TEST_CASE("concurrent creation of a map under one key merges both branches") {
  Replica a(1);
  Replica b(2);
  const Step left[] = {{Type::map, "m"}, {Type::lww, "left"}};
  const Step right[] = {{Type::map, "m"}, {Type::lww, "right"}};
  REQUIRE(a.done(a.doc.set(left, Value::of(true), a.write())));
  REQUIRE(b.done(b.doc.set(right, Value::of(true), b.write())));
  a.take(b.bytes);
  b.take(a.bytes);
  for (const Replica* r : {&a, &b}) {
    CHECK(r->doc.get(left).has_value());
    CHECK(r->doc.get(right).has_value());
    r->check();
  }
}

TEST_CASE("a removed counter keeps exactly the concurrent increments") {
  Replica a(1);
  Replica b(2);
  const Step hits[] = {{Type::map, "m"}, {Type::pn_counter, "hits"}};
  REQUIRE(a.done(a.doc.add(hits, 5, a.write())));
  b.take(a.bytes);
  REQUIRE(a.done(a.doc.add(hits, 2, a.write())));
  REQUIRE(b.done(b.doc.remove(Path(hits, 1), b.write())));
  CHECK_FALSE(b.doc.contains(hits));
  b.take(a.bytes);
  a.take(b.bytes);
  CHECK(a.doc.count(hits) == 2);
  CHECK(b.doc.count(hits) == 2);
}

TEST_CASE("a document gives its memory back") {
  Replica a(1);
  const std::uint64_t empty = a.doc.metadata_bytes();
  for (int i = 0; i < 100; ++i) {
    const std::string key = "a rather long key number " + std::to_string(i);
    const Step path[] = {{Type::map, "m"}, {Type::set, key}};
    REQUIRE(a.done(a.doc.insert(path, Value::of(std::int64_t{i}), a.write())));
  }
  a.check();
  for (int i = 0; i < 100; ++i) {
    const std::string key = "a rather long key number " + std::to_string(i);
    const Step path[] = {{Type::map, "m"}, {Type::set, key}};
    REQUIRE(a.done(a.doc.erase(path, Value::of(std::int64_t{i}), a.write())));
    a.check();
  }
  CHECK(a.doc.empty());
  CHECK(a.doc.metadata_bytes() == empty);
}

}  // namespace
}  // namespace wn::crdt
