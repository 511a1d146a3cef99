#pragma once
// The memory of sendmmsg and recvmmsg: what is in it matters during one call alone.
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>

#include "runtime/real/udp.h"

namespace wn::real {

inline constexpr std::size_t kMessagesPerCall = 64;
inline constexpr std::size_t kSegmentsMax = 64;            // of one message: the kernel's UDP_MAX_SEGMENTS
inline constexpr std::size_t kSegmentedBytesMax = 65'000;  // of one message: below what an IP packet may have
inline constexpr std::size_t kReceivesPerCall = 16;
inline constexpr std::size_t kReceiveBytes = 65'536;      // for each message
inline constexpr std::size_t kReceiveCallsPerTurn = 8;    // then others have their turn
inline constexpr Duration kTurnSlice = microseconds(20);  // of receiving, then what waits to be sent leaves
inline constexpr std::size_t kSharedBlockBytes = 16'384;  // small frames of a batch share a block up to that

struct UdpNetwork::Batch {
  std::array<mmsghdr, kMessagesPerCall> message;
  std::array<iovec, kMessagesPerCall * 16> part;
  std::array<sockaddr_in6, kMessagesPerCall> address;
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(int)) * 2> bytes;
  };
  std::array<Control, kMessagesPerCall> control;
  std::array<std::uint32_t, kMessagesPerCall> frames;  // of each message
};

}  // namespace wn::real
