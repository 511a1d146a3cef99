#pragma once
// Connection::Impl: what of a connection only the files that know ngtcp2 see.
#include <deque>
#include <optional>

#include "runtime/quic/connection.h"
#include "runtime/quic/frame_reader.h"
#include "runtime/quic/send_queue.h"
#include "runtime/quic/wire.h"

namespace wn::quic {

struct OutStream {
  explicit OutStream(std::pmr::memory_resource* memory) : queue(memory) {}
  std::int64_t id = -1;  // not opened yet
  SendQueue queue;
  bool blocked = false;  // by the peer's window, until it says more
};

struct InStream {
  std::int64_t id = -1;
  FrameReader reader;
};

struct Connection::Impl {
  explicit Impl(std::pmr::memory_resource* memory)
      : out{OutStream(memory), OutStream(memory), OutStream(memory), OutStream(memory)}, datagrams(memory) {}
  ngtcp2_conn* conn = nullptr;
  ngtcp2_crypto_conn_ref ref{};
  std::optional<TlsSession> tls;
  std::array<OutStream, kClasses> out;
  std::array<InStream, kClasses> in;
  std::pmr::deque<Bytes> datagrams;  // with their type in front
  std::uint64_t datagram_bytes = 0;
  std::uint32_t turn = 0;  // of the classes
  std::uint8_t alert = 0;  // that the peer sent or we did
};

// The table of ngtcp2's callbacks.
const ngtcp2_callbacks& library_callbacks();

}  // namespace wn::quic
