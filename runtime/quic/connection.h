#pragma once
// One QUIC connection: ngtcp2's machine, TLS, our streams and their queues. It never sends by itself: write()
// is called at the end of a turn, and what was received is handed out by the owner's calls.
// Units: nanoseconds of the owner's monotonic time. Errors: closed() says why it is over; the owner drops it.
#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/quic/cid.h"
#include "runtime/quic/library_memory.h"
#include "runtime/quic/quic.h"
#include "runtime/quic/tls.h"

struct ngtcp2_ccerr;  // of the library, which stays behind the sources

namespace wn::quic {

class Connection;

// What a connection asks of its endpoint. Called from inside of read() and write().
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // Closed::none: this key may be at the other end.
  virtual Closed judge(Connection& connection, const PublicKey& key) = 0;
  virtual void on_frame(Connection& connection, Bytes frame) = 0;
  virtual void send_packet(NodeId address, Bytes packet) = 0;
  virtual void add_cid(const Cid& cid, Connection& connection) = 0;
  virtual void remove_cid(const Cid& cid) = 0;
  virtual void reset_token(const Cid& cid, std::uint8_t* token) = 0;
  // Packets that end with this token are for this connection: from now on, or no longer.
  virtual void expect_reset(Connection& connection, ByteView token, bool expected) = 0;
};

// What all connections of an endpoint share.
struct Shared {
  const Options& options;
  const TlsIdentity& tls;
  LibraryMemory& memory;
  RandomBytes& random;
  Stats& stats;
  ConnectionOwner& owner;
  std::pmr::memory_resource* pool;
  std::vector<std::uint8_t>& packet;  // kPacketBytesMax, to write into
};

// Taken from a client whose address a Retry has proven.
struct Arrival {
  NodeId address;
  Cid client;    // its source id
  Cid retry;     // what we called ourselves in the Retry
  Cid original;  // what it called us first
  std::uint32_t version = 0;
  bool known = false;  // a configured peer's address
  Bytes token;
};

class Connection {
 public:
  // Dials: `expected` is the key that must answer.
  Connection(const Shared& shared, NodeId peer, const PublicKey& expected, NodeId address, std::uint64_t now);
  Connection(const Shared& shared, const Arrival& arrival, std::uint64_t now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read(NodeId from, ByteView packet, std::uint64_t now);
  // Sends all that may leave now.
  void write(std::uint64_t now);
  // When write() must be called next, at the latest, after on_expiry().
  std::uint64_t expiry() const;
  void on_expiry(std::uint64_t now);
  // REQUIRES ready(). ok or overloaded.
  Errc push(Bytes frame, std::uint8_t type);
  // Tells the peer, once, and is closed then.
  void close(Closed reason, std::uint64_t now);

  Closed closed() const { return closed_; }
  bool ready() const { return ready_ && closed_ == Closed::none; }  // authenticated both ways
  bool dialled() const { return dialled_; }
  NodeId peer() const { return peer_; }  // expected, and proven when ready
  void set_peer(NodeId peer) { peer_ = peer; }
  const PublicKey& key() const { return key_; }
  NodeId address() const { return address_; }
  Duration smoothed_rtt() const;
  std::uint64_t queued_bytes() const;
  std::size_t held_bytes() const;  // of frames that are not whole
  // For the endpoint's lists.
  std::uint64_t number = 0;
  std::uint64_t opened_at = 0;
  std::vector<Cid> cids;
  std::vector<Cid> resets;  // keyed hashes of tokens
  std::uint64_t armed = ~0ULL;
  bool dirty = false;
  bool counted_half_open = false;
  bool was_ready = false;

 private:
  friend struct Callbacks;
  struct Impl;
  void set_up_tls(bool server);
  void fail_library(int error, std::uint64_t now);
  void say_closed(const ngtcp2_ccerr& told, std::uint64_t now);
  void write_datagrams(std::uint64_t now);
  void write_streams(std::uint64_t now);
  bool emit(std::ptrdiff_t size);
  std::uint32_t next_class();

  Shared shared_;
  std::unique_ptr<Impl> impl_;
  NodeId peer_;
  PublicKey key_;
  NodeId address_;
  NodeId out_address_;  // of the packet that lies ready
  bool dialled_ = false;
  bool ready_ = false;
  Closed closed_ = Closed::none;
  Closed judged_ = Closed::none;  // what refused the key
  std::uint64_t budget_ = 0;      // bytes that may leave before the client is authenticated
};

}  // namespace wn::quic
