#include <catch2/catch_test_macros.hpp>

#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr Rights kRead = bit(Right::read);

Caveats counted(std::uint32_t uses, std::int64_t expires = 1'000'000) {
  return {.rights = kAllRights,
          .subtree = node(1),
          .expires = WallTime{expires},
          .uses = uses,
          .verifier = kSelf};
}

}  // namespace

TEST_CASE("uses: a counted link is used so often and no more, by all that hangs on it together") {
  TestRealm r;
  const Minted m = grant(r.root, r.alice.public_key(), 1, counted(3));
  Caveats c = counted(2);
  const Minted bobs = delegate(m, r.alice, r.bob.public_key(), 2, c).value();
  CHECK(r.ask(bobs, kRead, 4, kBob) == Refusal::allowed);
  CHECK(r.ask(bobs, kRead, 4, kBob) == Refusal::allowed);
  CHECK(r.ask(bobs, kRead, 4, kBob) == Refusal::used_up);  // its own two
  CHECK(r.ask(m, kRead, 4, kAlice) == Refusal::allowed);   // the third of three
  CHECK(r.ask(m, kRead, 4, kAlice) == Refusal::used_up);
  // A fresh child finds nothing left above it.
  const Minted carols = delegate(m, r.alice, r.carol.public_key(), 3, c).value();
  CHECK(r.ask(carols, kRead, 4, kCarol) == Refusal::used_up);
}

TEST_CASE("uses: what is refused for another reason takes no use") {
  TestRealm r;
  const Minted m = grant(r.root, r.alice.public_key(), 1, counted(1));
  CHECK(r.ask(m, kRead, 99, kAlice) == Refusal::out_of_subtree);
  CHECK(r.ask(m, kRead, 4, kBob) == Refusal::wrong_holder);
  CHECK(r.ask(m, kRead, 4, kAlice) == Refusal::allowed);
  CHECK(r.ask(m, kRead, 4, kAlice) == Refusal::used_up);
}

TEST_CASE("uses: check() counts as decide() does") {
  TestRealm r;
  const Minted m = grant(r.root, r.alice.public_key(), 1, counted(2));
  const Invocation v{.rights = kRead, .target = node(4)};
  const Decision d = r.decide(present(m), v, kAlice);
  REQUIRE(d);
  CHECK(r.guard.check(d.token, r.alice.public_key(), v, r.moment, r.tree) == Refusal::allowed);
  CHECK(r.guard.check(d.token, r.alice.public_key(), v, r.moment, r.tree) == Refusal::used_up);
}

TEST_CASE("uses: an invocation of two targets takes one use, and is refused when either is outside") {
  TestRealm r;
  Caveats c = counted(2);
  c.subtree = node(2);
  const Minted m = grant(r.root, r.alice.public_key(), 1, c);
  const auto ask = [&](std::uint64_t target, std::uint64_t also) {
    return r.decide(present(m), {.rights = kRead, .target = node(target), .also = node(also)}, kAlice)
        .refusal;
  };
  CHECK(ask(4, 3) == Refusal::out_of_subtree);
  CHECK(ask(3, 4) == Refusal::out_of_subtree);
  CHECK(ask(4, 5) == Refusal::allowed);
  CHECK(ask(5, 4) == Refusal::allowed);
  CHECK(ask(4, 5) == Refusal::used_up);
}

TEST_CASE("uses: the fast way does not overlook a second target") {
  TestRealm r;
  Caveats c = everything();
  c.subtree = node(2);
  const Minted m = grant(r.root, r.alice.public_key(), 1, c);
  Invocation v{.rights = kRead, .target = node(4)};
  const Decision d = r.decide(present(m), v, kAlice);
  REQUIRE(d);
  CHECK(r.guard.check(d.pass, v, r.moment, r.tree) == Refusal::allowed);
  v.also = node(3);
  CHECK(r.guard.check(d.pass, v, r.moment, r.tree) == Refusal::out_of_subtree);
  v.also = node(5);
  CHECK(r.guard.check(d.pass, v, r.moment, r.tree) == Refusal::allowed);
}

