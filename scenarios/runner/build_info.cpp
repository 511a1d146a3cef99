#include "scenarios/runner/build_info.h"

namespace wn::scenarios {

std::string_view build_id() { return WN_BUILD_ID; }

}  // namespace wn::scenarios
