#pragma once
// One line of plain words for a fault, an operation, a deviation: for stories, reports and `list`.
//   "partition majority/minority {n1,n2,n3} | {n4,n5} for 2.6s"   "pause n1 for 2.6s"   "n7 put k3=17"
#include <string>

#include "faults/plan/names.h"
#include "faults/plan/plan.h"
#include "faults/plan/time_text.h"

namespace wn::faults {

// A partition is told as groups where it has that shape, else as its links.
std::string describe(const Fault& fault);
std::string describe(const Operation& operation);
std::string describe(const Deviation& deviation);

}  // namespace wn::faults
