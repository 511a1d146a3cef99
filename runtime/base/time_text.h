#pragma once
// Durations as text, exact both ways: "12.402s", "250ms", "1h", "0s", "never".
//   format  picks the largest of s, ms, us, ns that is not above the value and writes the fraction in full
//   parse   a decimal number and one unit of ns us ms s m h; no more digits than whole nanoseconds allow;
//           "never" is Duration::max(); a leading '-' is read (whether it is allowed is the caller's
//           business)
// parse_duration(format_duration(d)) == d for every d. Thread rule: pure functions.
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/time.h"

namespace wn {

std::string format_duration(Duration d);
Result<Duration> parse_duration(std::string_view text);
// A moment of true time since the start, in seconds with three digits at least: "12.402s". For people.
std::string format_moment(SimTime t);

}  // namespace wn
