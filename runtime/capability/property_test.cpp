// Properties over random worlds: a guard with a cache says what a guard without one says; no descendant is
// allowed what its ancestor is not.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr std::uint8_t kPeople = 4;
constexpr std::uint8_t person(std::uint64_t i) { return static_cast<std::uint8_t>(20 + i); }

Caveats drawn_caveats(Draw& draw, const Caveats* parent) {
  Caveats c;
  c.rights = static_cast<Rights>(draw.below(8)) | (draw.below(4) != 0 ? bit(Right::delegate) : 0);
  const std::uint64_t operations = draw.below(8);
  c.operations = operations < 3 ? operations : 3;
  const std::uint64_t subtree = draw.below(9);
  c.subtree = node(subtree < 5 ? 1 + subtree : 1);
  c.not_before = WallTime{static_cast<std::int64_t>(draw.below(3))};
  c.expires = WallTime{static_cast<std::int64_t>(4 + draw.below(4))};
  c.epoch = draw.below(3);
  // Mostly honest: what the parent allows, and less of it.
  if (parent != nullptr && draw.below(4) != 0) {
    c.rights = parent->rights & (c.rights | bit(Right::delegate) | static_cast<Rights>(draw.below(1024)));
    c.operations = parent->operations & (c.operations | 1);
    c.not_before = std::max(c.not_before, parent->not_before);
    c.expires = std::min(c.expires, parent->expires);
    c.epoch = std::min(c.epoch, parent->epoch);
  }
  return c;
}

struct Chain {
  Minted minted;
  std::uint8_t holder = 0;
  std::size_t parent = 0;  // index of a chain; itself for a root's
};

// Chains that branch from each other, good ones and bad ones.
std::vector<Chain> drawn_chains(const Random& random, std::size_t count) {
  std::vector<Chain> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    Draw draw = random.at("chain", i);
    const std::uint8_t to = person(draw.below(kPeople));
    const bool fresh = out.empty() || draw.below(4) == 0;
    const std::size_t under = fresh ? i : draw.below(out.size());
    if (fresh || out[under].minted.token.depth() == kDelegationDepthMax) {
      const Caveats c = drawn_caveats(draw, nullptr);
      out.push_back({grant(key(kRootKey), key(to).public_key(), 100 + i, c), to, i});
      continue;
    }
    const Chain& parent = out[under];
    const Caveats c = drawn_caveats(draw, &parent.minted.last().caveats);
    out.push_back(
        {delegate_unchecked(parent.minted, key(parent.holder), key(to).public_key(), 100 + i, c), to, under});
  }
  return out;
}

Invocation drawn_invocation(Draw& draw) {
  Invocation v;
  // Mostly little is asked for, so that something is allowed.
  const std::uint64_t rights = draw.below(8);
  const std::uint64_t operation = draw.below(12);
  const std::uint64_t target = draw.below(12);
  v.rights = rights < 4 ? static_cast<Rights>(1U << rights) & 7U : static_cast<Rights>(rights);
  v.operation = operation < 4 ? operation : 0;
  v.target = node(target < 6 ? 1 + target : 5);
  return v;
}

// One step of a world's life, the same for all guards of it.
void disturb(Draw& draw, TestRealm& r) {
  const std::uint64_t what = draw.below(8);
  const std::uint64_t number = draw.below(5);
  const std::uint64_t epoch = draw.below(3);
  if (what == 0) (void)r.guard.revoke(RevocationKey::link(100 + number * 3), epoch == 0 ? kForever : epoch);
  if (what == 1) (void)r.guard.revoke(RevocationKey::subtree(node(2 + number)), 1 + epoch);
  if (what == 2) (void)r.guard.revoke(RevocationKey::issuer(key(person(number)).public_key()), 1 + epoch);
  if (what == 3) r.tree.put(3, number == 3 ? 1 : 1 + number % 2);
  if (what == 4) r.tree.put(5, epoch == 0 ? 4 : 3);
  if (what == 5) r.moment.wall = WallTime{static_cast<std::int64_t>(number * 2)};
  if (what == 6) r.moment.now = Instant{static_cast<std::int64_t>(number * 40)};
  if (what == 7) r.guard.heard(ReplicaId{1}, Instant{static_cast<std::int64_t>(epoch * 40)});
}

}  // namespace

