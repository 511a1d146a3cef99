#pragma once
// All fault points that the runtime has (runtime/base/fault_point.h), with what each makes common. A site in
// the code that is missing here fails the first simulated run that reaches it.
#include <cstdint>
#include <span>
#include <string_view>

#include "faults/plan/plan.h"

namespace wn::faults {

struct FaultPointInfo {
  std::string_view name;
  std::uint32_t id = 0;
  std::string_view does;
};

std::span<const FaultPointInfo> all_fault_points();             // ascending by name
std::string_view fault_point_name(std::uint64_t id);            // "unknown" for any other number
const FaultPointInfo* find_fault_point(std::string_view name);  // nullptr: this build has none of that name

// Points of the plan that this build has no longer.
std::vector<std::string> missing_fault_points(const Plan& plan);

}  // namespace wn::faults
