#pragma once
// KeyName: what the name of a key says. Realms name properties: "w12.tags" (EVENTUAL), "n3.w12.title" (LOCAL:
// of node 3), "s12.title" (STRONG). Which type a property has stands in its last word (faults/plan/names.h).
// Any other name: mode and shape `other`.
#include <cstdint>
#include <string_view>

namespace wn::checkers {

enum class KeyMode : std::uint8_t { other = 0, local, eventual, strong };
enum class Shape : std::uint8_t { other = 0, number, set, counter, bounded, map, sequence };

struct KeyName {
  KeyMode mode = KeyMode::other;
  Shape shape = Shape::other;
  std::uint32_t node = 0;      // LOCAL: whose
  std::uint64_t worknode = 0;  // its number
};

KeyName parse_key(std::string_view key);

}  // namespace wn::checkers
