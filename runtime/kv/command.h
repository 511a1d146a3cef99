#pragma once
// What clients ask of the key-value state machine and what it answers. Plain values; `wire` encodes them.
//
// Values are bytes. `append` joins elements with one space, so a list reads "3 7 9"; a transaction's append
// does the same and a transaction's read returns the list. Sessions ([diss] Ongaro 2014, section 6.3):
// open_session goes through the log and its log index becomes the session's id. Every other logged command
// carries (session, sequence) with sequence 1, 2, 3 …, and takes effect at most once.
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"

namespace wn::kv {

inline constexpr std::size_t kKeyBytesMax = 256;          // and at least 1
inline constexpr std::size_t kValueBytesMax = 64U << 10;  // also of a list grown by append
inline constexpr std::size_t kMicroOperationsMax = 64;
inline constexpr std::size_t kTxnReadBytesMax = 256U << 10;  // what one transaction's reads may return in all

enum class CommandKind : std::uint8_t {
  get = 1,       // key -> value
  put,           // key, value
  cas,           // key, expected, value; expected must be there
  remove,        // key
  append,        // key, value (one element)
  txn,           // micro: reads and appends, all at one point
  open_session,  // -> Reply::session
};
inline constexpr std::uint8_t kCommandKindEnd = 8;

struct MicroOperation {
  bool append = false;  // else read
  Bytes key;
  Bytes value;  // append: the element
  friend bool operator==(const MicroOperation&, const MicroOperation&) = default;
};

struct Command {
  std::uint64_t session = 0;   // 0: none (open_session; reads)
  std::uint64_t sequence = 0;  // 0: none
  CommandKind kind = CommandKind::get;
  Bytes key;
  Bytes value;
  Bytes expected;
  std::vector<MicroOperation> micro;
  friend bool operator==(const Command&, const Command&) = default;
};

enum class Status : std::uint8_t {
  ok = 1,
  cas_mismatch,     // the key holds something else (in Reply::value)
  not_found,        // get, cas, remove: no such key
  session_expired,  // the session is not in the table (any more): the command did not take effect now
  stale_sequence,   // a later command of this session was applied: this copy did not take effect now
  too_large,  // the value or list would exceed kValueBytesMax, or a transaction's reads kTxnReadBytesMax; no
              // effect
  invalid,    // outside the limits above; no effect
};
inline constexpr std::uint8_t kStatusEnd = 8;

struct MicroResult {
  bool found = false;
  Bytes value;  // reads: the list
  friend bool operator==(const MicroResult&, const MicroResult&) = default;
};

struct Reply {
  Status status = Status::ok;
  Bytes value;                     // get; cas_mismatch
  std::uint64_t session = 0;       // open_session
  std::vector<MicroResult> micro;  // txn: one for each micro-operation
  friend bool operator==(const Reply&, const Reply&) = default;
};

std::string_view to_string(CommandKind kind);
std::string_view to_string(Status status);

// Whether the command is within the limits; Status::ok, too_large or invalid. The state machine applies it to
// every command itself; a server calls it to refuse before proposing.
Status validate(const Command& command);
// A get, or a transaction of reads alone: may be served from a read point, without the log.
bool is_read(const Command& command);

}  // namespace wn::kv
