// Every pair of concurrent operations (outer on a map, inner on what is nested in it), for each type of the
// inner value and each depth, exhaustively at small scope: both replicas agree whatever arrives first,
// removal takes exactly what it has seen, and concurrent creation loses no branch.
#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

enum class Act : std::uint8_t {
  write_one,
  write_two,
  remove_leaf,
  remove_key,
  remove_map,
  clear,
  create_map
};
constexpr Act kActs[] = {Act::write_one,  Act::write_two, Act::remove_leaf, Act::remove_key,
                         Act::remove_map, Act::clear,     Act::create_map};

std::vector<Step> place(Type type, std::size_t depth) {
  std::vector<Step> path(depth, Step{Type::map, "m"});
  path.push_back({type, "v"});
  return path;
}

bool write_value(Replica& r, Path path, int which) {
  const Write w = r.write();
  switch (path.back().type) {
    case Type::map:
      return r.done(r.doc.create_map(path, w));
    case Type::set:
      return r.done(r.doc.insert(path, Value::of(std::int64_t{which}), w));
    case Type::lww:
    case Type::mv:
      return r.done(r.doc.set(path, Value::of(std::int64_t{which}), w));
    case Type::g_counter:
    case Type::pn_counter:
      return r.done(r.doc.add(path, which, w));
    case Type::bounded:
      return r.done(r.doc.grant(path, which, w));
    case Type::text:
      return r.done(r.doc.insert_text(path, 0, which == 1 ? "1" : "22", w));
    case Type::member:
      break;
  }
  return false;
}

// Acts on the value at `path`; the maps above it are the outer ones.
bool act(Replica& r, Path path, Act what) {
  const Path above = path.first(path.size() - 1);
  switch (what) {
    case Act::write_one:
      return write_value(r, path, 1);
    case Act::write_two:
      return write_value(r, path, 2);
    case Act::remove_leaf:
      return r.done(r.doc.remove(path, r.write()));
    case Act::remove_key:
      return r.done(r.doc.remove_key(above, "v", r.write()));
    case Act::remove_map:
      return !above.empty() && r.done(r.doc.remove(above.first(1), r.write()));
    case Act::clear:
      return r.done(r.doc.remove({}, r.write()));
    case Act::create_map:
      return !above.empty() && r.done(r.doc.create_map(above, r.write()));
  }
  return false;
}
bool removes(Act what) { return what >= Act::remove_leaf && what <= Act::clear; }

// `before` acts happen on one replica and are known to both; then each acts once, unknown to the other.
struct Pair {
  Pair(Path path, std::span<const Act> before, Act left, Act right, const Options& options)
      : a(1, options), b(2, options), c(3, options), d(4, options) {
    for (const Act act_before : before) {
      if (!act(a, path, act_before)) continue;
      b.take(a.bytes);
      c.take(a.bytes);
      d.take(a.bytes);
    }
    b.clock = a.clock;
    before_digest = a.doc.digest();
    left_done = act(a, path, left);
    right_done = act(b, path, right);
    if (left_done) c.take(a.bytes);
    if (right_done) {
      c.take(b.bytes);
      d.take(b.bytes);
      a.take(b.bytes);
    }
    if (left_done) {
      d.take(a.bytes);
      b.take(a.bytes);
    }
  }
  Replica a, b, c, d;  // c and d only listen, in either order
  bool left_done = false;
  bool right_done = false;
  Digest before_digest;
};

constexpr Act kNothing[] = {Act::create_map};
constexpr Act kOnce[] = {Act::write_one};
constexpr Act kTwice[] = {Act::write_one, Act::write_two};
constexpr Act kGone[] = {Act::write_one, Act::remove_leaf};
const std::span<const Act> kBefores[] = {kNothing, kOnce, kTwice, kGone};

template <class Check>
std::uint64_t all_pairs(Check&& check) {
  std::uint64_t pairs = 0;
  for (const Type type : kAllTypes) {
    for (std::size_t depth = 0; depth <= 7; depth += depth < 2 ? 1 : 5) {
      const std::vector<Step> path = place(type, depth);
      for (const auto& before : kBefores) {
        for (const Act left : kActs) {
          for (const Act right : kActs) {
            Pair pair(path, before, left, right, Options{});
            INFO(to_string(type) << " depth " << depth << " acts " << static_cast<int>(left) << " "
                                 << static_cast<int>(right));
            check(pair, Path(path), left, right);
            ++pairs;
          }
        }
      }
    }
  }
  return pairs;
}

