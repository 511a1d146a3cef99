#pragma once
// The end of a sweep, for people: counts, groups by signature with the lowest seed and how to see it again,
// claims that never came true, seeds whose two runs differ.
#include <string>

#include "scenarios/cli/sweep_totals.h"

namespace wn::scenarios {

inline constexpr std::size_t kGroupsShownMax = 30;

std::string totals_text(const SweepTotals& totals, double wall_seconds);

}  // namespace wn::scenarios
