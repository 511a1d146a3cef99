#pragma once
// The text of durations and moments (runtime/base/time_text.h), by the names that plans and reports know it.
#include "runtime/base/time_text.h"

namespace wn::faults {

inline constexpr Duration kNever = Duration::max();

using wn::format_duration;
using wn::format_moment;
using wn::parse_duration;

}  // namespace wn::faults
