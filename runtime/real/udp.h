#pragma once
// UdpNetwork: the datagram network of one real node: a UDP socket on a Loop. What a NodeId means here is an
// address (address_table.h); who speaks from there is for the layer above to find out.
//
// Frames are queued by send() and leave together when the loop's turn ends: one system call for up to 64
// messages, and of frames of one size to one address up to 64 in one message (UDP_SEGMENT), where the kernel
// takes that. Received ones come in batches too (recvmmsg, UDP_GRO), as slices of few allocations; they are
// handed on from the loop alone, never from inside of a call. As the seam says, nobody is told of a frame
// that was lost: when the kernel refuses one (no route, a filter, larger than the path's MTU), it is counted.
//
// Limits: frames of kDatagramBytesMax (too_large), UdpOptions (overloaded). Frames are never fragmented.
// Thread rule: the loop's thread. Must not be destroyed from inside of its own `deliver`.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/backend/network.h"
#include "runtime/real/address_table.h"
#include "runtime/real/descriptor.h"
#include "runtime/real/loop.h"

namespace wn::real {

inline constexpr std::uint32_t kDatagramBytesMax = 65'507;

struct UdpPeer {
  NodeId id;
  SocketAddress address;
};

struct UdpOptions {
  NodeId self;  // frames to oneself deliver nothing
  SocketAddress bind = loopback();
  std::vector<UdpPeer> peers;
  std::uint32_t socket_buffer_bytes = 4U << 20;  // each way; the kernel may give less
  std::uint32_t outgoing_datagrams_max = 8192;
  std::uint64_t outgoing_bytes_max = 32U << 20;
  std::uint32_t path_handles_max = 4096;
  bool segments = true;    // UDP_SEGMENT
  bool coalesce = true;    // UDP_GRO
  bool fragments = false;  // the network may fragment what is larger than the path's MTU; QUIC forbids it
};

struct UdpStats {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t send_calls = 0;
  std::uint64_t segmented = 0;    // frames that left as a part of a larger message
  std::uint64_t send_failed = 0;  // frames that the kernel refused
  std::uint64_t too_large = 0;
  std::uint64_t overloaded = 0;
  std::uint64_t unknown = 0;  // sent to a handle that is not known
  std::uint64_t received = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t receive_calls = 0;
  std::uint64_t kernel_dropped = 0;  // because the receive buffer was full
  std::uint64_t handles = 0;         // of paths, at present
  std::uint64_t handles_evicted = 0;
  std::uint64_t rebinds = 0;
};

class UdpNetwork final : public Network {
 public:
  using Deliver = std::function<void(NodeId from, const Bytes& frame)>;
  // already_exists: the address is in use; not_found: the machine does not have it; io_error, overloaded.
  static Result<std::unique_ptr<UdpNetwork>> open(Loop& loop, UdpOptions options, Deliver deliver);
  ~UdpNetwork() override;

  [[nodiscard]] Errc send(NodeId to, Bytes frame, std::uint8_t type) override;
  // Sends what is queued now, as far as the kernel takes it.
  void flush();

  // Where this socket is, with the port that it got.
  SocketAddress local() const { return local_; }
  // A new socket on the same host address and a free port, as when a middlebox forgets a mapping or a machine
  // changes networks; what is queued leaves from there. On an error the old socket stays.
  Result<SocketAddress> rebind();
  // From now on that is where the peer is; one that was not configured is from now on.
  void set_peer(NodeId id, const SocketAddress& address) { table_.configure(id, address); }
  const SocketAddress* address_of(NodeId id) const { return table_.find(id); }

  UdpStats stats() const;
  std::size_t queued() const { return queue_.size(); }

 private:
  struct Outgoing {
    SocketAddress to;
    Bytes frame;
  };
  struct Batch;
  UdpNetwork(Loop& loop, UdpOptions options, Deliver deliver);
  Result<Descriptor> open_socket(const SocketAddress& bind) const;
  Result<SocketAddress> adopt(Descriptor socket);
  void on_ready(std::uint32_t readiness);
  void receive();
  std::size_t take_batch(int messages);
  void want_writable(bool wanted);
  std::size_t build_batch();
  std::size_t run_length(std::size_t at) const;
  bool send_batch(std::size_t messages);
  void drop_message(std::size_t frames, int error);

  Loop& loop_;
  UdpOptions options_;
  Deliver deliver_;
  AddressTable table_;
  Descriptor socket_;
  SocketAddress local_;
  std::deque<Outgoing> queue_;
  std::uint64_t queued_bytes_ = 0;
  bool flush_due_ = false;
  bool writable_wanted_ = false;
  bool segments_work_ = true;
  std::uint32_t alone_ = 0;  // so many frames at the queue's head leave one by one
  std::unique_ptr<Batch> batch_;
  std::vector<std::pair<NodeId, Bytes>> inbox_;
  std::shared_ptr<bool> alive_;
  UdpStats stats_;
};

}  // namespace wn::real
