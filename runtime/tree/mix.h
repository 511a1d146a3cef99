#pragma once
// A 64-bit hash step for the tables and sums of this room: the same on every machine, not cryptographic
// (folded 64x64 -> 128 multiplication, after wyhash).
#include <cstdint>

namespace wn::tree {

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0xA0761D6478BD642FULL) * (b ^ 0xE7037ED1A0B428DBULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace wn::tree
