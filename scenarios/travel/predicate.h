#pragma once
// Predicate: what a debugger waits for, as text.
//
//   raft_state.role == leader && node == 2      an event: its kind, its fields, the node where it happened
//   op_completed.operation == 17
//   message_dropped && message_dropped.reason == partition
//   node 2: raft.term > 5                       what a process says of itself (Process::inspect); n2: is the
//   same n1: clock.wall_off_by > 250ms               and what the world knows of its machine
//
//   or   := and ("||" and)*     and := not ("&&" not)*     not := "!" not | "(" or ")" | compared
//   compared := operand [("==" | "!=" | "<" | "<=" | ">" | ">=") operand]
//   operand := KIND ["." FIELD] | "node" | "at" | "event" | ("node" N | "nN") ":" PATH | number | time |
//   "text"
//              | word
// Alone, a kind holds when such an event happened, and a path when it is there and neither 0, "no" nor empty.
// A comparison with something that is not there does not hold. Times are numbers of nanoseconds.
//
// Holds after a world's event when one of the trace events that it made satisfies it. A predicate without a
// term about events is a condition: it is met where it becomes true, not at each event while it is. Limits:
// kPredicateBytesMax, kPredicateDepthMax. Thread rule: a value.
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"
#include "sim/world/world.h"

namespace wn::travel {

inline constexpr std::size_t kPredicateBytesMax = 2000;
inline constexpr int kPredicateDepthMax = 50;

struct Moment {
  const sim::World* world = nullptr;
  std::span<const TraceEvent> events;  // that the last event of the world made
  std::uint64_t number = 0;            // of that event, from 1
};

struct Term;  // predicate.cpp

class Predicate {
 public:
  // Errors (bad_input): one line that says where.
  static Result<Predicate> parse(std::string_view text);
  Predicate(Predicate&&) noexcept;
  Predicate& operator=(Predicate&&) noexcept;
  ~Predicate();

  bool holds(const Moment& moment) const;
  // No term of it is about events.
  bool condition() const { return condition_; }

 private:
  Predicate() = default;
  std::unique_ptr<Term> root_;
  bool condition_ = true;
};

}  // namespace wn::travel
