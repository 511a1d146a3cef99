#pragma once
// Frame: what travels in one datagram. Little-endian header, then a Protobuf payload:
//
//   0  crc32c of everything that follows    4  magic "WN"    6  version    7  type    8  payload length    12
//   payload
//
// open_frame() is total on hostile bytes: every flipped bit, truncation and extension is an error.
// Limits: a frame is at most kFrameBytesMax (runtime/backend/network.h) whole.
#include <cstdint>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"

namespace wn::wire {

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kPayloadBytesMax = (1U << 20) - kHeaderBytes;
inline constexpr std::uint8_t kWireVersion = 1;

// 1 … 31 are the numbers of raft::MessageType.
enum class FrameType : std::uint8_t {
  raft_first = 1,
  raft_last = 31,
  client_request = 32,
  client_reply = 33,
  // 48 … 55: STRONG groups; 64 … 71: healing; 72 … 79: signed chains.
  realm_request = 40,  // 40 … 47: runtime/realm's own messages
  realm_reply = 41,
  realm_sync_request = 42,
  realm_sync_updates = 43,
  realm_snapshot_request = 44,
  realm_snapshot_part = 45,
  rpc_calls = 56,  // 56 … 63: runtime/rpc's
  rpc_replies = 57,
  rpc_cancels = 58,
  realm_section_request = 64,
  realm_section = 65,
  realm_chain_request = 72,
  realm_chain_headers = 73,
  realm_chain_proof = 74,
};

constexpr bool is_raft(FrameType type) {
  return type >= FrameType::raft_first && type <= FrameType::raft_last;
}

struct FrameView {
  FrameType type{};
  std::uint32_t payload_bytes = 0;  // they begin at kHeaderBytes
};

// corrupt: too short, wrong magic, length or checksum. unsupported: another version. too_large: over the
// limit.
[[nodiscard]] Errc open_frame(ByteView frame, FrameView& out);

// Fills in the header of a frame whose payload is already in place.
void seal_frame(std::uint8_t* frame, FrameType type, std::size_t payload_bytes);

}  // namespace wn::wire
