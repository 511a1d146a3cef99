#pragma once
// The endpoint: connections by id, peers by node, and the two faces of the room: a Process to the datagrams
// below, a Backend to the process above.
//   endpoint.cpp  the faces, the turn
//   peers.cpp     who is who: dialling, judging keys, opening and closing
#include <map>
#include <set>

#include "runtime/quic/connection.h"
#include "runtime/quic/gate.h"

namespace wn::quic {

// Somebody that frames can be sent to.
struct Remote {
  explicit Remote(std::pmr::memory_resource* memory) : waiting(memory) {}
  NodeId id;
  PublicKey key;
  NodeId address;
  bool configured = false;
  bool may_dial = false;
  bool always = false;
  Connection* live = nullptr;
  Connection* dialling = nullptr;
  std::uint64_t dial_at = 0;  // not before
  std::uint64_t due = ~0ULL;  // the entry in redials_
  std::uint32_t failures = 0;
  std::pmr::vector<std::pair<Bytes, std::uint8_t>> waiting;
  std::uint64_t waiting_bytes = 0;
};

class QuicEndpoint final : public Endpoint, private ConnectionOwner, private Network, private Clock {
 public:
  QuicEndpoint(Options options, const ProcessFactory& inner, Backend& datagrams);
  ~QuicEndpoint() override;

  void on_start() override;
  void on_message(NodeId from, const Bytes& packet) override;
  void on_timer(std::uint32_t slot) override;
  void on_disk(DiskCompletion completion) override;
  void on_control(const Bytes& command) override;
  Process& inner() override { return *inner_; }
  Stats stats() const override;
  std::vector<PeerState> peers() const override;
  void shut_down() override;
  void inspect(Inspector& to) const override;  // the connections, then the inner process

 private:
  // The Backend of the inner process.
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override;
  Instant monotonic_now() const override { return outer_.clock.monotonic_now(); }
  WallTime wall_now() const override { return outer_.clock.wall_now(); }
  void arm(std::uint32_t slot, Instant deadline) override;
  void disarm(std::uint32_t slot) override;

  // ConnectionOwner.
  Closed judge(Connection& connection, const PublicKey& key) override;
  void on_frame(Connection& connection, Bytes frame) override;
  void send_packet(NodeId address, Bytes packet) override;
  void add_cid(const Cid& cid, Connection& connection) override;
  void remove_cid(const Cid& cid) override;
  void reset_token(const Cid& cid, std::uint8_t* token) override;
  void expect_reset(Connection& connection, ByteView token, bool expected) override;

  // --- endpoint.cpp
  void tick();
  Connection* find(const Cid& to, ByteView packet);
  // What a callback left to be written is written by the timer, at once: on a real machine after all the
  // packets of this turn, so that they are answered together.
  void finish();
  void flush();  // writes what may leave, buries what is closed, arms the timer
  void settle(Connection& connection);
  void deliver();
  void touch(Connection& connection);
  void schedule(Connection& connection, std::uint64_t at);
  void arm_timer();

  // --- peers.cpp
  void add_peers();
  void accept(Arrival arrival, ByteView packet);
  bool has_room(NodeId address);
  Connection& take(std::unique_ptr<Connection> connection);
  void dial(Remote& remote);
  void dial_later(Remote& remote, std::uint64_t lived);
  void dial_due();
  void opened(Connection& connection);
  void install(Remote& remote, Connection& connection);
  void bury(Connection& connection);
  Remote* find(NodeId id);
  Remote* by_key(const PublicKey& key);
  bool configured_address(NodeId address) const;

  Options options_;
  Backend& outer_;
  std::pmr::memory_resource* memory_;
  PublicKey key_;
  TlsIdentity tls_;
  LibraryMemory library_;
  RandomBytes random_;
  Stats stats_;
  std::vector<std::uint8_t> packet_;
  Shared shared_;
  Gate gate_;
  Backend inner_backend_;

  std::pmr::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::pmr::map<Cid, Connection*> cids_;
  std::pmr::map<Cid, Connection*> resets_;  // by the names of the tokens that their peers have told
  std::pmr::map<NodeId, Remote> remotes_;
  std::pmr::set<NodeId> addresses_;                                // of configured peers
  std::pmr::set<std::pair<std::uint64_t, std::uint64_t>> timers_;  // (when, connection)
  std::pmr::set<std::pair<std::uint64_t, NodeId>> redials_;
  std::pmr::vector<Connection*> dirty_;
  struct Received {
    NodeId from;
    Bytes frame;
  };
  std::pmr::vector<Received> received_;  // in this packet
  std::uint64_t numbers_ = 0;            // of connections
  std::uint64_t now_ = 0;
  std::uint64_t armed_ = ~0ULL;
  std::uint64_t dirty_since_ = 0;
  std::uint64_t second_ = 0;
  std::uint32_t handshakes_ = 0;  // in that second
  bool stopped_ = false;
  std::unique_ptr<Process> inner_;  // the last: it may use all of the above while it ends
};

}  // namespace wn::quic
