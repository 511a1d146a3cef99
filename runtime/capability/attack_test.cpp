// A corpus of attacks on chains, after Biscuit's conformance samples: each is what a thief, a greedy holder
// or a network could send.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr Rights kRead = bit(Right::read);

// root -> Alice -> Bob -> Carol, all of it valid.
struct Attack : TestRealm {
  Attack() {
    alices = grant(root, alice.public_key(), 1, everything());
    bobs = delegate(alices, alice, bob.public_key(), 2, everything()).value();
    carols = delegate(bobs, bob, carol.public_key(), 3, everything()).value();
  }
  Refusal send(const Token& token, std::uint8_t channel) {
    return decide(Presentation{.token = token}, {.rights = kRead, .target = node(4)}, channel).refusal;
  }
  Minted alices, bobs, carols;
};

Token of(std::initializer_list<Link> links) {
  Token out;
  for (const Link& link : links) out.links.push_back(link);
  return out;
}

}  // namespace

TEST_CASE("attack: the honest chain passes, so that the attacks below mean something") {
  Attack a;
  CHECK(a.send(a.carols.token, kCarol) == Refusal::allowed);
}

TEST_CASE("attack: reordered, left out and doubled links") {
  for (const bool warm : {false, true}) {
    Attack a;
    if (warm) REQUIRE(a.send(a.carols.token, kCarol) == Refusal::allowed);
    const auto& l = a.carols.token.links;
    CHECK(a.send(of({l[1], l[0], l[2]}), kCarol) == Refusal::bad_signature);
    CHECK(a.send(of({l[0], l[2], l[1]}), kBob) == Refusal::bad_signature);
    CHECK(a.send(of({l[0], l[2]}), kCarol) == Refusal::bad_signature);  // skips Bob
    CHECK(a.send(of({l[1], l[2]}), kCarol) == Refusal::bad_signature);  // skips the root's
    CHECK(a.send(of({l[2]}), kCarol) == Refusal::bad_signature);
    CHECK(a.send(of({l[0], l[0]}), kAlice) == Refusal::bad_signature);
    CHECK(a.send(of({l[0], l[1], l[2], l[2]}), kCarol) == Refusal::bad_signature);
    // The front part alone is a valid chain, of another holder.
    CHECK(a.send(of({l[0], l[1]}), kCarol) == Refusal::wrong_holder);
  }
}

TEST_CASE("attack: links spliced from another chain of the same people") {
  Attack a;
  const Minted narrow_one =
      grant(a.root, a.alice.public_key(), 11, {.rights = kRead | Right::delegate, .subtree = node(3)});
  const Minted bobs_other =
      delegate(narrow_one, a.alice, a.bob.public_key(), 12, narrow_one.last().caveats).value();
  const auto& wide = a.carols.token.links;
  const auto& narrowed = bobs_other.token.links;
  CHECK(a.send(of({narrowed[0], wide[1]}), kBob) == Refusal::bad_signature);
  CHECK(a.send(of({wide[0], narrowed[1]}), kBob) == Refusal::bad_signature);
  CHECK(a.send(of({narrowed[0], narrowed[1], wide[2]}), kCarol) == Refusal::bad_signature);
}

TEST_CASE("attack: a chain from another root, or signed by the wrong holder") {
  Attack a;
  const Minted foreign = grant(key(99), a.alice.public_key(), 1, everything());
  CHECK(a.send(foreign.token, kAlice) == Refusal::bad_signature);
  // Alice signs a first link herself; Carol signs below Alice, whose key she has not.
  Minted self = a.alices;
  self.token.links.clear();
  self.chain = chain_start(a.root.public_key());
  CHECK(a.send(delegate_unchecked(self, a.alice, a.alice.public_key(), 1, everything()).token, kAlice) ==
        Refusal::bad_signature);
  CHECK(a.send(delegate_unchecked(a.alices, a.carol, a.carol.public_key(), 9, everything()).token, kCarol) ==
        Refusal::bad_signature);
}

