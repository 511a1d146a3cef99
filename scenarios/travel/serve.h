#pragma once
// The traveller for programs in other languages: a request a line and an answer a line, JSON both.
//
//   {"do": "event", "number": 8121}       {"do": "moment", "ns": 12400000000}, or "text": "12.4s"
//   {"do": "traced", "number": 7}
//   {"do": "until", "predicate": "…"}     {"do": "rewind", "predicate": "…"}
//      each may begin with "from": {"event": N, "ns": T}; -> {"event":…,"traced":…,"ns":…,"end":…}
//   {"do": "ask", "about": "node", "node": 2, "path": "raft", "from": …}  -> {"told": …}
//   {"do": "judge", "from": …}            -> {"told": "text"}
// Errors: {"error": "one line", "code": "not-found"}. Ends with its input.
// REQUIRES a program with one thread.
#include <string>

#include "faults/plan/plan.h"
#include "scenarios/travel/traveller.h"

namespace wn::travel {

inline constexpr std::size_t kRequestBytesMax = 1U << 20;

std::string serve_line(Traveller& traveller, std::string_view request);
// Reads requests from `in` and writes answers to `out`; first of all where the run stands. Errors: a bad
// plan.
Result<void> serve(const faults::Plan& plan, int in, int out);

}  // namespace wn::travel
