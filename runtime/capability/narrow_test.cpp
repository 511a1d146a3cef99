#include <catch2/catch_test_macros.hpp>

#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr Rights kRead = bit(Right::read), kWrite = bit(Right::write);
constexpr Rights kPass = Right::read | Right::delegate;

// Alice holds a token on everything and the secret that she shares with the guard.
struct Narrowing : TestRealm {
  Narrowing() : top(grant(root, alice.public_key(), 1, everything())) {
    REQUIRE(secret_of(top, alice, guard.public_key(), secret));
  }
  Minted top;
  Mac secret;
};

Invocation reading(std::uint64_t target) { return {.rights = kRead, .target = node(target), .sequence = 1}; }

}  // namespace

TEST_CASE("narrow: a narrowed token needs no signature and allows less") {
  Narrowing r;
  Mac secret = r.secret;
  const Minted less = narrow(r.top, secret, 2, {.rights = kRead, .subtree = node(2)}).value();
  const auto with = [&](const Invocation& v) {
    return r.decide(present_mac(less, secret, kSelf, v), v).refusal;
  };
  CHECK(with(reading(5)) == Refusal::allowed);
  CHECK(with(reading(3)) == Refusal::out_of_subtree);
  CHECK(with({.rights = kWrite, .target = node(5)}) == Refusal::right_missing);
  // By name, once the guard knows the parent.
  const Presentation named = by_name(present_mac(less, secret, kSelf, reading(5)), less.root);
  const Decision d = r.decide(named, reading(5));
  CHECK(d.refusal == Refusal::allowed);
  CHECK(d.path == Path::parent);
  CHECK(d.number == 2);
  r.guard.forget_tokens();
  CHECK(r.decide(named, reading(5)).refusal == Refusal::unknown_token);
  // The channel's key is as good as a proof, of Alice only.
  CHECK(r.decide(present(less), reading(5), kAlice).refusal == Refusal::allowed);
  CHECK(r.decide(present(less), reading(5), kBob).refusal == Refusal::wrong_holder);
}

TEST_CASE("narrow: who gets a narrowed token and its secret can narrow it further but not widen it") {
  Narrowing r;
  Mac given = r.secret;
  const Minted less = narrow(r.top, given, 2, {.rights = kPass, .subtree = node(2)}).value();
  // The receiver narrows.
  Mac own = given;
  const Minted least = narrow(less, own, 3, {.rights = kRead, .subtree = node(4)}).value();
  CHECK(r.decide(present_mac(least, own, kSelf, reading(5)), reading(5)).refusal == Refusal::allowed);
  CHECK(r.decide(present_mac(least, own, kSelf, reading(2)), reading(2)).refusal == Refusal::out_of_subtree);
  // He has not Alice's secret: his own cannot prove her token, nor her narrowed one with his.
  CHECK(r.decide(present_mac(r.top, given, kSelf, reading(3)), reading(3)).refusal == Refusal::wrong_holder);
  CHECK(r.decide(present_mac(less, own, kSelf, reading(4)), reading(4)).refusal == Refusal::wrong_holder);
  // Dropping a link, or changing one, changes what the secret has to be.
  Presentation dropped = present_mac(least, own, kSelf, reading(2));
  dropped.token.narrowed.clear();
  dropped.token.narrowed.push_back(least.token.narrowed[0]);
  CHECK(r.decide(dropped, reading(2)).refusal == Refusal::wrong_holder);
  Presentation changed = present_mac(least, own, kSelf, reading(2));
  changed.token.narrowed[1].caveats.subtree = node(2);
  CHECK(r.decide(changed, reading(2)).refusal == Refusal::wrong_holder);
  // Widening with a true secret is widening.
  Minted wide = less;
  Mac hand = given;
  std::vector<std::uint8_t> body;
  const Link link{.number = 9, .caveats = {.rights = kPass | kWrite, .subtree = node(2)}};
  encode_body(link, false, body);
  const MacPair next = keyed_pair(hand, body);
  wide.token.narrowed.push_back(link);
  wide.chain = next.open;
  CHECK(r.decide(present_mac(wide, next.secret, kSelf, reading(5)), reading(5)).refusal == Refusal::widened);
  CHECK(narrow(less, hand, 9, link.caveats).error().code == Errc::invalid_argument);
}

