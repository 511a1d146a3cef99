#include "runtime/capability/revocation.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

RevocationSet empty(std::size_t entries_max = 64) {
  return RevocationSet(entries_max, std::pmr::new_delete_resource());
}
std::vector<std::uint8_t> bytes_of(const RevocationSet& set, std::uint64_t since = 0) {
  std::vector<std::uint8_t> out;
  set.encode_since(since, out);
  return out;
}
RevocationSet copy(const RevocationSet& set) {
  RevocationSet out = empty();
  REQUIRE(out.merge(bytes_of(set)));
  return out;
}
RevocationSet joined(const RevocationSet& a, const RevocationSet& b) {
  RevocationSet out = copy(a);
  REQUIRE(out.merge(bytes_of(b)));
  return out;
}
RevocationSet drawn(std::uint64_t seed, std::uint32_t name) {
  RevocationSet out = empty();
  const Random random(seed);
  for (std::uint32_t i = 0; i < 8; ++i) {
    Draw draw = random.at("set", name, i);
    const std::uint64_t kind = draw.below(3);
    const std::uint64_t what = draw.below(4);
    const std::uint64_t epoch = 1 + draw.below(3);
    RevocationKey what_key = RevocationKey::link(what);
    if (kind == 1) what_key = RevocationKey::subtree(node(what));
    if (kind == 2) what_key = RevocationKey::issuer(key(static_cast<std::uint8_t>(what)).public_key());
    REQUIRE(out.raise(what_key, epoch));
  }
  return out;
}

}  // namespace

TEST_CASE("revocations: merging is commutative, associative, idempotent and never lets go") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RevocationSet a = drawn(seed, 1), b = drawn(seed, 2), c = drawn(seed, 3);
    REQUIRE(bytes_of(joined(a, b)) == bytes_of(joined(b, a)));
    REQUIRE(bytes_of(joined(joined(a, b), c)) == bytes_of(joined(a, joined(b, c))));
    REQUIRE(bytes_of(joined(a, a)) == bytes_of(a));
    const RevocationSet both = joined(a, b);
    for (const auto& entry : a.entries()) REQUIRE(both.epoch_of(entry.key) >= entry.epoch);
  }
}

TEST_CASE("revocations: deltas carry what the whole carries") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RevocationSet a = drawn(seed, 1);
    RevocationSet b = copy(a);
    const std::uint64_t before = a.version();
    REQUIRE(a.merge(bytes_of(drawn(seed, 2))));
    const auto delta = bytes_of(a, before);
    CHECK(delta.size() <= bytes_of(a).size());
    REQUIRE(b.merge(delta));
    CHECK(bytes_of(a) == bytes_of(b));
    CHECK(bytes_of(a, a.version()).empty());
  }
}

TEST_CASE("revocations: hostile bytes change nothing") {
  const auto good = bytes_of(drawn(7, 1));
  const Random random(11);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("mutate", i);
    std::vector<std::uint8_t> bytes = good;
    const std::uint64_t edits = 1 + draw.below(3);
    for (std::uint64_t e = 0; e < edits; ++e) {
      const std::uint64_t at = draw.below(bytes.size());
      bytes[at] = static_cast<std::uint8_t>(draw.below(256));
    }
    if (draw.below(2) == 0) bytes.resize(draw.below(bytes.size()));
    RevocationSet set = empty(16);
    const Result<std::size_t> merged = set.merge(bytes);
    if (merged) {
      REQUIRE(bytes_of(set) == bytes);  // canonical: one value, one spelling
    } else {
      REQUIRE(set.size() == 0);
    }
  }
}

TEST_CASE("revocations: a full table refuses, and refuses a delta as a whole") {
  RevocationSet set = empty(2);
  REQUIRE(set.raise(RevocationKey::link(1), 5).value());
  RevocationSet more = empty();
  for (std::uint64_t n = 1; n <= 3; ++n) REQUIRE(more.raise(RevocationKey::link(n), kForever).value());
  CHECK(set.merge(bytes_of(more)).error().code == Errc::overloaded);
  CHECK(set.epoch_of(RevocationKey::link(1)) == 5);
  REQUIRE(set.raise(RevocationKey::link(2), 5).value());
  CHECK(set.raise(RevocationKey::link(3), 5).error().code == Errc::overloaded);
  CHECK(set.raise(RevocationKey::link(1), kForever).value());  // what is known can still rise
  CHECK_FALSE(set.raise(RevocationKey::link(1), 7).value());
}

