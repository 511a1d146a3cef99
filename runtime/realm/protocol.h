#pragma once
// Requests and replies between a client and the replica that serves it. Plain values; codec.h encodes them.
//
// Each operation has a mode (runtime/base/mode.h): LOCAL and EVENTUAL ones are answered by the replica that
// is asked, STRONG ones by the Raft group that owns the worknode, wherever they are asked for.
//
// A client is served by one replica (its home): what it did is there, also after a restart. Sending an
// operation again to the same replica is harmless: (client, operation) takes effect once there; a STRONG one
// takes effect once wherever it is sent. A client that goes on at another replica shows its session, what it
// has seen so far: a replica that lacks some of it does not serve, so the client reads its own writes, and
// its reads and writes come after all that it had read (Terry et al., "Session guarantees for weakly
// consistent replicated data", PDIS 1994). It moves on between operations alone, never in the middle of one.
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/mode.h"
#include "runtime/base/result.h"

namespace wn::realm {

inline constexpr std::size_t kTokenBytesMax = 4096;
inline constexpr std::size_t kSessionBytesMax = 32U << 10;  // a causality::VersionVector, encoded

// Plans and people call worknodes by number: 0 is the realm's root, the first tree's are numbered on breadth
// first (number n lies under number (n - 1) / fan_out), later ones have a number that the plan gives once.
// The ids are those of tree::genesis_id: 15 + n.
inline constexpr WorknodeId kRealmRoot{.high = 0, .low = 1};
inline constexpr WorknodeId kRealmTrash{.high = 0, .low = 2};
constexpr WorknodeId numbered(std::uint64_t number) {
  return number == 0 ? kRealmRoot : WorknodeId{.high = 0, .low = 15 + number};
}
// The inverse, from an id's low half.
constexpr std::uint64_t number_of(std::uint64_t low) { return low <= kRealmRoot.low ? 0 : low - 15; }

inline constexpr std::size_t kReplyItemsMax = 10'000;  // elements in one reply

// The order from `add` to `publish` is that of faults::OpFunction, which the workloads translate.
enum class Function : std::uint8_t {
  get = 1,  // `property`
  put,      // `value` into the register
  append,   // `value` at the end of the text
  add,      // `value` to the counter `property`: count or budget
  spend,    // `value` from the bounded counter
  include,  // `value` into the set
  exclude,  // `value` from the set
  nest,     // `value` into the set under `key` of the map
  create,   // `worknode` under `other`
  move,     // `worknode` under `other`
  trash,
  restore,
  query,    // descendants, at most `limit`
  call,     // sum of the counters of the children, by calling each
  crash,    // the handler fails
  revoke,   // the token whose last link has the number `value`
  publish,  // `value`: the version of the schema
  cas,      // STRONG: `value` into the register, if `expected` is in it
};
inline constexpr std::uint8_t kFunctionEnd = 19;
// Functions that an operation of that mode can have.
bool has_mode(Function function, Mode mode);
std::string_view to_string(Function function);

// A worknode's properties in these scenarios; the numbers are those of the schema's fields.
enum class Property : std::uint32_t {
  title = 1,  // last-writer-wins register: an integer (in the oldest version of the schema: its decimal text)
  count,      // PN-counter
  tags,       // add-wins set of integers
  groups,     // map from integers to add-wins sets of integers
  budget,     // bounded counter
  text,       // sequence of integers
};
inline constexpr std::uint32_t kPropertyEnd = 7;

enum class Right : std::uint32_t {
  read = 1U << 0,
  write = 1U << 1,
  create = 1U << 2,
  move = 1U << 3,
  remove = 1U << 4,
  call = 1U << 5,
  delegate = 1U << 6,
  revoke = 1U << 7,
  query = 1U << 8,
  publish = 1U << 9,
};
inline constexpr std::uint32_t kAllRights = (1U << 10) - 1;
// The right that a function needs on its worknode (and, for create and move, on `other`).
Right right_of(Function function);

struct Request {
  std::uint64_t operation = 0;  // the client's running number, ascending; comes back in the reply
  std::uint32_t attempt = 0;    // 1, 2, 3 … of this operation; comes back in the reply
  Function function = Function::get;
  WorknodeId worknode;
  WorknodeId other;
  Property property = Property::title;
  std::int64_t value = 0;
  std::int64_t key = 0;
  std::uint32_t limit = 0;
  std::uint32_t schema_version =
      0;        // that the client speaks; 0 = the newest known here; not known: unsupported
  Bytes token;  // capability::Token, encoded
  Mode mode = Mode::eventual;
  // The weakest mode in which what this operation rests on was read. A STRONG operation on weaker evidence is
  // refused (weak_evidence), unless somebody vouches for it: runtime/modes/flow.h.
  Mode evidence = Mode::strong;
  bool endorsed = false;
  std::int64_t expected = 0;   // cas
  bool keeps_session = false;  // the client wants to know what it has seen, for another replica
  Bytes session;               // what it has seen so far; empty: nothing
  friend bool operator==(const Request&, const Request&) = default;
};

enum class ReplyCode : std::uint8_t {
  done = 1,
  refused,     // took no effect and will not: `error` says why, `refusal` when a capability is the reason
  overloaded,  // took no effect: a limit was reached; a later attempt may do better
  failed,      // the worknode's handler failed; took no effect
};
inline constexpr std::uint8_t kReplyCodeEnd = 5;

struct Reply {
  std::uint64_t operation = 0;
  std::uint32_t attempt = 0;
  ReplyCode code = ReplyCode::done;
  Errc error = Errc::ok;
  std::uint8_t refusal = 0;  // capability::Refusal
  bool found = false;        // get: the property has a value
  bool more = false;         // query: the limit cut it
  // get: the register's or counter's value, the set's elements ascending, the text's in order, the map's
  // (key, element) pairs one after the other, ascending. query: the low halves of the ids. call: the sum.
  std::vector<std::int64_t> items;
  Bytes session;  // all that this reply may rest on, for a client that keeps one
  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace wn::realm
