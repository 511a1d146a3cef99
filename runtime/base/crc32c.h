#pragma once
// CRC-32C (Castagnoli), the checksum of stored records and of frames. RFC 3720 appendix B.4 gives the test
// vectors. Detects every burst of up to 32 bits; not a defence against an adversary.
#include <cstdint>

#include "runtime/base/bytes.h"

namespace wn {

// Continues `crc` over `bytes`; start with 0.
std::uint32_t crc32c(ByteView bytes, std::uint32_t crc = 0);

}  // namespace wn
