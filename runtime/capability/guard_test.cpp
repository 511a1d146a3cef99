#include "runtime/capability/guard.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr Rights kRead = bit(Right::read), kWrite = bit(Right::write);
constexpr Rights kPass = Right::read | Right::delegate;

}  // namespace

TEST_CASE("guard: what the root grants is allowed to its holder and to nobody else") {
  TestRealm r;
  const Minted m = grant(r.root, r.alice.public_key(), 100, {.rights = kRead, .subtree = node(2)});
  CHECK(r.ask(m, kRead, 5, kAlice) == Refusal::allowed);
  CHECK(r.ask(m, kRead, 2, kAlice) == Refusal::allowed);
  CHECK(r.ask(m, kRead, 5, kBob) == Refusal::wrong_holder);
  CHECK(r.decide(present(m), {.rights = kRead, .target = node(5)}).refusal == Refusal::wrong_holder);
  CHECK(r.ask(m, kWrite, 5, kAlice) == Refusal::right_missing);
  CHECK(r.ask(m, kRead, 3, kAlice) == Refusal::out_of_subtree);
  CHECK(r.ask(m, kRead, 99, kAlice) == Refusal::out_of_subtree);
}

TEST_CASE("guard: a chain of eight is accepted, nine links are too deep") {
  TestRealm r;
  const auto name = [](std::size_t i) { return static_cast<std::uint8_t>(10 + i); };
  Minted m = grant(r.root, key(name(0)).public_key(), 1, everything());
  for (std::size_t i = 1; i < 8; ++i) {
    m = delegate(m, key(name(i - 1)), key(name(i)).public_key(), i + 1, everything()).value();
  }
  CHECK(r.ask(m, kRead, 5, name(7)) == Refusal::allowed);
  CHECK(delegate(m, key(name(7)), r.bob.public_key(), 9, everything()).error().code == Errc::too_large);
  Presentation p = present(m);
  std::vector<std::uint8_t> bytes;
  encode(p, bytes);
  std::vector<std::uint8_t> more;
  p.token.links.clear();
  p.token.links.push_back(m.last());
  encode(p, more);
  bytes.insert(bytes.end(), more.begin(), more.end());
  CHECK(r.guard.decide(bytes, {}, r.moment, r.tree).refusal == Refusal::too_deep);
}

