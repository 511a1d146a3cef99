// The receiving side of UdpNetwork.
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/real/udp_batch.h"

namespace wn::real {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// An IPv4 peer of an IPv6 socket is known by its IPv4 address.
SocketAddress plain(const SocketAddress& address) {
  if (!address.six || !std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.host.begin()))
    return address;
  SocketAddress out{.port = address.port};
  std::memcpy(out.host.data(), address.host.data() + 12, 4);
  return out;
}

struct Notes {
  std::size_t segment = 0;    // UDP_GRO: the message is frames of that size; 0: it is one frame
  std::uint32_t dropped = 0;  // SO_RXQ_OVFL: since the socket was opened
  bool has_dropped = false;
};

Notes read_notes(msghdr& header) {
  Notes out;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
      int size = 0;
      std::memcpy(&size, CMSG_DATA(c), sizeof size);
      out.segment = size > 0 ? static_cast<std::size_t>(size) : 0;
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&out.dropped, CMSG_DATA(c), sizeof out.dropped);
      out.has_dropped = true;
    }
  }
  return out;
}

}  // namespace

void UdpNetwork::receive() {
  for (std::size_t call = 0; call < kReceiveCallsPerTurn; ++call) {
    const std::span<std::uint8_t> memory = loop_.scratch(kReceivesPerCall * kReceiveBytes);
    for (std::size_t i = 0; i < kReceivesPerCall; ++i) {
      batch_->part[i] = {.iov_base = memory.data() + i * kReceiveBytes, .iov_len = kReceiveBytes};
      msghdr& header = batch_->message[i].msg_hdr;
      header = {};
      header.msg_name = &batch_->address[i];
      header.msg_namelen = sizeof batch_->address[i];
      header.msg_iov = &batch_->part[i];
      header.msg_iovlen = 1;
      header.msg_control = batch_->control[i].bytes.data();
      header.msg_controllen = batch_->control[i].bytes.size();
    }
    ++stats_.receive_calls;
    const int messages =
        recvmmsg(socket_.get(), batch_->message.data(), kReceivesPerCall, MSG_DONTWAIT, nullptr);
    if (messages < 0) {
      if (errno == EINTR) continue;
      return;  // nothing there, or an error that a datagram of ours caused: it is cleared by being told
    }
    take_batch(messages);
    const bool drained = static_cast<std::size_t>(messages) < kReceivesPerCall;
    // A receiver may do anything but destroy us, which it is told not to; so the list is taken whole first.
    std::vector<std::pair<NodeId, Bytes>> inbox;
    inbox.swap(inbox_);
    Instant flushed = loop_.now();
    for (const auto& [from, frame] : inbox) {
      deliver_(from, frame);
      if (queue_.empty()) continue;
      // In a long turn the first answers leave while the others are being made.
      const Instant now = loop_.now();
      if (now - flushed < kTurnSlice) continue;
      flush();
      flushed = now;
    }
    inbox.clear();
    inbox_.swap(inbox);
    if (drained) return;
  }
}

// Copies what came into blocks that neighbours share, and says whom each is from.
std::size_t UdpNetwork::take_batch(int messages) {
  const auto count = static_cast<std::size_t>(messages);
  std::size_t first = 0;
  while (first < count) {
    std::size_t bytes = 0;
    std::size_t last = first;
    do {
      bytes += batch_->message[last++].msg_len;
    } while (last < count && bytes + batch_->message[last].msg_len <= kSharedBlockBytes);
    const Bytes block = Bytes::build(bytes, [&](std::uint8_t* to) {
      for (std::size_t i = first; i < last; ++i) {
        std::memcpy(to, batch_->part[i].iov_base, batch_->message[i].msg_len);
        to += batch_->message[i].msg_len;
      }
    });
    std::size_t at = 0;
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t length = batch_->message[i].msg_len;
      const Notes notes = read_notes(batch_->message[i].msg_hdr);
      if (notes.has_dropped) stats_.kernel_dropped = notes.dropped;
      const NodeId from = table_.hear_from(plain(from_kernel(&batch_->address[i])));
      const std::size_t step = notes.segment == 0 ? std::max<std::size_t>(length, 1) : notes.segment;
      for (std::size_t offset = 0; offset == 0 || offset < length; offset += step) {
        inbox_.emplace_back(from, block.slice(at + offset, std::min(step, length - offset)));
        ++stats_.received;
      }
      stats_.received_bytes += length;
      at += length;
    }
    first = last;
  }
  return inbox_.size();
}

}  // namespace wn::real
