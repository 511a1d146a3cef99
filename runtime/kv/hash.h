#pragma once
// A 64-bit hash for the tables and the state digest of this room: the same on every machine, not
// cryptographic (folded 64x64 -> 128 multiplication, after wyhash).
#include <cstdint>
#include <cstring>

#include "runtime/base/bytes.h"

namespace wn::kv {

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0xA0761D6478BD642FULL) * (b ^ 0xE7037ED1A0B428DBULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash_bytes(ByteView bytes, std::uint64_t seed = 0) {
  std::uint64_t state = mix(seed, bytes.size());
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    state = mix(state ^ word, 0x8EBC6AF09C88C6E3ULL);
  }
  std::uint64_t tail = 0;
  if (i < bytes.size()) std::memcpy(&tail, bytes.data() + i, bytes.size() - i);
  return mix(state ^ tail, 0x589965CC75374CC3ULL);
}

}  // namespace wn::kv