TEST_CASE("narrow: a proof is of one invocation, for one verifier and one chain") {
  Narrowing r;
  for (const bool by_signature : {true, false}) {
    const auto prove = [&](NodeId verifier, const Invocation& v) {
      return by_signature ? present_signed(r.top, r.alice, verifier, v)
                          : present_mac(r.top, r.secret, verifier, v);
    };
    const Invocation v = reading(5);
    const Presentation p = prove(kSelf, v);
    CHECK(r.decide(p, v).refusal == Refusal::allowed);
    const auto refused = [&](auto change) {
      Invocation other = v;
      change(other);
      return r.decide(p, other).refusal == Refusal::wrong_holder;
    };
    CHECK(refused([](Invocation& o) { o.rights = kWrite; }));
    CHECK(refused([](Invocation& o) { o.operation = 1; }));
    CHECK(refused([](Invocation& o) { o.target = node(4); }));
    CHECK(refused([](Invocation& o) { o.arguments.bytes[31] = 1; }));
    CHECK(refused([](Invocation& o) { o.sequence = 2; }));
    CHECK(r.decide(prove(NodeId{8}, v), v).refusal == Refusal::wrong_holder);
    const Minted twin = grant(r.root, r.alice.public_key(), 2, everything());
    Presentation moved = p;
    moved.token = twin.token;
    CHECK(r.decide(moved, v).refusal == Refusal::wrong_holder);
  }
}

TEST_CASE("narrow: a revoked parent takes its narrowed children along") {
  Narrowing r;
  Mac secret = r.secret;
  const Minted less = narrow(r.top, secret, 2, {.rights = kRead, .subtree = node(2)}).value();
  const Presentation p = present_mac(less, secret, kSelf, reading(5));
  REQUIRE(r.decide(p, reading(5)).refusal == Refusal::allowed);
  SECTION("the signed parent") { REQUIRE(r.guard.revoke(RevocationKey::link(1)).value()); }
  SECTION("the narrowed link itself") { REQUIRE(r.guard.revoke(RevocationKey::link(2)).value()); }
  CHECK(r.decide(p, reading(5)).refusal == Refusal::revoked);
}

TEST_CASE("narrow: a signed link cannot follow, and the chain stays within eight") {
  Narrowing r;
  Mac secret = r.secret;
  Minted m = r.top;
  for (std::uint64_t i = 2; i <= 8; ++i) m = narrow(m, secret, i, everything()).value();
  CHECK(narrow(m, secret, 9, everything()).error().code == Errc::too_large);
  CHECK(delegate(m, r.alice, r.bob.public_key(), 9, everything()).error().code == Errc::precondition);
  CHECK(r.decide(present_mac(m, secret, kSelf, reading(5)), reading(5)).refusal == Refusal::allowed);
  // By name, one more than eight.
  Presentation p = by_name(present_mac(m, secret, kSelf, reading(5)), m.root);
  p.token.narrowed.push_back(p.token.narrowed[0]);
  CHECK(r.decide(p, reading(5)).refusal == Refusal::too_deep);
}

TEST_CASE("narrow: another verifier does not know the secret") {
  Narrowing r;
  Options o;
  o.seed.bytes.fill(55);
  TestRealm other;  // same guard key: same secret
  Options changed = TestRealm::options({});
  changed.seed = o.seed;
  Guard stranger(changed, std::pmr::new_delete_resource());
  std::vector<std::uint8_t> bytes;
  encode(present_mac(r.top, r.secret, kSelf, reading(5)), bytes);
  CHECK(other.guard.decide(bytes, reading(5), r.moment, r.tree).refusal == Refusal::allowed);
  CHECK(stranger.decide(bytes, reading(5), r.moment, r.tree).refusal == Refusal::wrong_holder);
}

}  // namespace wn::capability
