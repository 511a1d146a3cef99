#pragma once
// Text inside HTML and SVG, as content or as a quoted attribute.
#include <string>
#include <string_view>

namespace wn {

// &, <, >, " and ' as references; everything else as it is.
std::string markup_escaped(std::string_view text);

}  // namespace wn
