#pragma once
// The plan as people read it: groups of name and value.
#include <string>
#include <utility>
#include <vector>

#include "faults/plan/plan.h"

namespace wn::reports {

struct PlanGroup {
  std::string title;
  std::vector<std::pair<std::string, std::string>> rows;
};
std::vector<PlanGroup> plan_groups(const faults::Plan& plan);

// "partition majority/minority": what a fault is called in one place of a picture.
std::string fault_name(const faults::Fault& fault);
// The servers and clients that a fault touches, ascending; a packet fault without links touches every node.
std::vector<std::uint32_t> fault_touches(const faults::Fault& fault, const faults::Plan& plan);

}  // namespace wn::reports
