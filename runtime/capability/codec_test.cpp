#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

Presentation drawn(std::uint32_t i) {
  Draw draw = Random(3).at("presentation", i);
  Presentation p;
  const std::uint64_t links = draw.below(9);
  const std::uint64_t narrowed = draw.below(9 - links);
  const auto link = [&](bool with_holder) {
    Link l;
    if (with_holder) l.holder.bytes.fill(static_cast<std::uint8_t>(1 + draw.below(255)));
    l.number = draw.u64();
    l.caveats.rights = static_cast<Rights>(draw.below(kAllRights + 1));
    l.caveats.operations = draw.u64();
    l.caveats.subtree = node(draw.u64());
    l.caveats.not_before = WallTime{static_cast<std::int64_t>(draw.u64())};
    l.caveats.epoch = draw.below(1U << 20);
    if (draw.below(2) == 0) {
      l.caveats.expires = WallTime{static_cast<std::int64_t>(draw.below(INT64_MAX))};
      l.caveats.verifier = NodeId{static_cast<std::uint32_t>(1 + draw.below(UINT32_MAX))};
      l.caveats.uses = static_cast<std::uint32_t>(draw.below(2));
      if (draw.below(2) == 0) l.caveats.invocation.bytes.fill(7);
    }
    if (with_holder) l.signature.bytes.fill(static_cast<std::uint8_t>(draw.below(256)));
    return l;
  };
  for (std::uint64_t n = 0; n < links; ++n) p.token.links.push_back(link(true));
  for (std::uint64_t n = 0; n < narrowed; ++n) p.token.narrowed.push_back(link(false));
  if (links == 0) p.parent = {draw.u64() | 1, draw.u64()};
  const std::uint64_t proof = draw.below(3);
  if (proof == 1) p.proof = ProofKind::mac;
  if (proof == 2 && narrowed == 0) p.proof = ProofKind::signature;
  return p;
}

Presentation again(const Parsed& parsed) {
  Presentation p{
      .parent = parsed.parent, .proof = parsed.proof, .signature = parsed.signature, .mac = parsed.mac};
  for (const ParsedLink& l : parsed.links) p.token.links.push_back(l.link);
  for (const ParsedLink& l : parsed.narrowed) p.token.narrowed.push_back(l.link);
  return p;
}

}  // namespace

TEST_CASE("codec: every presentation comes back, from its one spelling") {
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    const Presentation p = drawn(i);
    std::vector<std::uint8_t> bytes;
    encode(p, bytes);
    REQUIRE(bytes.size() <= kTokenBytesMax);  // the largest chain fits
    Parsed parsed;
    REQUIRE(parse(bytes, parsed) == Refusal::allowed);
    const Presentation back = again(parsed);
    REQUIRE(back.token == p.token);
    REQUIRE(back.parent == p.parent);
    std::vector<std::uint8_t> second;
    encode(back, second);
    REQUIRE(second == bytes);
  }
}

TEST_CASE("codec: mutated bytes are refused or are the one spelling of another value") {
  std::uint64_t accepted = 0;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    std::vector<std::uint8_t> bytes;
    encode(drawn(i % 500), bytes);
    Draw draw = Random(4).at("mutate", i);
    const std::uint64_t edits = 1 + draw.below(3);
    for (std::uint64_t e = 0; e < edits && !bytes.empty(); ++e) {
      const std::uint64_t at = draw.below(bytes.size());
      const std::uint64_t how = draw.below(4);
      const auto value = static_cast<std::uint8_t>(draw.below(256));
      const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      if (how == 0) bytes.insert(place, value);
      if (how == 1) bytes.erase(place);
      if (how == 2) bytes[at] ^= static_cast<std::uint8_t>(1U << (value % 8));
      if (how == 3) bytes[at] = value;
    }
    Parsed parsed;
    if (parse(bytes, parsed) != Refusal::allowed) continue;
    ++accepted;
    std::vector<std::uint8_t> second;
    encode(again(parsed), second);
    REQUIRE(second == bytes);
  }
  CHECK(accepted > 1'000);
}

TEST_CASE("codec: noise is refused") {
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    Draw draw = Random(6).at("noise", i);
    std::vector<std::uint8_t> bytes(draw.below(200));
    for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(draw.below(256));
    Parsed parsed;
    REQUIRE(parse(bytes, parsed) != Refusal::allowed);
  }
}

TEST_CASE("codec: a token is a presentation without a proof") {
  const Minted m = grant(key(kRootKey), key(kAlice).public_key(), 5, everything());
  Token back;
  REQUIRE(decode(encode(m.token), back) == Refusal::allowed);
  CHECK(back == m.token);
  std::vector<std::uint8_t> proven;
  encode(present_signed(m, key(kAlice), kSelf, {}), proven);
  CHECK(decode(proven, back) == Refusal::malformed);
  CHECK(resume(back, m.root).id() == m.id());
}

TEST_CASE("refusals: each has a word of its own") {
  for (std::uint8_t a = 0; a < kRefusalEnd; ++a) {
    CHECK(to_string(static_cast<Refusal>(a)) != "unknown");
    for (std::uint8_t b = 0; b < a; ++b)
      CHECK(to_string(static_cast<Refusal>(a)) != to_string(static_cast<Refusal>(b)));
  }
  CHECK(to_string(static_cast<Refusal>(kRefusalEnd)) == "unknown");
}

}  // namespace wn::capability
