#pragma once
// The words of the actor room: who, what is said, and how a send can end. Values only.
// Thread rule: a System and everything that it hands out stay on one thread.
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/strong.h"

namespace wn::actor {

// A generation-tagged handle: slot in the low half, generation in the high half. It survives restarts of its
// actor and is refused (Sent::stale, Errc::not_found) after its actor has stopped, though the slot is used
// again: a slot is retired before its 32-bit generation would repeat. 0 is the world outside the system.
struct ActorId : Strong<ActorId, std::uint64_t> {
  using Strong::Strong;
  constexpr ActorId(std::uint32_t slot, std::uint32_t generation)
      : Strong((std::uint64_t{generation} << 32) | slot) {}
  constexpr std::uint32_t slot() const { return static_cast<std::uint32_t>(value); }
  constexpr std::uint32_t generation() const { return static_cast<std::uint32_t>(value >> 32); }
  constexpr explicit operator bool() const { return value != 0; }
};
inline constexpr ActorId kOutside{};

struct KindId : Strong<KindId, std::uint16_t> {
  using Strong::Strong;
};
struct TimerId : Strong<TimerId, std::uint64_t> {
  using Strong::Strong;
};

// Kinds from here up are the room's own.
inline constexpr std::uint32_t kReservedKinds = 0xFFFFFF00U;
// To a run-to-completion sender whose send was `parked`: `sender` is the receiver of the parked message,
// `correlation` is the parked message's, word[0] is the Sent that it came to (queued, timed_out, stopping).
inline constexpr std::uint32_t kSendCompleted = kReservedKinds + 1;

// The answer to a request that its receiver dropped (shed, failed, stopped): word[0] is the Errc. Past the
// mailbox's bound: it travels in the request's own memory.
inline constexpr std::uint32_t kRequestRefused = kReservedKinds + 2;

// One cache line, copied as such. The sender fills kind, correlation and words; the room fills the rest.
struct Message {
  static constexpr std::uint32_t kRequest = 1;  // the sender waits for a reply under `correlation`
  static constexpr std::uint32_t kReply = 2;    // answers the request with this `correlation`
  static constexpr std::uint32_t kBody = 4;     // bytes travel with it: Context::body()
  static constexpr std::uint32_t kCall = 8;     // the request of a fiber that waits

  std::uint32_t kind = 0;
  std::uint32_t marks = 0;  // the room's own: the flags above, and the link of the list that it stands in
  ActorId sender;
  std::uint64_t correlation = 0;
  std::array<std::uint64_t, 5> word{};

  constexpr bool is_request() const { return (marks & kRequest) != 0; }
  constexpr bool is_reply() const { return (marks & kReply) != 0; }
};
static_assert(sizeof(Message) == 64);

// What came of a send. Never silent: whatever is not queued says why.
enum class Sent : std::uint8_t {
  queued = 0,
  queued_shed_oldest,  // queued; the receiver's oldest message was dropped for it, and its caller told
  parked,              // waits for room; kSendCompleted will follow (run-to-completion senders only)
  full,                // the mailbox is full and its kind refuses, or there is nobody to park
  stale,               // no such actor (any more)
  stopping,            // the actor is being stopped, or was while the message was parked
  no_memory,           // the system's messages or parked sends are all in use
  timed_out,           // parked until its deadline
  cancelled,           // the waiting sender itself is being stopped or restarted
  over_budget,         // the handler has used up its calls
  unexpected,          // a reply that nobody waits for: late, or not to a request
};
constexpr bool is_queued(Sent sent) { return sent <= Sent::queued_shed_oldest; }
std::string_view to_string(Sent sent);
Errc to_errc(Sent sent);  // Errc::ok when queued or parked

// What came of a handler. Two registers; `why` is a literal, or lives as long as the system.
struct [[nodiscard]] Outcome {
  Errc code = Errc::ok;
  const char* why = "";
  constexpr bool ok() const { return code == Errc::ok; }
};
constexpr Outcome done() { return {}; }
constexpr Outcome failed(Errc code, const char* why) { return {code, why}; }

}  // namespace wn::actor