TEST_CASE("uses: another verifier refuses a token that names one") {
  TestRealm r;
  Caveats c = counted(1);
  c.verifier = NodeId{8};
  CHECK(r.ask(grant(r.root, r.alice.public_key(), 1, c), kRead, 4, kAlice) == Refusal::wrong_verifier);
}

TEST_CASE("uses: a counted link that never expires, or names no verifier, is malformed") {
  TestRealm r;
  Caveats c = counted(1);
  c.expires = WallTime::max();
  CHECK(r.ask(grant(r.root, r.alice.public_key(), 1, c), kRead, 4, kAlice) == Refusal::malformed);
  c = counted(1);
  c.verifier = kNobody;
  CHECK(r.ask(grant(r.root, r.alice.public_key(), 1, c), kRead, 4, kAlice) == Refusal::malformed);
  c = counted(1);
  c.expires = WallTime::max();
  CHECK(delegate(grant(r.root, r.alice.public_key(), 1, everything()), r.alice, r.bob.public_key(), 2, c)
            .error()
            .code == Errc::invalid_argument);
}

TEST_CASE("exact invocation: this call with these arguments, once") {
  TestRealm r;
  Invocation v{.rights = bit(Right::call), .operation = 4, .target = node(4)};
  v.arguments = hash_of(as_bytes("pay 10"));
  Caveats c = counted(0);
  c.invocation = invocation_hash(v);
  const Minted m = grant(r.root, r.alice.public_key(), 1, c);
  Invocation other = v;
  other.arguments = hash_of(as_bytes("pay 11"));
  CHECK(r.decide(present(m), other, kAlice).refusal == Refusal::wrong_invocation);
  other = v;
  other.target = node(5);
  CHECK(r.decide(present(m), other, kAlice).refusal == Refusal::wrong_invocation);
  other = v;
  other.sequence = 77;  // the same call at another time
  CHECK(r.decide(present(m), other, kAlice).refusal == Refusal::allowed);
  CHECK(r.decide(present(m), v, kAlice).refusal == Refusal::used_up);
  // A child cannot shed it.
  Caveats free = counted(1);
  CHECK(r.ask(delegate_unchecked(m, r.alice, r.bob.public_key(), 2, free), kRead, 4, kBob) ==
        Refusal::widened);
}

TEST_CASE(
    "uses: the table is bounded, reclaims what expired, and a wall clock that steps back gains nothing") {
  UseTable table(2, std::pmr::new_delete_resource());
  const auto link = [](std::uint64_t id, std::int64_t expires) {
    return CountedLink{.id = {0, id}, .expires = WallTime{expires}, .uses_max = 1};
  };
  const auto take = [&](const CountedLink& l, std::int64_t now) {
    return table.take(std::span(&l, 1), WallTime{now});
  };
  CHECK(take(link(1, 10), 5) == Refusal::allowed);
  CHECK(take(link(2, 20), 5) == Refusal::allowed);
  CHECK(take(link(3, 30), 5) == Refusal::too_many_counted);
  CHECK(take(link(3, 30), 10) == Refusal::allowed);
  CHECK(take(link(1, 10), 5) == Refusal::used_up);
  CHECK(take(link(4, 9), 5) == Refusal::used_up);  // fail closed: it may have been there
  CHECK(take(link(2, 20), 10) == Refusal::used_up);

  std::vector<std::uint8_t> stored;
  table.encode(stored);
  UseTable back(2, std::pmr::new_delete_resource());
  REQUIRE(back.restore(stored));
  CHECK(back.used_up(link(1, 10)));
  CHECK(back.used_up(link(2, 20)));
  CHECK(back.used_up(link(3, 30)));
  CHECK_FALSE(back.used_up(link(5, 40)));
  UseTable small(1, std::pmr::new_delete_resource());
  CHECK(small.restore(stored).error().code == Errc::overloaded);
  for (std::size_t cut = 0; cut < stored.size(); ++cut) {
    UseTable torn(2, std::pmr::new_delete_resource());
    const Result<void> done = torn.restore(ByteView(stored).first(cut));
    CHECK((!done || torn.size() < 2));
  }
}

}  // namespace wn::capability
