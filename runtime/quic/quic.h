#pragma once
// QUIC under a Process: make_quic() is a Process whose outer Backend's Network carries DATAGRAMS (QUIC
// packets; a NodeId there is the handle of an address), and whose inner Process sees a Network of frames
// (up to kFrameBytesMax) to and from peers that have proven their keys (a NodeId there is who was
// authenticated). The same over simulated datagrams and over UDP.
//
//   - Identity: one Ed25519 seed. Mutual TLS 1.3 with raw public keys (RFC 7250), ALPN "worknode/1", no
//     tickets, no resumption; 0-RTT is not built. A configured peer must show its configured key; a dialled
//     peer must show the key that was dialled.
//   - Frames go on one long-lived unidirectional stream for each class (class_of), so that a snapshot never
//     stands before a small request; frames of `datagram_types` that fit in a packet go as QUIC DATAGRAM
//     (RFC 9221), unacknowledged by anybody. While there is no connection, frames are lost, as on any
//     network; a few are kept while one is being made.
//   - Before a client is authenticated no more bytes leave than came in (budget 1; RFC 9000 section 8 allows
//     3): every first packet is answered by a Retry without any state; half-open connections, handshakes and
//     stateless answers have limits.
//   - send(): `overloaded` when the peer's queue is full, `too_large` over kFrameBytesMax, else ok.
//
// Time: the outer clock's monotonic nanoseconds; timer slot 7 of it is QUIC's own, the inner process has 0
// ... 6. Randomness: Purpose "quic.random" and "quic.redial" of the outer Entropy. GnuTLS draws key shares by
// itself: bytes of packets differ between runs, their sizes and times don't.
// Thread rule: one event loop. Sources: RFC 9000, 9001, 9002, 9221, 7250, 8446.
#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/capability/types.h"