TEST_CASE("revocations: they outlive a restart, unless the planted bug forgets them") {
  const auto after_restart = [](Defect defect) {
    TestRealm before;
    const Minted m = grant(before.root, before.alice.public_key(), 1, everything());
    REQUIRE(before.guard.revoke(RevocationKey::link(1)).value());
    REQUIRE(before.ask(m, bit(Right::read), 4, kAlice) == Refusal::revoked);
    std::vector<std::uint8_t> stored;
    before.guard.encode_revocations(stored);
    TestRealm after(Options{.defect = defect});
    REQUIRE(after.guard.restore_revocations(stored));
    return after.ask(m, bit(Right::read), 4, kAlice);
  };
  CHECK(after_restart(Defect::none) == Refusal::revoked);
  CHECK(after_restart(Defect::revocation_forgotten_on_restart) == Refusal::allowed);
}

TEST_CASE("staleness: a guard that may have missed a revocation refuses everything, to the nanosecond") {
  TestRealm r(Options{.capability_staleness_max = Duration{100}});
  const Minted m = grant(r.root, r.alice.public_key(), 1, everything());
  const auto at = [&](std::int64_t now) {
    r.moment.now = Instant{now};
    const Refusal whole = r.ask(m, bit(Right::read), 4, kAlice);
    const Refusal fast = r.guard.check(m.id(), r.alice.public_key(),
                                       {.rights = bit(Right::read), .target = node(4)}, r.moment, r.tree);
    CHECK(whole == fast);
    return whole;
  };
  CHECK(at(0) == Refusal::allowed);  // nobody to hear from
  REQUIRE(r.guard.follow(ReplicaId{1}));
  REQUIRE(r.guard.follow(ReplicaId{2}));
  CHECK(at(0) == Refusal::stale_revocations);  // never heard: after a start, too
  r.guard.heard(ReplicaId{1}, Instant{50});
  CHECK(at(60) == Refusal::stale_revocations);  // the other one is silent
  r.guard.heard(ReplicaId{2}, Instant{40});
  CHECK(at(140) == Refusal::allowed);
  CHECK(at(141) == Refusal::stale_revocations);
  r.guard.heard(ReplicaId{2}, Instant{30});   // older news
  r.guard.heard(ReplicaId{9}, Instant{500});  // a stranger
  CHECK(at(141) == Refusal::stale_revocations);
  r.guard.forget(ReplicaId{2});
  CHECK(at(150) == Refusal::allowed);
  CHECK(at(151) == Refusal::stale_revocations);
  // What is known to be revoked is told as such.
  REQUIRE(r.guard.revoke(RevocationKey::link(1)).value());
  CHECK(at(151) == Refusal::revoked);
}

TEST_CASE("staleness: extreme times and the bound that never ends") {
  TestRealm r(Options{.capability_staleness_max = Duration::max()});
  const Minted m = grant(r.root, r.alice.public_key(), 1, everything());
  REQUIRE(r.guard.follow(ReplicaId{1}));
  r.moment.now = Instant::max();
  CHECK(r.ask(m, bit(Right::read), 4, kAlice) == Refusal::allowed);
  TestRealm strict(Options{.capability_staleness_max = Duration{0}, .peers_max = 1});
  REQUIRE(strict.guard.follow(ReplicaId{1}));
  CHECK(strict.guard.follow(ReplicaId{2}).error().code == Errc::overloaded);
  strict.guard.heard(ReplicaId{1}, Instant::max());
  strict.moment.now = Instant::max();
  CHECK(strict.ask(m, bit(Right::read), 4, kAlice) == Refusal::allowed);
}

}  // namespace wn::capability
