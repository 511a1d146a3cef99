#pragma once
// Trial: what a strategy proposes, small enough to be sent to a worker and remembered by the thousand. With
// its scenario it makes a plan, which runs, replays and shrinks like any other:
//
//   seed       of the head, the operations and all small dice; for `random` it is the seed of the sweep
//   shape      how the scenario is bent: a shorter run, faults that follow each other faster, fewer
//              operations; and how much of its fault-free end is watched. Always inside the fault model
//   faults and deviations, when `given`, instead of those that the swarm draws
//
// A run whose end is not watched whole (tail < kWhole) is abandoned there: its plan is the whole one, and of
// claims that need the end (liveness and what says "in the end") only what no end can mend is found in it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "scenarios/runner/scenario.h"

namespace wn::explore {

inline constexpr std::uint16_t kWhole = 64;  // shapes count in 64ths of what the scenario says

struct Shape {
  std::uint16_t horizon = kWhole;   // of the time before the freeze
  std::uint16_t tail = kWhole;      // of the time after it, watched
  std::uint16_t interval = kWhole;  // of the mean time between incidents of one kind
  std::uint16_t rate = kWhole;      // of the operations a second
  friend auto operator<=>(const Shape&, const Shape&) = default;
};

struct Trial {
  std::uint64_t seed = 0;
  Shape shape;
  bool given = false;
  std::vector<faults::Fault> faults;          // ascending (at, id)
  std::vector<faults::Deviation> deviations;  // ascending id
  std::string by;                             // the strategy that proposed it
  std::uint64_t mark = 0;                     // its own note: what this was made from
};

// The claims that a shorter end would be unfair to.
bool needs_the_end(std::string_view claim);

// The scenario bent. Shorter than a second of faults is nothing: that much is kept if it was there.
scenarios::Scenario bent(const scenarios::Scenario& scenario, const Shape& shape);

// Pure. The plan passes plan_check: of given faults those are left out, in order of time, that the
// generator's budget refuses (outside of the run, or of the fault model together with the ones before).
faults::Plan trial_plan(const scenarios::Scenario& scenario, const Trial& trial);

// Faults in order of time (of one moment: as they are), and ids from 1 for faults and deviations.
void put_in_order(Trial& trial);

// Between processes of one build: no format to store.
std::string encode(const Trial& trial);
Result<Trial> decode_trial(std::string_view text);

}  // namespace wn::explore
