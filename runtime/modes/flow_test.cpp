#include "runtime/modes/flow.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

namespace wn::modes {
namespace {

constexpr auto kSum = [](int a, int b) { return a + b; };
constexpr auto kSame = [](int a) { return a; };

template <Mode M, class... Evidence>
concept decidable = requires(const Evidence&... evidence) { decide<M>([](int) { return 0; }, evidence...); };
using Local = Labelled<Mode::local, int>;
using Eventual = Labelled<Mode::eventual, int>;
using Strong = Labelled<Mode::strong, int>;

// The types say it all: which evidence serves which decision.
static_assert(decidable<Mode::strong, Strong>);
static_assert(!decidable<Mode::strong, Eventual>);
static_assert(!decidable<Mode::strong, Local>);
static_assert(decidable<Mode::eventual, Strong>);
static_assert(decidable<Mode::eventual, Eventual>);
static_assert(!decidable<Mode::eventual, Local>);
static_assert(decidable<Mode::local, Local>);
// A stronger value will do for a weaker one, not the other way round; nobody makes one by hand.
static_assert(std::is_convertible_v<Strong, Eventual> && std::is_convertible_v<Eventual, Local>);
static_assert(!std::is_convertible_v<Eventual, Strong> && !std::is_convertible_v<Local, Eventual>);
static_assert(!std::is_constructible_v<Strong, int> && !std::is_constructible_v<Strong, int, Basis>);
static_assert(!std::is_constructible_v<Decided<Mode::strong, int>, int, Basis>);
// What is computed is as strong as the weakest that went in.
static_assert(std::same_as<decltype(combine(kSum, std::declval<Strong>(), std::declval<Eventual>())),
                           Labelled<Mode::eventual, int>>);
static_assert(std::same_as<decltype(std::declval<Local>().map(kSame)), Local>);

TEST_CASE("flow: a STRONG decision on STRONG evidence says that it rests on nothing weaker") {
  const auto decided = decide<Mode::strong>(kSum, kFromGroups.label(2), kFromGroups.label(3));
  CHECK(decided.value() == 5);
  CHECK(decided.basis() == Basis{});
  CHECK(admit(Mode::strong, decided.basis()) == Errc::ok);
}

TEST_CASE("flow: what was endorsed is let through, and tells what it was") {
  const auto weak = kFromRealm.label(3);
  const auto decided =
      decide<Mode::strong>(kSum, kFromGroups.label(2), weak.endorse("a hint, checked again"));
  CHECK(decided.value() == 5);
  CHECK(decided.basis() == Basis{.weakest = Mode::eventual, .endorsed = true});
  CHECK(admit(Mode::strong, decided.basis()) == Errc::ok);
}

TEST_CASE("flow: one endorsement does not speak for other evidence") {
  const auto endorsed = kFromRealm.label(3).endorse("known to be right");
  const auto mixed = combine(kSum, endorsed, kFromLocal.label(1));
  CHECK(mixed.basis() == Basis{.weakest = Mode::local, .endorsed = false});
  CHECK(admit(Mode::strong, mixed.basis()) == Errc::weak_evidence);
  // A label that was weakened on the way keeps what it rests on.
  const Eventual weakened = kFromGroups.label(3);
  CHECK(weakened.basis() == Basis{});
}

TEST_CASE("flow: what a request says is refused just when a STRONG operation rests on something weaker") {
  for (const Mode operation : {Mode::local, Mode::eventual, Mode::strong}) {
    for (const Mode weakest : {Mode::local, Mode::eventual, Mode::strong}) {
      for (const bool endorsed : {false, true}) {
        const bool refused = operation == Mode::strong && weakest != Mode::strong && !endorsed;
        CHECK((admit(operation, {weakest, endorsed}) == Errc::weak_evidence) == refused);
      }
    }
  }
}

TEST_CASE("flow: joining what requests rest on is commutative, associative and idempotent") {
  std::vector<Basis> all;
  for (const Mode weakest : {Mode::local, Mode::eventual, Mode::strong})
    for (const bool endorsed : {false, true}) all.push_back({weakest, endorsed});
  for (const Basis a : all) {
    CHECK(both(a, a) == a);
    for (const Basis b : all) {
      CHECK(both(a, b) == both(b, a));
      const bool fits = admit(Mode::strong, a) == Errc::ok && admit(Mode::strong, b) == Errc::ok;
      CHECK((admit(Mode::strong, both(a, b)) == Errc::ok) == fits);
      for (const Basis c : all)
        CHECK(admit(Mode::strong, both(both(a, b), c)) == admit(Mode::strong, both(a, both(b, c))));
    }
  }
}

}  // namespace
}  // namespace wn::modes
