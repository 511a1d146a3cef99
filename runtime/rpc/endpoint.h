#pragma once
// Endpoint: one node's end of all its calls, both ways, as a value that steps. No clock, no I/O, no threads:
// time and randomness come in as numbers; what is to be sent, delivered and told comes out.
//
//   const auto call = endpoint.call(moment, spec, effects);      // a typed refusal at once, or an id
//   endpoint.flush(moment, effects);                             // once a turn: what waits for a peer,
//   together
//   ... effects.sends -> network -> the peer's receive() -> effects.deliveries -> reply() -> flush() ...
//   effects.completions: each accepted call ends exactly once, at its deadline at the latest.
//
// Promises
//   - A call takes effect at most once while the callee lives: it remembers outcomes by call and key, and
//     refuses what it can no longer tell apart (RIFL, Lee et al. SOSP'15: the caller says which calls it
//     still waits for). After a restart of the callee only `repeatable` methods are sent again; others end
//     with unknown_outcome. Effects that must survive a restart once are the handler's to key durably.
//   - Work past its deadline is withdrawn, at the callee too; a nested call never outlives the one above it.
//   - Calls that rest on one another (Promise) go out together: one round trip for the chain.
//   - Memory: at most peer_bytes_max for a peer, both ways, bytes_max for all, peers_max peers. Credit for
//     calls and bytes is given by the callee and counted by what is unanswered, so lost frames lose no
//     credit.
//   - Retries take from a bucket: at most retry_percent of the calls.
//   - What is refused is answered with no more bytes than came, or not at all.
//   - A wrong answer never ends in a crash but in a Judgement with bounded evidence.
//
// Errors: typed, in completions and refusals; hostile bytes are refused whole. Limits: Options and types.h.
// Thread rule: one thread. Determinism: a pure function of its inputs.
#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/fault_point.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"
#include "runtime/rpc/types.h"

namespace wn::rpc {

// Signatures are another room's; the driver lends them. Bytes to sign say all of an answer: for which
// protocol, realm, callee, caller and call it is (codec.h: SignedAnswer).
class Signatures {
 public:
  virtual ~Signatures() = default;
  virtual Bytes sign(ByteView bytes) = 0;  // at most kSignatureBytesMax
  virtual bool verify(NodeId signer, ByteView bytes, ByteView signature) = 0;
};

struct Options {
  NodeId node;
  std::uint64_t incarnation = 0;    // not 0, and greater at each start of this node
  std::vector<MethodSpec> methods;  // ascending by number
  std::vector<NodeId> members;  // ascending; strangers may not crowd them out: half of bytes_max is theirs
  Signatures* signatures = nullptr;  // outlives the endpoint; null: signed answers cannot be asked for
  std::uint64_t realm = 0;           // the realm's name; signed into every answer

  std::uint32_t peers_max = 256;
  std::size_t bytes_max = 16U << 20;      // held for all peers
  std::size_t peer_bytes_max = 1U << 20;  // held for one, both directions
  std::uint32_t peer_calls_max = 256;     // unanswered, each direction
  std::uint32_t window_calls = 32;        // credit before a peer has said how much it gives
  std::uint32_t window_bytes = 64U << 10;
  std::uint32_t outcomes_max = 1024;    // remembered for one peer
  Duration outcome_kept = seconds(10);  // after its call's deadline
  std::uint32_t calls_per_handler = 1024;