TEST_CASE("attack: every field of a signed link, changed, breaks its signature") {
  for (const bool warm : {false, true}) {
    Attack a;
    if (warm) REQUIRE(a.send(a.carols.token, kCarol) == Refusal::allowed);
    const auto changed = [&](std::size_t link, auto change) {
      Token t = a.carols.token;
      change(t.links[link]);
      return a.send(t, kCarol);
    };
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(changed(i, [](Link& l) { l.number ^= 1; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.holder.bytes[0] ^= 1; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.rights ^= 2; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.operations ^= 2; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.subtree.low ^= 2; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.expires.ns ^= 2; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.not_before.ns ^= 2; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.verifier = NodeId{1}; }) == Refusal::bad_signature);
      CHECK(changed(i, [](Link& l) { l.caveats.epoch ^= 2; }) == Refusal::bad_signature);
      for (const std::size_t byte : {0U, 31U, 32U, 63U}) {
        CHECK(changed(i, [&](Link& l) { l.signature.bytes[byte] ^= 1; }) == Refusal::bad_signature);
      }
    }
  }
}

TEST_CASE("attack: a stolen token does not help the thief, warm or cold") {
  Attack a;
  CHECK(a.send(a.carols.token, kBob) == Refusal::wrong_holder);
  REQUIRE(a.send(a.carols.token, kCarol) == Refusal::allowed);
  CHECK(a.send(a.carols.token, kBob) == Refusal::wrong_holder);
  const Invocation v{.rights = kRead, .target = node(4)};
  const LinkId id = a.carols.id();
  CHECK(a.guard.check(id, a.carol.public_key(), v, a.moment, a.tree) == Refusal::allowed);
  CHECK(a.guard.check(id, a.bob.public_key(), v, a.moment, a.tree) == Refusal::wrong_holder);
  CHECK(a.guard.check(id, PublicKey{}, v, a.moment, a.tree) == Refusal::wrong_holder);
  CHECK(a.guard.check(LinkId{1, 2}, a.carol.public_key(), v, a.moment, a.tree) == Refusal::unknown_token);
  CHECK(a.guard.check(LinkId{}, PublicKey{}, v, a.moment, a.tree) == Refusal::unknown_token);
}

TEST_CASE("attack: the same request again after a revocation, by every way in") {
  Attack a;
  const Invocation v{.rights = kRead, .target = node(4), .sequence = 5};
  const Presentation whole = present_signed(a.carols, a.carol, kSelf, v);
  const Presentation named = by_name(whole, a.carols.root);
  const LinkId id = a.carols.id();
  REQUIRE(a.decide(whole, v).refusal == Refusal::allowed);
  REQUIRE(a.decide(named, v).refusal == Refusal::allowed);
  REQUIRE(a.guard.check(id, a.carol.public_key(), v, a.moment, a.tree) == Refusal::allowed);
  REQUIRE(a.guard.revoke(RevocationKey::link(2)).value());
  CHECK(a.decide(whole, v).refusal == Refusal::revoked);
  CHECK(a.decide(whole, v).link == 1);
  CHECK(a.decide(named, v).refusal == Refusal::revoked);
  CHECK(a.guard.check(id, a.carol.public_key(), v, a.moment, a.tree) == Refusal::revoked);
}

TEST_CASE("attack: a pass of another life of its entry is worth nothing") {
  Attack a;
  const Invocation v{.rights = kRead, .target = node(4)};
  const Pass pass = a.decide(present(a.carols), v, kCarol).pass;
  REQUIRE(a.guard.check(pass, v, a.moment, a.tree) == Refusal::allowed);
  CHECK(a.guard.check(Pass{}, v, a.moment, a.tree) == Refusal::unknown_token);
  CHECK(a.guard.check(Pass{.generation = pass.generation + 1, .slot = pass.slot}, v, a.moment, a.tree) ==
        Refusal::unknown_token);
  CHECK(a.guard.check(Pass{.generation = pass.generation, .slot = UINT32_MAX}, v, a.moment, a.tree) ==
        Refusal::unknown_token);
  for (std::uint32_t slot = 0; slot < 64; ++slot) {  // vacant entries
    CHECK(a.guard.check(Pass{.generation = 0, .slot = slot}, Invocation{}, {}, a.tree) ==
          Refusal::unknown_token);
  }
  a.guard.forget_tokens();
  REQUIRE(a.decide(present(a.carols), v, kCarol));  // the same place, a new life
  CHECK(a.guard.check(pass, v, a.moment, a.tree) == Refusal::unknown_token);
  // Nobody is given one for a token whose holder he is not.
  CHECK_FALSE(a.decide(present(a.carols), v, kBob).pass);
}

