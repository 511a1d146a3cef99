#pragma once
// A realm's events as a story tells them: "evicts replica 3", "revokes token 2". Empty: not worth a line.
#include <string>

#include "runtime/base/trace_event.h"

namespace wn::scenarios {

std::string realm_words(const TraceEvent& event);

}  // namespace wn::scenarios
