#pragma once
// Keyed randomness: a random decision is a pure function of (seed, purpose, identity).
//
//   random.at("net.delay", link, message).below(100)
//
// There is no stream to share, so adding or removing a decision elsewhere leaves all others as they were:
// this is what lets a plan shrink. Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as
// 1, 2, 3", SC'11) with key = seed and counter = (purpose, small id, large id). Integers only, so that every
// compiler and machine draws the same.
#include <array>
#include <cstdint>
#include <string_view>

namespace wn {

// The name of a kind of decision, hashed (FNV-1a, 32 bits) at compile time or, for names made of data,
// by Purpose::named.
struct Purpose {
  std::uint32_t id;
  consteval Purpose(const char* name) : id(hash(name)) {}  // NOLINT: implicit on purpose
  static constexpr Purpose named(std::string_view name) { return Purpose(hash(name)); }

 private:
  constexpr explicit Purpose(std::uint32_t h) : id(h) {}
  static constexpr std::uint32_t hash(std::string_view name) {
    std::uint32_t h = 2166136261U;
    for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
    return h;
  }
};

// The draws that belong to one decision. The first two 64-bit draws are the Philox block; further ones
// continue by SplitMix64 from it.
class Draw {
 public:
  constexpr explicit Draw(std::array<std::uint32_t, 4> block)
      : first_((std::uint64_t{block[1]} << 32) | block[0]),
        second_((std::uint64_t{block[3]} << 32) | block[2]) {}

  constexpr std::uint64_t u64() {
    switch (used_++) {
      case 0:
        return first_;
      case 1:
        return second_;
      default: {
        std::uint64_t z = first_ + second_ + 0x9E3779B97F4A7C15ULL * (used_ - 2ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
      }
    }
  }
  // Uniform in [0, n). n = 0 gives 0. Multiply-shift: bias below 2^-64 * n.
  constexpr std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(u64()) * n) >> 64);
  }
  // Uniform in [low, high], both included. REQUIRES low <= high.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(
                     below(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1));
  }
  // True with probability parts_per_million / 1,000,000.
  constexpr bool chance_ppm(std::uint64_t parts_per_million) { return below(1'000'000) < parts_per_million; }
  // Exponential with the given mean, in integer arithmetic (16.16 fixed-point -ln u, error < 0.1%), cut at
  // 16 means.
  std::int64_t exponential(std::int64_t mean);

 private:
  std::uint64_t first_;
  std::uint64_t second_;
  std::uint32_t used_ = 0;
};

class Random {
 public:
  constexpr explicit Random(std::uint64_t seed) : seed_(seed) {}
  constexpr std::uint64_t seed() const { return seed_; }

  Draw at(Purpose purpose, std::uint32_t small_id = 0, std::uint64_t large_id = 0) const {
    return Draw(philox({purpose.id, small_id, static_cast<std::uint32_t>(large_id),
                        static_cast<std::uint32_t>(large_id >> 32)}));
  }
  // Another seed, for a part of the world that keys its own decisions.
  Random child(Purpose purpose, std::uint32_t small_id = 0, std::uint64_t large_id = 0) const {
    return Random(at(purpose, small_id, large_id).u64());
  }
  // The bare generator, for its test vectors.
  std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter) const;

 private:
  std::uint64_t seed_;
};

}  // namespace wn
