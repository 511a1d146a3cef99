#pragma once
// CapabilityScope: how small the world of an exhaustive search of the capability rules is. Tokens are minted
// and judged by the real code (runtime/capability), signatures included.
#include <cstdint>

#include "runtime/base/defect.h"

namespace wn::exhaustive {

inline constexpr std::uint32_t kCapabilityLinksMax = 4;
inline constexpr std::uint32_t kCapabilityRevocationsMax = 4;

struct CapabilityScope {
  std::uint32_t links = 2;        // of a chain, the root's included
  std::uint32_t revocations = 1;  // of one world
  bool uses = false;              // links may be for one use only
  Defect defect = Defect::none;
};

}  // namespace wn::exhaustive
