#pragma once
// Zones: linearizability of one partition in O(n log n) where every write's value is unique (Gibbons &
// Korach, "Testing shared memories", 1997), widened to appends, successful cas and read-append transactions
// with unique arguments.
//
// States that follow one another by observed transitions form a chain: a value's write, its reads, the append
// that was seen after it, the reads of that, … Nothing can come between them, because each state has one
// successor that saw it. A chain covers the zone from its earliest return f to its latest invocation s; chain
// X must come before chain Y iff f(X) < s(Y). An order of the chains exists iff no two chains must come
// before each other, and within a chain no later element returned before an earlier one was invoked. A write
// that nobody saw is a chain of its own; an unseen info is nothing. The initial value is a write before
// everything.
//
// Failed cas are left out first: a refutation without them is one with them; a pass then says nothing.
#include <optional>

#include "checkers/linearizability/partition.h"

namespace wn::checkers {

// What the method keeps for each content; shared by the partitions of a history, so that a partition costs
// only what it touches.
struct ZoneScratch {
  struct Slot {
    std::uint64_t epoch = 0;
    std::uint32_t writer = 0xFFFFFFFF;    // the step whose argument this is
    std::uint32_t producer = 0xFFFFFFFF;  // the step that made this state
    std::uint32_t next = 0xFFFFFFFF;      // the step that saw this state and changed it
    std::uint32_t first_read = 0xFFFFFFFF;
    bool seen = false;
  };
  std::uint64_t epoch = 0;
  std::vector<Slot> slots;  // by content
};

enum class ZoneAnswer : std::uint8_t {
  linearizable,
  refuted,
  not_unique,  // the method does not apply
  undecided,   // no violation without the failed cas; they still have to be judged
};

struct ZoneResult {
  ZoneAnswer answer = ZoneAnswer::not_unique;
  Refutation refutation;
};

ZoneResult judge_by_zones(const History& history, const Partition& partition, Contents& contents,
                          ZoneScratch& scratch);

// What can be refuted without an order, for partitions that zones do not apply to: values from nowhere.
std::optional<Refutation> refute_cheaply(const History& history, const Partition& partition,
                                         ZoneScratch& scratch, std::size_t contents);

}  // namespace wn::checkers