TEST_CASE("property: a remembering guard answers like one that verifies anew each time") {
  std::uint64_t allowed = 0, refused = 0;
  for (std::uint64_t seed = 0; seed < 45; ++seed) {
    const Random random(seed);
    const std::vector<Chain> chains = drawn_chains(random, 14);
    const Options o{.capability_staleness_max = Duration{100}, .cache_entries = 8};
    TestRealm warm(o), cold(o);
    std::vector<Pass> passes(chains.size());
    for (TestRealm* r : {&warm, &cold}) {
      r->moment.wall = WallTime{3};
      REQUIRE(r->guard.follow(ReplicaId{1}));
      r->guard.heard(ReplicaId{1}, Instant{0});
    }
    for (std::uint32_t step = 0; step < 60; ++step) {
      Draw first = random.at("disturb", step);
      Draw second = random.at("disturb", step);
      if (step % 5 == 0) disturb(first, warm);
      if (step % 5 == 0) disturb(second, cold);
      Draw draw = random.at("ask", step);
      const Chain& chain = chains[draw.below(chains.size())];
      const Invocation v = drawn_invocation(draw);
      const std::uint8_t channel = draw.below(5) == 0 ? person(draw.below(kPeople)) : chain.holder;
      cold.guard.forget_tokens();
      const Refusal expected = cold.decide(present(chain.minted), v, channel).refusal;
      const Refusal fast =
          warm.guard.check(chain.minted.id(), key(channel).public_key(), v, warm.moment, warm.tree);
      CAPTURE(seed, step);
      if (fast != Refusal::unknown_token) REQUIRE(fast == expected);
      const std::size_t which = static_cast<std::size_t>(&chain - chains.data());
      if (channel == chain.holder) {
        const Refusal passed = warm.guard.check(passes[which], v, warm.moment, warm.tree);
        if (passed != Refusal::unknown_token) REQUIRE(passed == expected);
      }
      const Decision decided = warm.decide(present(chain.minted), v, channel);
      REQUIRE(decided.refusal == expected);
      if (decided.pass) passes[which] = decided.pass;
      ++(expected == Refusal::allowed ? allowed : refused);
    }
  }
  CHECK(allowed > 100);
  CHECK(refused > 100);
}

TEST_CASE("property: what a descendant may do, each of its ancestors may do") {
  const auto monotone = [](Defect defect, std::uint64_t seeds) {
    std::uint64_t broken = 0, compared = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const Random random(1000 + seed);
      const std::vector<Chain> chains = drawn_chains(random, 12);
      TestRealm r(Options{.defect = defect});
      r.moment.wall = WallTime{3};
      for (std::uint32_t ask = 0; ask < 40; ++ask) {
        Draw draw = random.at("ask", ask);
        const Chain& child = chains[draw.below(chains.size())];
        const Chain& parent = chains[child.parent];
        const Invocation v = drawn_invocation(draw);
        if (!r.decide(present(child.minted), v, child.holder)) continue;
        ++compared;
        if (!r.decide(present(parent.minted), v, parent.holder)) ++broken;
      }
    }
    REQUIRE(compared > 20);
    return broken;
  };
  CHECK(monotone(Defect::none, 40) == 0);
  CHECK(monotone(Defect::attenuation_widens, 40) > 0);  // the property can fail
}

TEST_CASE("exhaustive: over a small lattice, narrows() is exactly the order of what is allowed") {
  // 2 rights x 2 operations x 2 starts x 2 ends x 2 epochs: each caveat against each.
  std::vector<Caveats> all;
  for (std::uint32_t i = 0; i < 128; ++i) {
    all.push_back({.rights = i & 3,
                   .operations = i >> 2 & 3,
                   .subtree = node(1),
                   .not_before = WallTime{i >> 4 & 1},
                   .expires = WallTime{2 + (i >> 5 & 1)},
                   .epoch = i >> 6 & 1});
  }
  // What a caveat allows, as a set of (right, operation, moment, epoch revoked so far) points.
  const auto points = [](const Caveats& c) {
    std::uint64_t out = 0;
    std::uint32_t at = 0;
    for (Rights right : {1U, 2U}) {
      for (std::int64_t wall = 0; wall < 4; ++wall) {
        for (std::uint64_t revoked_below : {0ULL, 1ULL}) {
          const bool yes = (c.rights & right) != 0 && WallTime{wall} >= c.not_before &&
                           WallTime{wall} < c.expires && c.epoch >= revoked_below;
          out |= std::uint64_t{yes} << at++;
        }
      }
    }
    return out;
  };
  std::uint64_t narrowing = 0;
  for (const Caveats& parent : all) {
    for (const Caveats& child : all) {
      const bool narrower = narrows(parent, child);
      narrowing += narrower;
      if (!narrower) continue;
      REQUIRE((points(child) & ~points(parent)) == 0);
      REQUIRE((child.operations & ~parent.operations) == 0);
    }
    REQUIRE(narrows(parent, parent));
  }
  // Each dimension by itself: 9 of 16 pairs of sets, 3 of 4 pairs of ordered numbers.
  CHECK(narrowing == 9 * 9 * 3 * 3 * 3);
  for (const Caveats& a : all) {
    for (const Caveats& b : all) {
      if (!narrows(a, b)) continue;
      for (const Caveats& c : all) {
        if (narrows(b, c)) REQUIRE(narrows(a, c));
      }
    }
  }
}

}  // namespace wn::capability
