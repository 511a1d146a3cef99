#include "runtime/wire/frame.h"

#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/base/le32.h"

namespace wn::wire {
namespace {

constexpr std::size_t kChecksumBytes = 4;

}  // namespace

Errc open_frame(ByteView frame, FrameView& out) {
  if (frame.size() < kHeaderBytes) return Errc::corrupt;
  if (frame.size() - kHeaderBytes > kPayloadBytesMax) return Errc::too_large;
  // The checksum comes first: only undamaged bytes may say that they are from another version.
  if (get_le32(frame.data()) != crc32c(frame.subspan(kChecksumBytes))) return Errc::corrupt;
  if (frame[4] != 'W' || frame[5] != 'N') return Errc::corrupt;
  if (frame[6] != kWireVersion) return Errc::unsupported;
  if (get_le32(frame.data() + 8) != frame.size() - kHeaderBytes) return Errc::corrupt;
  out.type = FrameType{frame[7]};
  out.payload_bytes = static_cast<std::uint32_t>(frame.size() - kHeaderBytes);
  return Errc::ok;
}

void seal_frame(std::uint8_t* frame, FrameType type, std::size_t payload_bytes) {
  WN_CHECK_LE(payload_bytes, kPayloadBytesMax);
  frame[4] = 'W';
  frame[5] = 'N';
  frame[6] = kWireVersion;
  frame[7] = static_cast<std::uint8_t>(type);
  put_le32(frame + 8, static_cast<std::uint32_t>(payload_bytes));
  put_le32(frame, crc32c({frame + kChecksumBytes, kHeaderBytes - kChecksumBytes + payload_bytes}));
}

}  // namespace wn::wire
