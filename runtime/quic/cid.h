#pragma once
// Connection ids (RFC 9000, section 5.1) as values, and the room's random bytes.
#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>

#include "runtime/backend/entropy.h"
#include "runtime/base/bytes.h"

namespace wn::quic {

// Of the ids that we choose. The first byte is fixed: a short packet whose first bit was flipped on the way
// shows it as the top byte of its version, and is then not taken for a packet of another version.
inline constexpr std::size_t kCidBytes = 16;
inline constexpr std::uint8_t kCidMark = 0xC5;

struct Cid {
  std::array<std::uint8_t, 20> bytes{};
  std::uint8_t size = 0;

  static Cid of(ByteView from) {
    Cid out;
    out.size = static_cast<std::uint8_t>(std::min<std::size_t>(from.size(), out.bytes.size()));
    std::copy_n(from.begin(), out.size, out.bytes.begin());
    return out;
  }
  ByteView view() const { return {bytes.data(), size}; }
  friend auto operator<=>(const Cid&, const Cid&) = default;
};

// Bytes of the outer Entropy, in order.
class RandomBytes {
 public:
  explicit RandomBytes(Entropy& entropy) : entropy_(entropy) {}
  void fill(std::uint8_t* to, std::size_t size) {
    while (size != 0) {
      Draw draw = entropy_.draw("quic.random", count_++);
      for (int i = 0; i < 2 && size != 0; ++i) {
        const std::uint64_t word = draw.u64();
        const std::size_t n = std::min<std::size_t>(size, 8);
        for (std::size_t b = 0; b < n; ++b) to[b] = static_cast<std::uint8_t>(word >> (8 * b));
        to += n;
        size -= n;
      }
    }
  }
  Cid cid() {
    Cid out;
    out.size = kCidBytes;
    fill(out.bytes.data(), kCidBytes);
    out.bytes[0] = kCidMark;
    return out;
  }
  Draw redial() { return entropy_.draw("quic.redial", redials_++); }

 private:
  Entropy& entropy_;
  std::uint64_t count_ = 0;
  std::uint64_t redials_ = 0;
};

}  // namespace wn::quic
