#pragma once
// The search for one order of all steps that explains every read. Private to this room.
#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/history/client_history.h"

namespace wn::checkers {

enum class Found : std::uint8_t { order, none, unknown };

struct OrderFound {
  Found found = Found::unknown;
  std::vector<std::uint32_t> stuck;  // when none: the reads that waited where the search came furthest
};

// `edges` (from, to) hold in every order that explains the history. Registers: values are unique.
OrderFound search_order(const ClientHistory& history,
                        const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges,
                        std::uint64_t steps_max);

}  // namespace wn::checkers
