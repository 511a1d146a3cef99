// What leaves a connection: frames into its queues, packets out of them.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/quic/connection_impl.h"

namespace wn::quic {

namespace {

constexpr std::size_t kViewsMax = 16;  // pieces of one stream in one packet
// Bytes of a packet that a datagram cannot have: header, frame head, tag. Generous.
constexpr std::size_t kPacketOverhead = 64;

bool may_be_lost(const Options& options, std::uint8_t type) {
  return (options.datagram_types[type / 64] >> (type % 64) & 1) != 0;
}

}  // namespace

Errc Connection::push(Bytes frame, std::uint8_t type) {
  WN_CHECK(ready());
  const Limits& limits = shared_.options.limits;
  Impl& impl = *impl_;
  [[maybe_unused]] FaultPoints* const points = shared_.options.fault_points;
  if (queued_bytes() + frame.size() > limits.queue_bytes_max || WN_FAULT_POINT(points, "quic.queue-full"))
    return Errc::overloaded;
  const std::size_t fits = ngtcp2_conn_get_path_max_tx_udp_payload_size(impl.conn) - kPacketOverhead;
  if (may_be_lost(shared_.options, type) && frame.size() + 1 <= fits &&
      !WN_FAULT_POINT(points, "quic.stream-for-datagram")) {
    if (impl.datagrams.size() >= limits.queue_frames_max) return Errc::overloaded;
    impl.datagram_bytes += frame.size();
    impl.datagrams.push_back(Bytes::build(frame.size() + 1, [&](std::uint8_t* to) {
      to[0] = type;
      std::ranges::copy(frame.view(), to + 1);
    }));
    ++shared_.stats.datagrams_out;
    return Errc::ok;
  }
  OutStream& stream = impl.out[class_of(type)];
  if (stream.queue.frames_unsent() >= limits.queue_frames_max) return Errc::overloaded;
  if (stream.id < 0 && ngtcp2_conn_open_uni_stream(impl.conn, &stream.id, nullptr) != 0)
    return Errc::overloaded;
  stream.queue.push(std::move(frame), type);
  return Errc::ok;
}

// Hands the packet that lies in shared_.packet to the network. False: it may not leave.
bool Connection::emit(std::ptrdiff_t size) {
  const auto bytes = static_cast<std::size_t>(size);
  if (!ready_ && !dialled_) {
    if (bytes > budget_) {
      ++shared_.stats.withheld;
      return false;
    }
    budget_ -= bytes;
  }
  shared_.owner.send_packet(out_address_, Bytes::copy_of(ByteView{shared_.packet.data(), bytes}));
  return true;
}

void Connection::write(std::uint64_t now) {
  if (closed_ != Closed::none) return;
  if (ready_) write_datagrams(now);
  if (closed_ == Closed::none) write_streams(now);
}

void Connection::write_datagrams(std::uint64_t now) {
  Impl& impl = *impl_;
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  while (!impl.datagrams.empty()) {
    int accepted = 0;
    const Bytes& next = impl.datagrams.front();
    const ngtcp2_vec view{const_cast<std::uint8_t*>(next.data()), next.size()};
    const auto size = ngtcp2_conn_writev_datagram(impl.conn, &path.path, &info, shared_.packet.data(),
                                                  shared_.packet.size(), &accepted,
                                                  NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, &view, 1, now);
    // Too large for the peer or for a path that has become narrower: lost, as a datagram may be.
    const bool lost = size == NGTCP2_ERR_INVALID_ARGUMENT || size == NGTCP2_ERR_INVALID_STATE;
    if (accepted != 0 || lost) {
      impl.datagram_bytes -= next.size() - 1;
      impl.datagrams.pop_front();
    }
    if (size == NGTCP2_ERR_WRITE_MORE || lost) continue;
    if (size < 0) return fail_library(static_cast<int>(size), now);
    if (size == 0) return;  // the congestion window is full
    out_address_ = handle_of(path.path.remote);
    emit(size);
  }
}

// The next class in turn that has something to send and may; kClasses: none.
std::uint32_t Connection::next_class() {
  Impl& impl = *impl_;
  for (std::uint32_t i = 0; i < kClasses; ++i) {
    const std::uint32_t cls = (impl.turn + i) % kClasses;
    const OutStream& stream = impl.out[cls];
    if (stream.queue.nothing_to_send() || stream.blocked) continue;
    return cls;
  }
  return kClasses;
}

void Connection::write_streams(std::uint64_t now) {
  Impl& impl = *impl_;
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  std::array<ByteView, kViewsMax> views;
  std::array<ngtcp2_vec, kViewsMax> vectors;
  bool connection_blocked = false;
  for (;;) {
    const std::uint32_t cls = ready_ && !connection_blocked ? next_class() : kClasses;
    std::size_t count = 0;
    std::int64_t id = -1;
    std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
    if (cls != kClasses) {
      id = impl.out[cls].id;
      flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
      count = impl.out[cls].queue.next(views);
      for (std::size_t i = 0; i < count; ++i)
        vectors[i] = {const_cast<std::uint8_t*>(views[i].data()), views[i].size()};
      if (count > 0 && WN_FAULT_POINT(shared_.options.fault_points, "quic.piece-of-one-byte")) {
        count = 1;
        vectors[0].len = 1;
      }
    }
    ngtcp2_ssize taken = -1;
    const auto size =
        ngtcp2_conn_writev_stream(impl.conn, &path.path, &info, shared_.packet.data(), shared_.packet.size(),
                                  &taken, flags, id, vectors.data(), count, now);
    if (taken > 0) impl.out[cls].queue.sent(static_cast<std::uint64_t>(taken));
    if (size == NGTCP2_ERR_WRITE_MORE) {
      impl.turn = cls + 1;
      continue;
    }
    if (size == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
      // By this stream's window, or by that of all of them.
      if (ngtcp2_conn_get_max_data_left(impl.conn) == 0) {
        connection_blocked = true;
      } else {
        impl.out[cls].blocked = true;
      }
      continue;
    }
    if (size < 0) return fail_library(static_cast<int>(size), now);
    if (size == 0) return;
    if (cls != kClasses) impl.turn = cls + 1;
    out_address_ = handle_of(path.path.remote);
    emit(size);
  }
}

}  // namespace wn::quic
