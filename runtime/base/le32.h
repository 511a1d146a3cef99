#pragma once
// 32 bits in little-endian order, whatever the machine's own is: heads of frames and of records.
#include <cstdint>

namespace wn {

inline void put_le32(std::uint8_t* to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

inline std::uint32_t get_le32(const std::uint8_t* from) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= std::uint32_t{from[i]} << (8 * i);
  return value;
}

}  // namespace wn
