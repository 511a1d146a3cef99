#pragma once
// Frames out of one stream's bytes. On the stream a frame is a head of 4 bytes and its bytes:
//
//   head = length | type << 24, little-endian; length <= kFrameBytesMax
//
// Total on hostile bytes. Memory: one frame at most, and not before its head has come; what is announced is
// allocated as it comes, doubling, so that a head alone costs its sender more than us.
#include <cstdint>

#include "runtime/base/bytes.h"

namespace wn::quic {

inline constexpr std::uint32_t kFrameHeadBytes = 4;

class FrameReader {
 public:
  // Calls `on_frame(Bytes)` for each frame that is now whole. False: a head over the limit; the stream is
  // lost then.
  template <class OnFrame>
  [[nodiscard]] bool read(ByteView in, OnFrame&& on_frame) {
    while (!in.empty()) {
      if (!take(in)) return false;
      if (whole_) on_frame(finish());
    }
    return true;
  }
  // Held for a frame that is not whole.
  std::size_t held_bytes() const { return capacity_; }

 private:
  // Moves bytes from the front of `in` into the frame that is under way.
  bool take(ByteView& in);
  Bytes finish();
  void grow(std::size_t more);

  std::uint32_t head_ = 0;
  std::uint32_t head_bytes_ = 0;
  std::uint32_t length_ = 0;
  bool whole_ = false;
  Bytes block_;  // of capacity_ bytes, filled_ of them valid; nobody else has it yet
  std::uint8_t* at_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace wn::quic
