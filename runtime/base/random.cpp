#include "runtime/base/random.h"

#include <bit>

namespace wn {

std::array<std::uint32_t, 4> Random::philox(std::array<std::uint32_t, 4> c) const {
  std::uint32_t k0 = static_cast<std::uint32_t>(seed_);
  std::uint32_t k1 = static_cast<std::uint32_t>(seed_ >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return c;
}

namespace {

// log2(1 + i/64) in 16.16 fixed point, i = 0..64; linear interpolation between.
constexpr std::array<std::uint32_t, 65> kLog2 = [] {
  std::array<std::uint32_t, 65> table{};
  for (std::uint32_t i = 0; i <= 64; ++i) {
    // Bit-by-bit binary logarithm of x = 1 + i/64, by repeated squaring in 2.62 fixed point.
    unsigned __int128 x = (static_cast<unsigned __int128>(64 + i) << 62) / 64;
    std::uint32_t log = 0;
    for (int bit = 0; bit < 17; ++bit) {
      if (bit != 0) x = (x * x) >> 62;
      const bool carry = x >= (static_cast<unsigned __int128>(2) << 62);
      if (carry) x >>= 1;
      log = (log << 1) | (carry ? 1U : 0U);
    }
    table[i] = log;
  }
  return table;
}();

}  // namespace

std::int64_t Draw::exponential(std::int64_t mean) {
  if (mean <= 0) return 0;
  const std::uint64_t u = u64() | 1U;  // never zero
  const int leading = std::countl_zero(u);
  const std::uint64_t mantissa = (u << leading) << 1;  // fraction after the leading one, 0.64
  const std::uint32_t slot = static_cast<std::uint32_t>(mantissa >> 58);
  const std::uint64_t rest = (mantissa << 6) >> 48;  // 0.16
  const std::uint64_t log_fraction =
      kLog2[slot] + (((kLog2[slot + 1] - std::uint64_t{kLog2[slot]}) * rest) >> 16);
  // -log2(u / 2^64) in 16.16: 64 - (63 - leading) - fraction.
  const std::uint64_t minus_log2 = ((std::uint64_t(leading) + 1) << 16) - log_fraction;
  const std::uint64_t minus_ln = (minus_log2 * 45426U) >> 16;  // ln 2 in 16.16
  const std::uint64_t capped = minus_ln > (16U << 16) ? (16U << 16) : minus_ln;
  return static_cast<std::int64_t>((static_cast<unsigned __int128>(mean) * capped) >> 16);
}

}  // namespace wn
