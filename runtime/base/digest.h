#pragma once
// Digest: a rolling 128-bit fingerprint of a sequence of numbers. Not cryptographic: it detects divergence
// between honest runs, it does not resist forgery. Same numbers in the same order give the same digest on
// every compiler and machine; we digest our own fields, never serialized bytes.
#include <compare>
#include <cstdint>
#include <string>

#include "runtime/base/bytes.h"

namespace wn {

class Digest {
 public:
  constexpr void absorb(std::uint64_t word) {
    // Two folded 64x64 -> 128 multiplications (after wyhash), cross-fed so that order matters.
    const std::uint64_t a = fold(low_ ^ word ^ 0xA0761D6478BD642FULL, high_ ^ 0xE7037ED1A0B428DBULL);
    high_ = fold(high_ ^ word ^ 0x8EBC6AF09C88C6E3ULL, low_ ^ 0x589965CC75374CC3ULL) + word;
    low_ = a ^ (word << 32 | word >> 32);
  }
  void absorb(ByteView bytes);

  constexpr std::uint64_t low() const { return low_; }
  constexpr std::uint64_t high() const { return high_; }
  friend constexpr auto operator<=>(const Digest&, const Digest&) = default;

  std::string to_hex() const;                                // 32 lower-case digits
  static bool from_hex(std::string_view text, Digest& out);  // false when not exactly that

 private:
  static constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  std::uint64_t low_ = 0x243F6A8885A308D3ULL;
  std::uint64_t high_ = 0x13198A2E03707344ULL;
};

}  // namespace wn
