#pragma once
// Dot: the identity of one event of one replica (Preguica et al., "Dotted Version Vectors", 2010; Almeida et
// al., "Delta State Replicated Data Types", 2018, section 7). A replica's events count from 1 without gaps.
#include <compare>
#include <cstdint>

#include "runtime/base/ids.h"

namespace wn::causality {

// Decoders refuse counters above this, so that one more is always a number.
inline constexpr std::uint64_t kDotCounterMax = std::uint64_t{1} << 62;

struct Dot {
  ReplicaId replica;
  std::uint64_t counter = 0;  // from 1; 0 = no event
  constexpr explicit operator bool() const { return counter != 0; }
  friend constexpr auto operator<=>(const Dot&, const Dot&) = default;
};

}  // namespace wn::causality
