#pragma once
// Plans as Protobuf text (schema: plan.proto): readable, exact, canonical.
//   to_text(parse_plan(to_text(p))) == to_text(p), byte for byte.
// Reading is total: any bytes give a plan or one Error with file, line and column. Another version's plan is
// Errc::unsupported; more than kPlanTextMax is Errc::too_large; all else is Errc::bad_input. A plan that
// reads well is not yet sensible: plan_check.h says whether it is.
#include <filesystem>
#include <string>
#include <string_view>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::faults {

inline constexpr std::size_t kPlanTextMax = 64U << 20;

std::string to_text(const Plan& plan);
Result<Plan> parse_plan(std::string_view text, const std::string& file);
// Also checks the plan (plan_check); what is wrong with it has its line and column.
Result<Plan> load_plan(const std::filesystem::path& path);

}  // namespace wn::faults
