#pragma once
// Bytes as hexadecimal digits, for files and words that people see. Thread rule: pure functions.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace wn {

// Two lower-case digits a byte.
std::string hex_of(std::span<const std::uint8_t> bytes);
// Exactly as many digits as `out` has room for, of either case; otherwise false, and `out` is as it was.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace wn
