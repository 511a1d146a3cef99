#pragma once
// Dot: the identity of one event of one replica (Preguica et al., "Dotted Version Vectors", 2010; Almeida et
// al., "Delta State Replicated Data Types", 2018, section 7). A replica's events count from 1 without gaps.
#include <compare>
#include <cstdint>

#include "runtime/base/ids.h"

namespace wn::causality {

struct Dot {
  ReplicaId replica;
  std::uint64_t counter = 0;  // from 1; 0 = no event
  constexpr explicit operator bool() const { return counter != 0; }
  friend constexpr auto operator<=>(const Dot&, const Dot&) = default;
};

}  // namespace wn::causality
