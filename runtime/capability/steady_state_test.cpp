// After its construction a guard asks the heap for nothing, whatever it is shown: this program counts.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/testing/heap_counter.h"
#include "runtime/capability/audit.h"
#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr Rights kRead = bit(Right::read);

}  // namespace

TEST_CASE("steady state: deciding, checking, revoking, counting and logging allocate nothing") {
  TestRealm r(Options{.cache_entries = 8, .revocations_max = 64, .counted_links_max = 4});
  AuditLog log(8, std::pmr::new_delete_resource());
  const Minted top = grant(r.root, r.alice.public_key(), 1, everything());
  const Minted bobs = delegate(top, r.alice, r.bob.public_key(), 2, everything()).value();
  const Caveats few{
      .rights = kRead, .subtree = node(1), .expires = WallTime{5'000}, .uses = 3, .verifier = kSelf};
  Mac secret;
  REQUIRE(secret_of(bobs, r.bob, r.guard.public_key(), secret));
  const Invocation v{.rights = kRead, .target = node(5)};
  std::vector<std::vector<std::uint8_t>> shown;
  for (std::uint64_t i = 0; i < 12; ++i) {
    Mac own = secret;
    const Minted child = narrow(bobs, own, 10 + i, i % 2 == 0 ? few : everything()).value();
    shown.emplace_back();
    encode(present_mac(child, own, kSelf, v), shown.back());
  }
  shown.push_back(std::vector<std::uint8_t>(5'000));
  shown.push_back({0x0A, 0x01, 0x00});
  RevocationSet other(8, std::pmr::new_delete_resource());
  REQUIRE(other.raise(RevocationKey::link(77), kForever));
  std::vector<std::uint8_t> delta;
  other.encode_since(0, delta);

  const std::uint64_t before = wn::testing::heap_allocations();
  std::uint64_t allowed = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    for (const auto& bytes : shown) {
      const Decision d = r.guard.decide(bytes, v, r.moment, r.tree);
      log.append(r.moment, d, v, r.guard.facts_of(d.token));
      allowed += d ? 1 : 0;
      allowed += r.guard.check(d.pass, v, r.moment, r.tree) == Refusal::allowed ? 1 : 0;
    }
    (void)r.guard.revoke(RevocationKey::link(100 + round));
    (void)r.guard.merge(delta);
    r.guard.heard(ReplicaId{1}, Instant{0});
  }
  const std::uint64_t after = wn::testing::heap_allocations();
  CHECK(after == before);
  CHECK(allowed > 100);
}

}  // namespace wn::capability
