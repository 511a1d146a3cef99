#pragma once
// What is reconciled: identities of 256 bits, content hashes as a rule, and their keyed hashes.
//
// Each session has a key of its own, agreed by both sides (session.h). All that a session compares or adds up
// is SipHash-2-4-128 under that key (Aumasson, Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT'12):
// whoever chose an identity did so before the key was drawn, so that it cannot have been chosen to collide.
//
// Thread rule: values.
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/base/bytes.h"

namespace wn::sync {

// Ordered by its words, the first one most significant. Shorter identities leave the last words zero.
// Identities that are to be near each other (a subtree's, a time's) begin alike: ranges profit from it.
struct ItemId {
  static constexpr std::size_t kBytes = 32;
  std::array<std::uint64_t, 4> word{};

  friend constexpr auto operator<=>(const ItemId&, const ItemId&) = default;
  constexpr ItemId& operator^=(const ItemId& other) {
    for (std::size_t i = 0; i < 4; ++i) word[i] ^= other.word[i];
    return *this;
  }
};

// The words little-endian, one after the other: 32 bytes. REQUIRES as many.
ItemId item_from(const std::uint8_t* bytes);
inline ItemId item_from(ByteView bytes) { return item_from(bytes.data()); }
void append(const ItemId& item, std::vector<std::uint8_t>& out);

struct SessionKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  friend constexpr bool operator==(const SessionKey&, const SessionKey&) = default;
};

// The two halves of a keyed hash. `check` tells a lone item from a sum of several; `spread` says which coded
// symbols an item goes into.
struct ItemHash {
  std::uint64_t check = 0;
  std::uint64_t spread = 0;
  friend constexpr bool operator==(const ItemHash&, const ItemHash&) = default;
};

// SipHash-2-4 with 128 bits of output.
ItemHash sip_hash(const SessionKey& key, ByteView bytes);

namespace detail {
struct SipState {
  std::uint64_t v0, v1, v2, v3;
  constexpr explicit SipState(const SessionKey& key)
      : v0(key.first ^ 0x736F6D6570736575ULL),
        v1(key.second ^ 0x646F72616E646F6DULL ^ 0xEE),
        v2(key.first ^ 0x6C7967656E657261ULL),
        v3(key.second ^ 0x7465646279746573ULL) {}
  constexpr void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  constexpr void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  constexpr ItemHash finish() {
    v2 ^= 0xEE;
    for (int i = 0; i < 4; ++i) round();
    const std::uint64_t low = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xDD;
    for (int i = 0; i < 4; ++i) round();
    return {low, v0 ^ v1 ^ v2 ^ v3};
  }
};
}  // namespace detail

// sip_hash of the item's 32 bytes.
constexpr ItemHash hash_of(const SessionKey& key, const ItemId& item) {
  detail::SipState state(key);
  for (const std::uint64_t word : item.word) state.absorb(word);
  state.absorb(std::uint64_t{ItemId::kBytes} << 56);
  return state.finish();
}

// A sum modulo 2^128 of items' keyed hashes. A group: sums of parts add up to that of the whole, and what is
// added can be taken away. Not XOR, under which hashes can be made to cancel by linear algebra; a sum of
// secret-keyed hashes leaves a prepared collision no better than chance.
struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend constexpr bool operator==(const Fingerprint&, const Fingerprint&) = default;
  constexpr Fingerprint& operator+=(const Fingerprint& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
    return *this;
  }
  constexpr Fingerprint& operator-=(const Fingerprint& other) {
    const std::uint64_t borrow = low < other.low ? 1 : 0;
    low -= other.low;
    high -= other.high + borrow;
    return *this;
  }
  constexpr Fingerprint& operator+=(const ItemHash& hash) {
    return *this += Fingerprint{hash.check, hash.spread};
  }
  constexpr Fingerprint& operator-=(const ItemHash& hash) {
    return *this -= Fingerprint{hash.check, hash.spread};
  }
};

}  // namespace wn::sync
