#pragma once
// Planted bugs, one for each sound reduction, for the test that the differential fuzzer would notice.
#include <cstdint>

namespace wn::checkers {

enum class LinearizabilityDefect : std::uint8_t {
  none = 0,
  failed_cas_sees_anything,  // a: any value visited satisfies a failed cas
  failed_cas_is_blind,       // b: a value dies although a failed cas may still need it
  cas_hides_writes,          // c: an unseen write is excused by a cas, which would see it
  late_calls_excused,        // c: an unseen write is excused by one before its invocation
  last_deadline_first,       // d: of equal writes the one that returns last goes first
  liabilities_ignored,       // e: configurations compare without their second marks
  no_excuse_by_same_value,   // f: writing the value that is there is taken for useless
  no_last_chance,            // g: a write that nobody needed yet is let go at its return
  appends_never_grow,        // of the search with appends: prefixes compare without their contents
};
inline constexpr int kLinearizabilityDefects = 10;

}  // namespace wn::checkers
