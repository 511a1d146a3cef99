#pragma once
// JUnit XML for CI: a suite a scenario, a case a seed. Valid whatever the signatures hold: what XML 1.0
// cannot carry is replaced. Beyond kJunitCasesMax seeds only those that did not pass have a case of their
// own.
#include <string>
#include <string_view>

#include "scenarios/cli/sweep_totals.h"

namespace wn::scenarios {

inline constexpr std::uint64_t kJunitCasesMax = 20'000;

std::string junit_xml(const SweepTotals& totals);
std::string xml_escaped(std::string_view text);

}  // namespace wn::scenarios