namespace wn::quic {

using PublicKey = capability::PublicKey;
using Seed = capability::Seed;

inline constexpr std::uint32_t kTimerSlot = 7;
inline constexpr std::uint8_t kPacketType = 200;  // `type` of the datagrams that are sent, for traces
inline constexpr std::uint32_t kPacketBytesMin = 1200;
inline constexpr std::uint32_t kPacketBytesMax = 65'000;
inline constexpr std::uint32_t kPeersMax = 4096;
inline constexpr std::uint32_t kClasses = 4;  // of frames, each with its own stream

// Who dials: of two configured peers the one with the smaller id (by_id); a client always, a server that
// serves it never.
enum class Dial : std::uint8_t { by_id, always, on_demand, never };

struct Peer {
  NodeId id;
  PublicKey key;
  NodeId address;  // the handle below; kNobody: not known until it comes
  Dial dial = Dial::by_id;
};

// Keys that no configured peer has.
enum class Clients : std::uint8_t { refuse, listed, any };

struct Limits {
  std::uint32_t connections_max = 1024;       // in any state
  std::uint32_t half_open_max = 64;           // taken, not yet authenticated, from addresses not configured
  std::uint32_t handshakes_per_second = 256;  // taken from such addresses
  std::uint32_t stateless_answers_per_second = 4096;  // Retry, Version Negotiation, Stateless Reset
  std::uint32_t queue_frames_max = 4096;              // to one peer, not yet sent
  std::uint64_t queue_bytes_max = 8U << 20;           // to one peer, not yet acknowledged
  std::uint64_t waiting_bytes_max = 64U << 10;        // to one peer, until its connection is made
  std::uint64_t stream_window = 2U << 20;             // a peer may send on one stream ahead of us
  std::uint64_t connection_window = 6U << 20;         // and on all of its streams
  // The same of those whose address is not configured: what a stranger may make us hold.
  std::uint64_t stranger_stream_window = 256U << 10;
  std::uint64_t stranger_connection_window = 1U << 20;
};

struct Options {
  NodeId self;
  Seed identity;
  std::vector<Peer> peers;  // ids, keys and known addresses are unique
  Clients clients = Clients::refuse;
  std::vector<PublicKey> listed;  // of Clients::listed
  Limits limits;
  FaultPoints* fault_points = nullptr;            // outlives it; nullptr: none are offered
  std::array<std::uint64_t, 4> datagram_types{};  // bit t of the 256: frames of type t may be lost
  // Probed for by both ends, from 1200 on (RFC 8899), as far as both allow; kPacketBytesMin ... Max. Each
  // size that is tried is a packet of that size, once for a connection.
  std::uint32_t packet_bytes_max = 16'000;
  Duration idle_timeout = seconds(3);
  Duration keep_alive = milliseconds(800);  // of dialled connections; 0: none
  Duration handshake_timeout = seconds(2);
  Duration initial_rtt = milliseconds(50);  // believed until one is measured
  Duration redial_min = milliseconds(20);   // doubles, with jitter, up to
  Duration redial_max = seconds(1);
  std::string alpn = "worknode/1";
  std::pmr::memory_resource* memory = nullptr;  // null: new and delete
};

// The numbers are those of quic_closed in traces.
enum class Closed : std::uint8_t {
  none = 0,
  by_peer,            // for a reason that we don't know
  idle,               // nothing came for idle_timeout
  handshake_timeout,  // never answered, or never finished
  wrong_key,          // not the key that this peer has
  unknown_key,        // nobody's whom we serve
  id_taken,           // another live key has this id
  wrong_protocol,     // ALPN
  wrong_version,      // no QUIC version in common
  bad_frame,          // the peer's framing is not ours
  protocol_error,     // of QUIC or TLS
  replaced,           // by a newer connection of the same peer
  reset,              // the peer has forgotten this connection (stateless reset)
  overloaded,         // a limit of ours
  shutdown,
};
inline constexpr std::uint32_t kClosedEnd = 15;
std::string_view to_string(Closed reason);

struct Stats {
  std::uint64_t connections = 0;  // now; half-open ones included
  std::uint64_t half_open = 0;    // now
  std::uint64_t half_open_high = 0;
  std::uint64_t accepted = 0;  // authenticated
  std::uint64_t dialled = 0;   // authenticated
  std::uint64_t dials = 0;     // tried
  std::array<std::uint64_t, kClosedEnd> closed{};
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;      // taken by send()
  std::uint64_t datagrams_out = 0;   // of these, as QUIC DATAGRAM
  std::uint64_t frames_refused = 0;  // overloaded
  std::uint64_t frames_unconnected = 0;
  std::uint64_t retries_sent = 0;
  std::uint64_t versions_sent = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t garbage = 0;             // packets dropped unread
  std::uint64_t refused_handshakes = 0;  // by half_open_max, handshakes_per_second or connections_max
  std::uint64_t unanswered = 0;          // by stateless_answers_per_second
  std::uint64_t withheld = 0;            // packets not sent, because more would have left than had come
  std::uint64_t migrations = 0;
  std::uint64_t library_bytes = 0;  // that ngtcp2 holds now
  std::uint64_t library_bytes_high = 0;
};

struct PeerState {
  NodeId id;
  NodeId address;  // now
  bool connected = false;
  bool dialled = false;
  Duration smoothed_rtt;
  std::uint64_t queued_bytes = 0;
};

class Endpoint : public Process {
 public:
  virtual Process& inner() = 0;
  virtual Stats stats() const = 0;
  // Configured peers and those let in, by id.
  virtual std::vector<PeerState> peers() const = 0;
  // Tells all peers that we go (best effort, one packet each). Afterwards nothing is sent or taken.
  virtual void shut_down() = 0;
};

// Who a client is that is not configured: 0x8000'0000 | 30 bits of BLAKE2b of its key.
NodeId client_id(const PublicKey& key);

// The public key of an identity.
PublicKey key_of(const Seed& identity);

// Which stream a frame of this type goes on: 0 replication (Raft, groups), 1 sync (realm, chains), 2
// requests and replies, 3 calls (rpc) and all else.
std::uint32_t class_of(std::uint8_t type);

// Marks in Options::datagram_types what loses nothing by being lost: Raft's votes, heartbeats and replies.
void allow_loss_of_raft_chatter(Options& options);

// REQUIRES valid options (unique peers, sizes in range); checked. `datagrams` must outlive the result.
std::unique_ptr<Endpoint> make_quic(Options options, const ProcessFactory& inner, Backend& datagrams);

}  // namespace wn::quic
