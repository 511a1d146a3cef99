#include "runtime/quic/frame_reader.h"

#include <algorithm>
#include <cstring>

#include "runtime/backend/network.h"

namespace wn::quic {

namespace {
constexpr std::size_t kFirstBlock = 4096;
}

void FrameReader::grow(std::size_t more) {
  if (filled_ + more <= capacity_) return;
  const std::size_t doubled = std::max({kFirstBlock, capacity_ * 2, filled_ + more});
  const std::size_t size = std::min<std::size_t>(doubled, length_);
  Bytes larger = Bytes::build(size, [&](std::uint8_t* to) {
    if (filled_ != 0) std::memcpy(to, at_, filled_);
    at_ = to;
  });
  block_ = std::move(larger);
  capacity_ = size;
}

bool FrameReader::take(ByteView& in) {
  while (head_bytes_ < kFrameHeadBytes && !in.empty()) {
    head_ |= std::uint32_t{in.front()} << (8 * head_bytes_++);
    in = in.subspan(1);
  }
  if (head_bytes_ < kFrameHeadBytes) return true;
  length_ = head_ & 0xFF'FFFFU;
  if (length_ > kFrameBytesMax) return false;
  const std::size_t wanted = std::min<std::size_t>(in.size(), length_ - filled_);
  if (wanted != 0) {
    grow(wanted);
    std::memcpy(at_ + filled_, in.data(), wanted);
    filled_ += wanted;
    in = in.subspan(wanted);
  }
  whole_ = filled_ == length_;
  return true;
}

Bytes FrameReader::finish() {
  Bytes out = std::move(block_);
  block_ = {};
  *this = FrameReader{};
  return out;
}

}  // namespace wn::quic
