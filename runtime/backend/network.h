#pragma once
// Datagrams between processes. Unreliable: a frame may be lost, late, duplicated, reordered or damaged, and
// the sender is never told. The receiver must check integrity itself.
#include <cstdint>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"

namespace wn {

inline constexpr std::uint32_t kFrameBytesMax = 1U << 20;

class Network {
 public:
  virtual ~Network() = default;

  // Queues one frame for `to`. `type` is a small number for traces and pictures only (the frame's kind).
  // Returns ok, too_large (frame > kFrameBytesMax; below QUIC, of a real network, > 65,507) or overloaded
  // (the outgoing queue is at its limit). Sending to oneself or to an unknown peer is ok and delivers
  // nothing.
  [[nodiscard]] virtual Errc send(NodeId to, Bytes frame, std::uint8_t type) = 0;
};

}  // namespace wn
