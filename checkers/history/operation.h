#pragma once
// History: what clients called and saw; the only thing that a checker of user-visible behaviour reads.
// Jepsen's words: a process invokes an operation and completes it with ok (it happened), fail (it did not
// happen) or info (nobody knows; it may take effect at any later time or never).
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "checkers/history/atom_list.h"

namespace wn::checkers {

inline constexpr std::uint64_t kOperationsMax = 200'000'000;
inline constexpr std::int64_t kNoTime = -1;
// Position in time of a completion that never came.
inline constexpr std::uint64_t kNever = ~std::uint64_t{0};

enum class Outcome : std::uint8_t { ok = 1, fail, info };

enum class Function : std::uint8_t {
  other = 0,
  read,
  write,
  cas,
  get,
  put,
  append,
  remove,
  txn,
  enqueue,
  dequeue,
  push,
  pop,
  add,
  contains,
  acquire,
  release,
  increment,
  // of a tree of worknodes (scenarios/runner/recorder.h says what their keys and values are)
  spend,
  include,
  exclude,
  nest,
  create,
  move,
  trash,
  restore,
  query,
  call,
  crash,
  revoke,
  publish,
  // of a counter
  decrement,
};

// append, else write, else read. An ok read with neither `list` nor `seen` saw nothing (an empty list, nil).
struct MicroOperation {
  bool append = false;
  Atom key = {};
  Atom value = {};         // append, write: the element
  AtomList list = {};      // read: what was seen, when known
  OptionalAtom seen = {};  // rw-register read
  bool write = false;      // rw-register write
};
// A history of millions of transactions is made of these.
static_assert(sizeof(MicroOperation) <= 32);

// One invocation with its completion. `invoked` and `completed` are positions in the history's real-time
// order (line numbers): a precedes b in real time iff a.completed < b.invoked.
struct Operation {
  std::uint32_t process = 0;
  Function function = Function::other;
  Outcome outcome = Outcome::info;
  Atom key;
  Atom value;     // argument (write, put, append, cas: the new value)
  Atom expected;  // cas: the old value
  Atom result;    // what a read/get/dequeue/… saw, when ok
  std::vector<MicroOperation> txn;
  std::uint64_t invoked = 0;
  std::uint64_t completed = kNever;
  std::int64_t invoked_ns = kNoTime;  // true time, where recorded
  std::int64_t completed_ns = kNoTime;
};

}  // namespace wn::checkers