TEST_CASE("attack: integers at their ends") {
  Attack a;
  const auto with = [&](Caveats c) {
    return a.send(grant(a.root, a.alice.public_key(), UINT64_MAX, c).token, kAlice);
  };
  Caveats c = everything();
  c.epoch = UINT64_MAX;  // could never be revoked
  CHECK(with(c) == Refusal::malformed);
  c.epoch = UINT64_MAX - 1;
  CHECK(with(c) == Refusal::allowed);
  c = everything();
  c.rights = kAllRights + 1;
  CHECK(with(c) == Refusal::malformed);
  c.rights = UINT32_MAX;
  CHECK(with(c) == Refusal::malformed);
  c = everything();
  c.subtree = {};
  CHECK(with(c) == Refusal::malformed);
  c = everything();
  c.expires = WallTime{INT64_MIN};
  CHECK(with(c) == Refusal::expired);
  c = everything();
  c.not_before = WallTime::max();
  CHECK(with(c) == Refusal::not_yet);
  c = everything();
  c.uses = UINT32_MAX;
  c.verifier = NodeId{UINT32_MAX};
  c.expires = WallTime{INT64_MAX - 1};
  CHECK(with(c) == Refusal::wrong_verifier);
  // Numbers that a revocation names, at their ends.
  REQUIRE(a.guard.revoke(RevocationKey::link(UINT64_MAX)).value());
  CHECK(with(everything()) == Refusal::revoked);
}

TEST_CASE("attack: keys that are no keys") {
  Attack a;
  for (const std::uint8_t fill : {0, 1, 0xFF, 0x7F}) {
    PublicKey bad;
    bad.bytes.fill(fill);
    const Minted m = delegate_unchecked(a.alices, a.alice, bad, 5, everything());
    const Minted below = delegate_unchecked(m, a.carol, a.carol.public_key(), 6, everything());
    CHECK_FALSE(a.send(below.token, kCarol) == Refusal::allowed);
    const Invocation v{.rights = kRead, .target = node(4)};
    CHECK_FALSE(a.decide(present_mac(m, Mac{}, kSelf, v), v));
    CHECK_FALSE(a.decide(Presentation{.token = m.token}, v));
  }
}

TEST_CASE("attack: truncated and mutated bytes are never allowed, and never harm") {
  Attack a;
  const Invocation v{.rights = kRead, .target = node(4)};
  const PublicKey carol = a.carol.public_key();
  std::vector<std::uint8_t> good;
  encode(present_signed(a.carols, a.carol, kSelf, v), good);
  REQUIRE(a.guard.decide(good, v, a.moment, a.tree));
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    const Decision d = a.guard.decide(ByteView(good).first(cut), v, a.moment, a.tree);
    REQUIRE_FALSE(d);
  }
  const Random random(5);
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    Draw draw = random.at("mutate", i);
    std::vector<std::uint8_t> bytes = good;
    const std::uint64_t at = draw.below(bytes.size());
    const std::uint8_t flip = static_cast<std::uint8_t>(1 + draw.below(255));
    bytes[at] ^= flip;
    REQUIRE_FALSE(a.guard.decide(bytes, v, a.moment, a.tree));
  }
  std::vector<std::uint8_t> large(kTokenBytesMax + 1, 0);
  CHECK(a.guard.decide(large, v, a.moment, a.tree, carol).refusal == Refusal::too_large);
}

}  // namespace wn::capability
