#include "runtime/schema/types.h"

#include <algorithm>

namespace wn::schema {

std::string_view to_string(ScalarKind kind) {
  static constexpr std::string_view kNames[] = {"none", "boolean", "integer", "string", "bytes", "reference"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Kind kind) {
  static constexpr std::string_view kNames[] = {
      "none", "last-writer", "multi-value", "counter",     "bounded-counter",
      "set",  "map",         "text",        "grow-counter"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool operator==(const ValueView& a, const ValueView& b) {
  return a.kind == b.kind && a.integer == b.integer && a.reference == b.reference &&
         std::ranges::equal(a.bytes, b.bytes);
}

bool is_normal(const ValueView& value) {
  const bool wordy = value.kind == ScalarKind::string || value.kind == ScalarKind::bytes;
  if ((!wordy && !value.bytes.empty()) || (value.kind != ScalarKind::reference && value.reference))
    return false;
  if (value.kind == ScalarKind::boolean) return value.integer == 0 || value.integer == 1;
  return value.kind == ScalarKind::integer || value.integer == 0;
}

bool is_utf8(ByteView bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::uint32_t lead = bytes[i++];
    if (lead < 0x80) continue;
    std::uint32_t more = 0;
    std::uint32_t least = 0;
    std::uint32_t point = 0;
    if (lead >= 0xC2 && lead < 0xE0) {
      more = 1, least = 0x80, point = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead < 0xF0) {
      more = 2, least = 0x800, point = lead & 0x0FU;
    } else if (lead >= 0xF0 && lead < 0xF5) {
      more = 3, least = 0x10000, point = lead & 0x07U;
    } else {
      return false;
    }
    for (std::uint32_t k = 0; k < more; ++k) {
      if (i == bytes.size() || (bytes[i] & 0xC0U) != 0x80) return false;
      point = (point << 6) | (bytes[i++] & 0x3FU);
    }
    if (point < least || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
  }
  return true;
}

}  // namespace wn::schema
