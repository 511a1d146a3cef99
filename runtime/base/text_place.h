#pragma once
// Errors in a text file for people: the line itself with a caret under the place, and the nearest known word.
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace wn {

// "message\n  12 | duration = "-5s"\n     |            ^". `column` counts from 1, in code points.
Error error_with_caret(Errc code, std::string message, std::string_view text, SourcePlace at);

// "; did you mean "partition"?" when some known word is near, else "; expected one of a, b, c" when there are
// few.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// The first byte that cannot be in a text file: NUL and other control bytes; npos when all are fine.
std::size_t first_bad_byte(std::string_view text);
SourcePlace place_in(std::string_view text, std::size_t offset, const std::string& file);

}  // namespace wn
