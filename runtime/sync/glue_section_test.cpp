// Restrictions preserve joins, so CRDT data always glues; bytes of sections.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/sync/glue_test_help.h"

namespace wn::sync {
namespace {

bool same(const Section& a, const Section& b) {
  return a.context == b.context && a.keys == b.keys && a.values == b.values &&
         a.fingerprint() == b.fingerprint();
}

std::vector<PropertyKey> some_keys(Draws& draws, std::uint32_t keys) {
  std::vector<PropertyKey> out;
  for (std::uint32_t k = 0; k < keys; ++k) {
    if (draws.below(2) == 0) out.push_back(key(k));
  }
  return out;
}

TEST_CASE("restrictions preserve joins of values and fingerprints") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Draws draws(seed);
    std::vector<Section> sections = causal_sections(draws, 3, 8, 30);
    const std::vector<PropertyKey> keys = some_keys(draws, 8);
    const auto whole = joined(sections[0], sections[1]);
    REQUIRE(whole.has_value());
    const auto parts = joined(restricted(sections[0], keys), restricted(sections[1], keys));
    REQUIRE(parts.has_value());
    CHECK(same(restricted(*whole, keys), *parts));
  }
}

TEST_CASE("joins commute, associate and are idempotent: the order of healing does not matter") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Draws draws(seed);
    const std::vector<Section> s = causal_sections(draws, 3, 6, 30);
    const Section ab = *joined(s[0], s[1]), bc = *joined(s[1], s[2]);
    CHECK(same(ab, *joined(s[1], s[0])));
    CHECK(same(*joined(ab, s[2]), *joined(s[0], bc)));
    CHECK(same(*joined(ab, s[1]), ab));
  }
}

TEST_CASE("one dot with two values does not join") {
  Section a(memory()), b(memory());
  const DottedValue one{.dot = {ReplicaId{1}, 1}, .value = 7}, other{.dot = {ReplicaId{1}, 1}, .value = 8};
  REQUIRE(a.add(key(1), 1, std::span(&one, 1)) == Errc::ok);
  REQUIRE(b.add(key(1), 1, std::span(&other, 1)) == Errc::ok);
  CHECK(!joined(a, b).has_value());
  CHECK(joined(a, a).has_value());
}

TEST_CASE("covers survive their bytes, and damaged bytes are refused or canonical") {
  Draws draws(7);
  Cover cover(memory());
  for (Section& s : causal_sections(draws, 3, 8, 40)) cover.sections.push_back(std::move(s));
  claims_for_all(draws, cover);
  std::vector<std::uint8_t> bytes, again;
  encode(cover, bytes);
  Cover back(memory());
  REQUIRE(decode(ByteView(bytes), back) == Errc::ok);
  encode(back, again);
  CHECK(bytes == again);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 3)
    CHECK(decode(ByteView(bytes).first(cut), back) != Errc::ok);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    std::vector<std::uint8_t> bad = bytes;
    bad[draws.below(bad.size())] ^= static_cast<std::uint8_t>(1U << draws.below(8));
    if (decode(ByteView(bad), back) != Errc::ok) continue;
    again.clear();
    encode(back, again);
    CHECK(again == bad);
  }
}

}  // namespace
}  // namespace wn::sync