TEST_CASE("every pair of concurrent outer and inner operations converges") {
  const std::uint64_t pairs = all_pairs([](Pair& pair, Path, Act, Act) {
    const Digest digest = pair.a.doc.digest();
    REQUIRE(pair.b.doc.digest() == digest);
    REQUIRE(pair.c.doc.digest() == digest);
    REQUIRE(pair.d.doc.digest() == digest);
    REQUIRE(pair.a.state() == pair.d.state());
    pair.a.check();
    pair.d.check();
  });
  CHECK(pairs == 8U * 4 * 4 * 49);
}

TEST_CASE("a concurrent write survives every removal, and is all that survives") {
  (void)all_pairs([](Pair& pair, Path path, Act left, Act right) {
    const bool one_writes = (left == Act::write_one || left == Act::write_two) && removes(right);
    if (!one_writes || !pair.left_done || !pair.right_done) return;
    const std::int64_t amount = left == Act::write_one ? 1 : 2;
    REQUIRE(pair.b.doc.contains(path));
    switch (path.back().type) {
      case Type::g_counter:
      case Type::pn_counter:
        REQUIRE(pair.b.doc.count(path) == amount);
        break;
      case Type::lww:
      case Type::mv:
        REQUIRE(pair.b.doc.get(path) == Value::of(amount));
        break;
      case Type::text:
        REQUIRE(pair.b.doc.text(path) == (amount == 1 ? "1" : "22"));
        break;
      case Type::set: {
        std::vector<Value> members;
        pair.b.doc.members(path, members);
        REQUIRE(members == std::vector<Value>{Value::of(amount)});
        break;
      }
      case Type::bounded:  // hidden, not reset
        REQUIRE(pair.b.doc.count(path) >= amount);
        break;
      case Type::map:
      case Type::member:
        break;
    }
  });
}

TEST_CASE("two removals leave nothing behind but marks") {
  (void)all_pairs([](Pair& pair, Path path, Act left, Act right) {
    if (!removes(left) || !removes(right) || !(pair.left_done || pair.right_done)) return;
    REQUIRE_FALSE(pair.a.doc.contains(path));
    const Type type = path.back().type;
    const bool keeps_marks = type == Type::text || type == Type::g_counter || type == Type::pn_counter;
    if (keeps_marks) {
      // Known to all four: reclaimed whole.
      CausalContext all(pair.a.delivered, heap());
      REQUIRE(all.join(pair.b.delivered) == Errc::ok);
      (void)pair.c.doc.collect(all.vector());
    }
    if (type != Type::bounded && left == Act::clear) REQUIRE(pair.c.doc.empty());
  });
}

TEST_CASE("concurrent creation of one child merges both branches at every depth, for every pair of types") {
  for (std::size_t depth = 1; depth <= 7; ++depth) {
    for (const Type left : kAllTypes) {
      for (const Type right : kAllTypes) {
        Replica a(1);
        Replica b(2);
        std::vector<Step> x(depth, Step{Type::map, "m"});
        std::vector<Step> y = x;
        x.push_back({left, "x"});
        y.push_back({right, "y"});
        REQUIRE(write_value(a, x, 1));
        REQUIRE(write_value(b, y, 1));
        a.take(b.bytes);
        b.take(a.bytes);
        REQUIRE(a.doc.contains(x));
        REQUIRE(a.doc.contains(y));
        REQUIRE(a.doc.digest() == b.doc.digest());
      }
    }
  }
}

TEST_CASE("planted bug: identity by the creating dot loses a branch, and this is seen") {
  const Options options{.defect = Defect::child_lost_on_concurrent_creation};
  Replica a(1, options);
  Replica b(2, options);
  const Step x[] = {{Type::map, "m"}, {Type::lww, "x"}};
  const Step y[] = {{Type::map, "m"}, {Type::lww, "y"}};
  REQUIRE(write_value(a, x, 1));
  REQUIRE(write_value(b, y, 1));
  a.take(b.bytes);
  b.take(a.bytes);
  CHECK(a.doc.digest() == b.doc.digest());  // they converge, on less than was written
  CHECK(a.doc.contains(x) != a.doc.contains(y));
}

TEST_CASE("one level too deep is refused and takes no dot") {
  Replica a(1);
  const std::vector<Step> deep = place(Type::lww, 8);
  CHECK(a.doc.set(deep, Value::of(true), a.write()) == Errc::too_large);
  CHECK(a.seen.vector().empty());
  CHECK(write_value(a, place(Type::set, 7), 1));
  Replica b(2, Options{.max_nesting_depth = 4});
  CHECK(b.doc.merge(a.bytes, b.seen).error().code == Errc::bad_input);
  CHECK(b.seen.vector().empty());
}

}  // namespace
}  // namespace wn::crdt
