// Version vectors and causal contexts against sets of events.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/base/random.h"
#include "runtime/causality/causal_context.h"

namespace wn::causality {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
Dot dot(std::uint32_t replica, std::uint64_t counter) { return {ReplicaId{replica}, counter}; }

std::vector<std::uint8_t> bytes_of(const auto& value) {
  std::vector<std::uint8_t> out;
  value.encode(out);
  return out;
}

// A small context whose every event is drawn by chance, and the set that it stands for.
struct Pair {
  CausalContext context{heap()};
  std::set<Dot> model;
  void add(Dot d) {
    REQUIRE(context.add(d) == Errc::ok);
    model.insert(d);
  }
};
Pair drawn(const Random& random, std::uint64_t round, std::uint32_t who) {
  Pair pair;
  const std::uint64_t count = random.at("count", who, round).below(20);
  for (std::uint64_t i = 0; i < count; ++i) {
    Draw draw = random.at("dot", who, round * 64 + i);
    const std::uint64_t replica = 1 + draw.below(3);
    const std::uint64_t counter = 1 + draw.below(9);
    pair.add(dot(static_cast<std::uint32_t>(replica), counter));
  }
  return pair;
}
void agree(const Pair& pair) {
  for (std::uint32_t r = 1; r <= 4; ++r) {
    for (std::uint64_t c = 1; c <= 11; ++c) {
      REQUIRE(pair.context.contains(dot(r, c)) == pair.model.contains(dot(r, c)));
    }
  }
  for (const CausalContext::Range& range : pair.context.cloud()) {
    REQUIRE(range.first > pair.context.vector().of(range.replica) + 1);  // compact
  }
}

TEST_CASE("a context holds exactly the events that were added, in any order, compactly") {
  const Random random(11);
  for (std::uint64_t round = 0; round < 500; ++round) agree(drawn(random, round, 0));
}

TEST_CASE("the union of contexts is the union of their events and obeys the laws of a join") {
  const Random random(12);
  for (std::uint64_t round = 0; round < 500; ++round) {
    Pair a = drawn(random, round, 0);
    const Pair b = drawn(random, round, 1);
    const Pair c = drawn(random, round, 2);
    CausalContext left(a.context, heap());
    REQUIRE(left.join(b.context) == Errc::ok);
    CausalContext right(b.context, heap());
    REQUIRE(right.join(a.context) == Errc::ok);
    REQUIRE(left == right);
    REQUIRE(left.includes(a.context));
    CausalContext again(left, heap());
    REQUIRE(again.join(left) == Errc::ok);
    REQUIRE(again == left);
    REQUIRE(left.join(c.context) == Errc::ok);
    CausalContext other(b.context, heap());
    REQUIRE(other.join(c.context) == Errc::ok);
    REQUIRE(other.join(a.context) == Errc::ok);
    REQUIRE(left == other);

    REQUIRE(a.context.join(b.context) == Errc::ok);
    a.model.insert(b.model.begin(), b.model.end());
    agree(a);
    REQUIRE(a.context.includes(c.context) ==
            std::includes(a.model.begin(), a.model.end(), c.model.begin(), c.model.end()));
  }
}

TEST_CASE("every order of five early events ends in the same compact vector") {
  std::vector<std::uint64_t> order = {1, 2, 3, 4, 5};
  do {
    CausalContext context(heap());
    for (const std::uint64_t counter : order) REQUIRE(context.add(dot(7, counter)) == Errc::ok);
    REQUIRE(context.compact());
    REQUIRE(context.vector().of(ReplicaId{7}) == 5);
    REQUIRE(context.next(ReplicaId{7}) == dot(7, 6));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("version vectors order as their events do") {
  VersionVector a(heap());
  VersionVector b(heap());
  CHECK(a.compare(b) == Order::equal);
  REQUIRE(a.advance(ReplicaId{1}, 3) == Errc::ok);
  CHECK(a.compare(b) == Order::after);
  CHECK(b.compare(a) == Order::before);
  REQUIRE(b.advance(ReplicaId{2}, 1) == Errc::ok);
  CHECK(a.compare(b) == Order::concurrent);
  REQUIRE(a.join(b) == Errc::ok);
  CHECK(a.dominates(b));
  a.meet(b);
  CHECK(a == b);
  CHECK(a.drop(ReplicaId{2}));
  CHECK_FALSE(a.drop(ReplicaId{2}));
}

TEST_CASE("one writer too many is refused and changes nothing") {
  VersionVector a(heap(), 2);
  REQUIRE(a.advance(ReplicaId{1}, 1) == Errc::ok);
  REQUIRE(a.advance(ReplicaId{2}, 1) == Errc::ok);
  CHECK(a.advance(ReplicaId{3}, 1) == Errc::overloaded);
  CHECK(a.advance(ReplicaId{2}, 9) == Errc::ok);
  VersionVector b(heap());
  REQUIRE(b.advance(ReplicaId{1}, 5) == Errc::ok);
  REQUIRE(b.advance(ReplicaId{4}, 1) == Errc::ok);
  CHECK(a.join(b) == Errc::overloaded);
  CHECK(a.of(ReplicaId{1}) == 1);

  CausalContext context(heap(), 2, 2);
  REQUIRE(context.add(dot(1, 5)) == Errc::ok);
  REQUIRE(context.add(dot(2, 5)) == Errc::ok);
  CHECK(context.add(dot(3, 1)) == Errc::overloaded);
  CHECK(context.add(dot(3, 5)) == Errc::overloaded);
  CHECK(context.add(dot(1, 9)) == Errc::overloaded);  // a third range
  CHECK(context.add(dot(1, 6)) == Errc::ok);          // grows the first
  const Dot more[] = {dot(1, 20)};
  CHECK_FALSE(context.has_room(more));
}

TEST_CASE("encoding gives back the same value, and an evicted writer is forgotten") {
  const Random random(13);
  for (std::uint64_t round = 0; round < 300; ++round) {
    Pair a = drawn(random, round, 0);
    const auto bytes = bytes_of(a.context);
    const auto back = CausalContext::decode(bytes, heap());
    REQUIRE(back.has_value());
    REQUIRE(*back == a.context);
    REQUIRE(bytes_of(*back) == bytes);
    a.context.drop(ReplicaId{2});
    std::erase_if(a.model, [](Dot d) { return d.replica == ReplicaId{2}; });
    agree(a);
  }
}

TEST_CASE("hostile bytes are refused or are canonical; none is trusted half") {
  const Random random(14);
  std::uint64_t accepted = 0;
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    auto bytes = bytes_of(drawn(random, round % 50, 0).context);
    Draw draw = random.at("damage", 0, round);
    const std::uint64_t hits = 1 + draw.below(3);
    for (std::uint64_t i = 0; i < hits && !bytes.empty(); ++i) {
      const std::uint64_t at = draw.below(bytes.size());
      const std::uint64_t how = draw.below(3);
      if (how == 0) bytes[at] = static_cast<std::uint8_t>(draw.u64());
      if (how == 1) bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
      if (how == 2) bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), 0x80);
    }
    const auto got = CausalContext::decode(bytes, heap());
    if (!got) continue;
    ++accepted;
    REQUIRE(bytes_of(*got) == bytes);
  }
  CHECK(accepted > 0);
}

}  // namespace
}  // namespace wn::causality