  Duration margin = microseconds(200);  // taken off a deadline at each hop, with the measured round trip
  Duration retry_after =
      milliseconds(50);  // at first; doubles, with jitter, and never below twice the round trip
  std::uint32_t attempts_max = 4;
  std::uint32_t retry_percent = 10;  // of calls
  std::uint32_t retry_burst = 10;    // that the bucket holds at most
  Duration peer_idle = seconds(60);  // a peer of whom nothing is held is forgotten after this
  Defect defect = Defect::none;
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};

struct Moment {
  Instant now;  // never decreases
};

// The numbers are those of the frames that carry them (wire::FrameType).
enum class MessageKind : std::uint8_t { calls = 56, replies = 57, cancels = 58 };

struct Outgoing {
  NodeId to;
  MessageKind kind{};
  Bytes payload;
};
// Carry this out and reply(). Promises have become items by now.
struct Delivery {
  Incoming call;
  NodeId from;
  std::uint32_t method = 0;
  WorknodeId target;
  IdempotencyKey key{kNobody, 0};
  Bytes capability;
  std::vector<Bytes> arguments;
  Instant deadline;  // local
  std::uint32_t hops = 0;
  std::uint32_t depth = 0;
  std::uint32_t response_bytes = 0;
  std::uint32_t response_items = 0;
};
// Stop working on it: nobody waits for it any more. reply() for it is harmless.
struct Withdrawal {
  Incoming call;
  Status reason{};  // timed_out, cancelled
};
struct Completion {
  CallId call;
  NodeId peer;
  std::uint64_t context = 0;
  Status status{};
  Errc error = Errc::ok;  // of `failed`
  Payload result;
};
struct Judgement {
  NodeId peer;
  CallId call;
  std::uint32_t method = 0;
  Verdict verdict{};
  Bytes evidence;  // the answer's bytes, cut at kEvidenceBytesMax
};
struct Note {
  TraceKind kind{};
  std::array<std::uint64_t, 5> field{};
};

// Reused from step to step; the driver carries out in this order and clears.
struct Effects {
  std::vector<Outgoing> sends;
  std::vector<Delivery> deliveries;
  std::vector<Withdrawal> withdrawals;
  std::vector<Completion> completions;
  std::vector<Judgement> judgements;
  std::vector<Note> notes;
  std::vector<Claim> sometimes;
  void clear();
};

// What a handler answers. error: of `failed`.
struct Answer {
  Status status = Status::done;  // done, failed, denied, overloaded, timed_out or unknown_outcome
  Errc error = Errc::ok;
  Payload result;
};

struct Usage {
  std::size_t peers = 0;
  std::size_t bytes = 0;      // held for all peers
  std::size_t calls = 0;      // made and not ended
  std::size_t incoming = 0;   // taken and not answered
  std::size_t outcomes = 0;   // remembered
  std::uint64_t retries = 0;  // since the start
  std::uint64_t refused = 0;  // of others' calls
};
struct Credit {  // of calls to one peer
  std::uint32_t calls_window = 0, calls_used = 0;
  std::uint32_t bytes_window = 0, bytes_used = 0;
};

struct State;  // state.h

class Endpoint {
 public:
  Endpoint(const Options& options, std::pmr::memory_resource* memory);
  ~Endpoint();
  Endpoint(Endpoint&&) noexcept;
  Endpoint& operator=(Endpoint&&) noexcept;

  // The refusal is the outcome: nothing was sent and no completion comes.
  std::expected<CallId, Status> call(const Moment& moment, const CallSpec& spec, Effects& effects);
  // Ends it with `cancelled` and tells the callee. A call that has ended: nothing.
  void cancel(const Moment& moment, CallId call, Effects& effects);
  // ok; not_found: withdrawn meanwhile; too_large: beyond what caller or method allow (the caller is told).
  Errc reply(const Moment& moment, Incoming call, Answer answer, Effects& effects);
  void receive(const Moment& moment, NodeId from, MessageKind kind, ByteView payload, Effects& effects);
  // Sends what has been gathered since the last flush, a frame for each peer and direction.
  void flush(const Moment& moment, Effects& effects);
  // `draw` is fresh randomness. A tick before next_deadline() is harmless.
  void tick(const Moment& moment, std::uint64_t draw, Effects& effects);
  Instant next_deadline() const;  // Instant::max(): nothing is due

  Usage usage() const;
  Credit credit(NodeId peer) const;
  Duration round_trip(NodeId peer) const;  // smoothed; zero: not measured yet
  std::string broken_invariant() const;    // empty: all hold

 private:
  std::unique_ptr<State> state_;
};

}  // namespace wn::rpc