TEST_CASE("guard: each way of widening is refused") {
  TestRealm r;
  Caveats given{.rights = kPass,
                .operations = 0b11,
                .subtree = node(2),
                .not_before = WallTime{500},
                .expires = WallTime{2'000},
                .epoch = 3};
  const Minted m = grant(r.root, r.alice.public_key(), 1, given);
  const auto child = [&](auto change) {
    Caveats c = given;
    change(c);
    return r.ask(delegate_unchecked(m, r.alice, r.bob.public_key(), 2, c), kRead, 4, kBob);
  };
  CHECK(child([](Caveats&) {}) == Refusal::allowed);
  CHECK(child([](Caveats& c) { c.rights |= kWrite; }) == Refusal::widened);
  CHECK(child([](Caveats& c) { c.operations |= 0b100; }) == Refusal::widened);
  CHECK(child([](Caveats& c) { c.not_before = WallTime{499}; }) == Refusal::widened);
  CHECK(child([](Caveats& c) { c.expires = WallTime{2'001}; }) == Refusal::widened);
  CHECK(child([](Caveats& c) { c.epoch = 4; }) == Refusal::widened);
  // A wider subtree gains nothing: the target must lie in both.
  const Minted wide = delegate_unchecked(m, r.alice, r.bob.public_key(), 3, [&] {
    Caveats c = given;
    c.subtree = node(1);
    return c;
  }());
  CHECK(r.ask(wide, kRead, 4, kBob) == Refusal::allowed);
  CHECK(r.ask(wide, kRead, 3, kBob) == Refusal::out_of_subtree);
}

TEST_CASE("guard: planted bug attenuation-widens lets a child have what its parent lacks") {
  const auto widened = [](Defect defect) {
    TestRealm r(Options{.defect = defect});
    const Minted m = grant(r.root, r.alice.public_key(), 1, {.rights = kPass, .subtree = node(1)});
    const Minted child =
        delegate_unchecked(m, r.alice, r.bob.public_key(), 2, {.rights = kRead | kWrite, .subtree = node(1)});
    return r.ask(child, kWrite, 4, kBob);
  };
  CHECK(widened(Defect::none) == Refusal::widened);
  CHECK(widened(Defect::attenuation_widens) == Refusal::allowed);
}

TEST_CASE("guard: only a holder with the right to delegate can delegate") {
  TestRealm r;
  const Minted m = grant(r.root, r.alice.public_key(), 1, {.rights = kRead, .subtree = node(1)});
  const Caveats c{.rights = kRead, .subtree = node(1)};
  CHECK(r.ask(delegate_unchecked(m, r.alice, r.bob.public_key(), 2, c), kRead, 4, kBob) ==
        Refusal::may_not_delegate);
  CHECK(delegate(m, r.alice, r.bob.public_key(), 2, c).error().code == Errc::invalid_argument);
}

TEST_CASE("guard: time bounds are a half-open interval of the wall clock") {
  TestRealm r;
  const Minted m =
      grant(r.root, r.alice.public_key(), 1,
            {.rights = kRead, .subtree = node(1), .not_before = WallTime{10}, .expires = WallTime{20}});
  const auto at = [&](std::int64_t wall) {
    r.moment.wall = WallTime{wall};
    return r.ask(m, kRead, 4, kAlice);
  };
  CHECK(at(9) == Refusal::not_yet);
  CHECK(at(10) == Refusal::allowed);
  CHECK(at(19) == Refusal::allowed);
  CHECK(at(20) == Refusal::expired);
  CHECK(at(INT64_MAX) == Refusal::expired);
  CHECK(at(INT64_MIN) == Refusal::not_yet);
}

TEST_CASE("guard: revoking a link revokes all that was delegated under it, at once") {
  TestRealm r;
  const Minted top = grant(r.root, r.alice.public_key(), 1, everything());
  const Minted bobs = delegate(top, r.alice, r.bob.public_key(), 2, everything()).value();
  const Minted carols = delegate(bobs, r.bob, r.carol.public_key(), 3, everything()).value();
  const Minted other = delegate(top, r.alice, r.carol.public_key(), 4, everything()).value();
  REQUIRE(r.ask(carols, kRead, 4, kCarol) == Refusal::allowed);
  REQUIRE(r.guard.revoke(RevocationKey::link(2)).value());
  CHECK(r.ask(bobs, kRead, 4, kBob) == Refusal::revoked);
  CHECK(r.ask(carols, kRead, 4, kCarol) == Refusal::revoked);
  CHECK(r.ask(top, kRead, 4, kAlice) == Refusal::allowed);
  CHECK(r.ask(other, kRead, 4, kCarol) == Refusal::allowed);
}

TEST_CASE("guard: revoking a subtree or an issuer by epoch spares what was issued later") {
  TestRealm r;
  const auto token = [&](std::uint64_t number, std::uint64_t epoch) {
    return grant(r.root, r.alice.public_key(), number,
                 {.rights = kAllRights, .subtree = node(1), .epoch = epoch});
  };
  const Minted older = token(1, 4), newer = token(2, 5);
  REQUIRE(r.guard.revoke(RevocationKey::subtree(node(2)), 5).value());
  CHECK(r.ask(older, kRead, 5, kAlice) == Refusal::revoked);
  CHECK(r.ask(older, kRead, 3, kAlice) == Refusal::allowed);  // not in that subtree
  CHECK(r.ask(newer, kRead, 5, kAlice) == Refusal::allowed);
  // A worknode that moves into the revoked subtree is lost to old tokens, and back.
  r.tree.put(3, 2);
  CHECK(r.ask(older, kRead, 3, kAlice) == Refusal::revoked);
  r.tree.put(3, 1);
  CHECK(r.ask(older, kRead, 3, kAlice) == Refusal::allowed);

  const Minted bobs = delegate(older, r.alice, r.bob.public_key(), 3, older.last().caveats).value();
  REQUIRE(r.ask(bobs, kRead, 3, kBob) == Refusal::allowed);
  REQUIRE(r.guard.revoke(RevocationKey::issuer(r.alice.public_key()), 5).value());
  CHECK(r.ask(bobs, kRead, 3, kBob) == Refusal::revoked);
  CHECK(r.ask(older, kRead, 3, kAlice) == Refusal::allowed);  // signed by the root
}

TEST_CASE(
    "guard: what was given to a key, or through it, is worth nothing once the key is revoked both ways") {
  TestRealm r;
  const Minted alice = grant(r.root, r.alice.public_key(), 1, everything());
  const Minted bob = delegate(alice, r.alice, r.bob.public_key(), 2, everything()).value();
  const Minted carol = grant(r.root, r.carol.public_key(), 3, everything());
  REQUIRE(r.guard.revoke(RevocationKey::holder(r.alice.public_key())).value());
  CHECK(r.ask(alice, kRead, 5, kAlice) == Refusal::revoked);
  CHECK(r.ask(bob, kRead, 5, kBob) == Refusal::allowed);
  REQUIRE(r.guard.revoke(RevocationKey::issuer(r.alice.public_key())).value());
  CHECK(r.ask(bob, kRead, 5, kBob) == Refusal::revoked);
  CHECK(r.ask(carol, kRead, 5, kCarol) == Refusal::allowed);
}

}  // namespace wn::capability
