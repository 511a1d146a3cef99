#pragma once
// Which build this is: part of every repro line, so that a replay on other code can say so.
#include <string_view>

namespace wn::scenarios {

// "0.1.0+<commit>" ("-dirty" when the tree was changed), or "0.1.0+unknown" outside of a checkout.
std::string_view build_id();

}  // namespace wn::scenarios
