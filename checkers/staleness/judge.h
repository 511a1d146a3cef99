#pragma once
// check_staleness by some of its rules only. Private to this room and its tests.
#include "checkers/staleness/epochs.h"
#include "checkers/staleness/staleness.h"

namespace wn::checkers::staleness {

Verdict check_staleness_by(const History& history, std::uint32_t k, const EpochRules& rules,
                           const Budget& budget, StalenessGrade* grade = nullptr);

}  // namespace wn::checkers::staleness
