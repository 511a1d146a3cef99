#pragma once
// What the frontier search needs to know of a partition before it starts: events in order, small numbers for
// values, a slot for each operation while it is open. Registers only (no appends).
#include <cstdint>
#include <vector>

#include "checkers/linearizability/partition.h"

namespace wn::checkers::frontier {

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;
inline constexpr std::uint32_t kDead = 0;  // the value of all values that nobody can observe any more
inline constexpr std::uint32_t kSlotsMax = 512;

enum class Kind : std::uint8_t { observe, write, cas };

struct Op {
  std::uint64_t ret = kNever;
  std::uint32_t step = 0;
  std::uint32_t pre = kNone, not_pre = kNone, to = kNone;  // small numbers
  std::uint32_t slot = kNone;
  Kind kind = Kind::observe;
  bool optional() const { return ret == kNever; }
};

// Small numbers of contents; shared by the partitions of a history, so that each costs what it touches.
struct Scratch {
  struct Number {
    std::uint64_t epoch = 0;
    std::uint32_t value = 0;
  };
  std::uint64_t epoch = 0;
  std::vector<Number> number;  // by content
};

struct Plan {
  std::vector<Op> ops;
  std::vector<std::uint32_t> events;         // op * 2 + (1 for a return)
  std::vector<std::uint32_t> last_observed;  // value -> the last event at which somebody can observe it
  std::uint32_t initial = 0;
  std::uint32_t last_refusal = 0;  // one more than the event of the last return of a failed cas
  std::uint32_t slots = 0;
  std::uint32_t last_return = 0;  // one more than its event: what comes later cannot fail
};

// Failed cas count as observers unless `blind` (a planted bug).
Plan plan(const Partition& partition, std::size_t contents, Scratch& scratch, bool blind);

}  // namespace wn::checkers::frontier
