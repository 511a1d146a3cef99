#pragma once
// What a call is. Everything that bounds one is part of its type and has no default: a call without a
// deadline, hop budget, limits, idempotency key and capability does not compile.
//
// Units: Instants are readings of the local monotonic clock; what travels is relative (nodes' clocks differ).
// Thread rule: values.
#include <compare>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn::rpc {

inline constexpr std::uint32_t kDepthMax = 16;    // calls that rest on one another
inline constexpr std::uint32_t kHopsMax = 32;     // that anybody may ask for
inline constexpr std::uint32_t kItemsMax = 4096;  // of one request or response
inline constexpr std::size_t kCapabilityBytesMax = 4096;
inline constexpr std::size_t kSignatureBytesMax = 128;
inline constexpr std::uint32_t kPromisesMax = 16;          // that one call may rest on
inline constexpr std::size_t kEvidenceBytesMax = 256;      // given out with a verdict
inline constexpr std::size_t kFrameBytesMax = 256U << 10;  // of one payload that is sent or taken

// A number that must be given: no default.
template <class Tag, class Rep>
struct Given {
  constexpr explicit Given(Rep v) : value(v) {}
  Rep value;
  friend constexpr bool operator==(const Given&, const Given&) = default;
};

using Method = Given<struct MethodTag, std::uint32_t>;
using Deadline = Given<struct DeadlineTag, Instant>;    // an answer after it is of no use
using HopBudget = Given<struct HopTag, std::uint32_t>;  // nodes that the call and its nested ones may pass
using RequestBytes = Given<struct RequestTag, std::uint32_t>;    // of all items; beyond: refused unsent
using ResponseBytes = Given<struct ResponseTag, std::uint32_t>;  // of all items; beyond: a verdict
using ResponseItems = Given<struct ItemsTag, std::uint32_t>;
using Capability = Given<struct CapabilityTag, Bytes>;  // the token's bytes; empty: none is asked for here

// Which operation this is, whoever carries it and how often: it takes effect once. `caller` is who wants it
// (a client or a node), `number` is his own, never used for another operation, not even after a restart.
struct IdempotencyKey {
  constexpr IdempotencyKey(NodeId who, std::uint64_t n) : caller(who), number(n) {}
  NodeId caller;
  std::uint64_t number;
  friend constexpr auto operator<=>(const IdempotencyKey&, const IdempotencyKey&) = default;
};

// A call that this endpoint made; ascending, never used again by this incarnation. 0: none.
struct CallId : Strong<CallId, std::uint64_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};
// A call that this endpoint was asked to carry out. 0: none.
struct Incoming : Strong<Incoming, std::uint64_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};

// Item `field` of the result of an earlier call to the same node that has not ended here yet. (One that has:
// its result is here, pass that.)
struct Promise {
  CallId call;
  std::uint32_t field = 0;
};
// A target that is a promise is an item of 16 bytes: the id's halves, big-endian.
using Target = std::variant<WorknodeId, Promise>;
using Argument = std::variant<Bytes, Promise>;
Bytes bytes_of(WorknodeId worknode);
bool worknode_from(ByteView bytes, WorknodeId& out);

// What a handler gives back: items whose meaning is the method's, and the kind that the method declares.
struct Payload {
  std::uint32_t kind = 0;
  std::vector<Bytes> items;
};

struct CallSpec {
  NodeId to;
  Method method;
  Target target;
  Deadline deadline;
  HopBudget hops;
  RequestBytes request_bytes;
  ResponseBytes response_bytes;
  ResponseItems response_items;
  IdempotencyKey key;
  Capability capability;
  std::vector<Argument> arguments = {};
  // The call whose handler makes this one: the remaining deadline, the hops less one, the depth plus one and
  // the handler's budget of calls are taken from there. None: this call is the first of its chain.
  Incoming parent = {};
  bool sign = false;          // the answer must be signed by `to`
  std::uint64_t context = 0;  // comes back with the outcome
};

// How a call ended. The order is that of the wire; new ones at the end.
enum class Status : std::uint8_t {
  done = 1,
  failed,          // the handler says so, by an error code and items of its own
  denied,          // the capability does not allow it
  timed_out,       // the deadline passed: whether it took effect is not known
  cancelled,       // the caller took it back: whether it took effect is not known
  overloaded,      // a limit of the callee or of this endpoint: it took no effect
  too_large,       // beyond the call's own limits, or the method's
  no_hops,         // the hop budget is used up
  too_deep,        // kDepthMax
  no_calls_left,   // the handler's budget of calls is used up: calls that grow with the data
  broken_promise,  // it rested on a call that did not end well
  unknown_method,
  unknown_outcome,  // the callee has restarted, or has forgotten: whether it took effect is not known
  key_reused,       // the key stands for another operation there
  stale,            // a late copy of what has ended
  introduce,        // on the wire only: not before you know which incarnation I am
  bad_response,     // what came is not an answer to this call; a verdict says what
};
inline constexpr std::uint8_t kStatusEnd = 18;
std::string_view to_string(Status status);
// It certainly took no effect.
bool took_no_effect(Status status);

// What is wrong with an answer.
enum class Verdict : std::uint8_t {
  malformed = 1,  // not of the format at all
  wrong_type,     // not the kind that the method declares
  too_large,
  too_many_items,
  bad_signature,  // asked for and missing, or not the callee's
  unknown_call,   // no such call was ever made
  wrong_status,   // one that no callee says, or that contradicts itself
  equivocation,   // two answers to one attempt that differ
  stale,          // the call has ended, or belongs to an earlier incarnation of ours: a network can do that
};
inline constexpr std::uint8_t kVerdictEnd = 10;
std::string_view to_string(Verdict verdict);
// No honest peer over a lossy, duplicating, reordering network gets this verdict.
constexpr bool proves_fault(Verdict verdict) { return verdict != Verdict::stale; }

// A method that this realm's nodes have; the same table everywhere.
struct MethodSpec {
  std::uint32_t method = 0;
  std::uint32_t response_kind = 0;
  std::uint32_t request_bytes_max = 0;
  std::uint32_t response_bytes_max = 0;
  std::uint32_t response_items_max = 0;
  // Carrying it out again does no harm (it reads, or its handler knows the key durably): it may be sent again
  // also after the callee has restarted.
  bool repeatable = false;
};

}  // namespace wn::rpc
