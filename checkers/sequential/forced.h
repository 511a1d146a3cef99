#pragma once
// What order the values force, for registers whose values are unique. Private to this room.
#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/history/client_history.h"

namespace wn::checkers {

struct Forced {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  // beyond the order within sessions
  std::vector<std::uint32_t> cycle;                            // steps; not empty: no order exists
  bool complete = true;                                        // false: a limit was reached
};

inline constexpr std::uint64_t kForcedCellsMax = 64ULL << 20;
inline constexpr int kForcedRoundsMax = 64;

Forced forced_order(const ClientHistory& history);

}  // namespace wn::checkers
