#pragma once
// The first look at bytes that claim to be a plan, before any parser: size, junk, emptiness, version. Also
// the place (line and column, from 1) of a byte. Private to this room.
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::faults {

SourcePlace place_of(std::string_view text, std::size_t offset, const std::string& file);
Result<void> check_plan_text(std::string_view text, const std::string& file);

}  // namespace wn::faults
