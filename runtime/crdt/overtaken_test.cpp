// Deltas that overtake others: an overwritten value is not read again while what lies between is missing.
#include "runtime/crdt/overtaken.h"

#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

constexpr Step kReg[] = {{Type::mv, "r"}};
constexpr Step kSet[] = {{Type::set, "s"}};

Bytes8 set(Replica& r, std::int64_t value) {
  REQUIRE(r.done(r.doc.set(kReg, Value::of(value), r.write())));
  return r.bytes;
}
std::size_t writes(const Replica& r) {
  std::vector<Value> all;
  r.doc.get_all(kReg, all);
  return all.size();
}

// Its first write, and its third.
struct Overtaking {
  Replica writer{1};
  Bytes8 first = set(writer, 1);
  Bytes8 second = set(writer, 2);
  Bytes8 third = set(writer, 3);
};

TEST_CASE("an old write that comes late is not read, whatever has become of the later one") {
  Overtaking o;
  Replica overwrites(2);
  overwrites.take(o.third);
  const Bytes8 fourth = set(overwrites, 4);
  overwrites.take(o.first);
  CHECK(writes(overwrites) == 1);
  Replica removes(3);
  removes.take(o.third);
  REQUIRE(removes.done(removes.doc.remove(kReg, removes.write())));
  CHECK_FALSE(removes.doc.empty());  // it remembers why
  removes.take(o.first);
  CHECK(writes(removes) == 0);
  removes.take(o.second);
  CHECK(removes.doc.empty());
  // Told by the name of what was overwritten alone.
  Replica hears(4);
  hears.take(fourth);
  hears.take(o.first);
  CHECK(writes(hears) == 1);
  hears.take(o.third);
  hears.take(o.second);
  overwrites.take(o.second);
  CHECK(hears.state() == overwrites.state());
}

TEST_CASE("what was told in a gap outlives a removal, in a state too") {
  Replica a(1);
  REQUIRE(a.done(a.doc.insert(kSet, Value::of(true), a.write())));
  const Bytes8 first = a.bytes;
  REQUIRE(a.done(a.doc.erase(kSet, Value::of(true), a.write())));
  const Bytes8 second = a.bytes;
  REQUIRE(a.done(a.doc.insert(kSet, Value::of(true), a.write())));
  Replica b(2);
  b.take(a.bytes);
  REQUIRE(b.done(b.doc.erase(kSet, Value::of(true), b.write())));
  Replica joins(3);
  joins.join(b);
  Replica installs(4);
  installs.install(b);
  for (Replica* r : {&b, &joins, &installs}) {
    r->take(first);
    CHECK_FALSE(r->doc.has_member(kSet, Value::of(true)));
    r->take(second);
    CHECK_FALSE(r->doc.has_member(kSet, Value::of(true)));
    CHECK(r->doc.empty());
    CHECK(r->state() == b.state());
    r->check();
  }
}

TEST_CASE("what comes in order leaves no mark, and no delta may bring one") {
  Overtaking o;
  Replica b(2);
  b.take(o.first);
  b.take(o.second);
  REQUIRE(b.done(b.doc.remove(kReg, b.write())));
  CHECK(b.doc.empty());
  Replica c(3);
  c.take(o.third);
  Bytes8 state = c.state();
  const auto refused = c.doc.merge(state, c.seen);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::bad_input);
}

TEST_CASE("marks are bounded: what would overtake more is refused until what is missing has come") {
  Replica a(1);
  REQUIRE(a.done(a.doc.insert(kSet, Value::of(std::int64_t{-1}), a.write())));
  const Bytes8 missing = a.bytes;
  Replica b(2);
  Errc last = Errc::ok;
  std::size_t taken = 0;
  while (last == Errc::ok && taken <= kOvertakenMax) {
    REQUIRE(a.done(a.doc.insert(kSet, Value::of(static_cast<std::int64_t>(taken)), a.write())));
    const auto got = b.doc.merge(a.bytes, b.seen);
    last = got.has_value() ? Errc::ok : got.error().code;
    taken += got.has_value() ? 1 : 0;
  }
  CHECK(last == Errc::overloaded);
  CHECK(taken == kOvertakenMax);
  b.take(missing);
  CHECK(b.doc.merge(a.bytes, b.seen).has_value());
}

}  // namespace
}  // namespace wn::crdt
