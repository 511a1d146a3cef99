#pragma once
// The part of plan_check that compares a plan's faults with its fault model over time. Private to this room
// and to faults/nemesis. REQUIRES that all else in the plan has been checked.
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::faults {

// [from, to): one node under one fault; `to` is SimTime::max() when it never heals.
struct FaultSpan {
  NodeId node;
  SimTime from;
  SimTime to;
  std::int64_t amount = 0;
};

// The end of a fault, SimTime::max() when it is never healed.
SimTime end_of(const Fault& fault);

// The greatest number of distinct nodes under a span at one moment. Sorts `spans` by node and time.
std::uint32_t most_at_once(std::vector<FaultSpan>& spans);
// The greatest sum of amounts of one node's spans at one moment.
std::int64_t greatest_sum(std::vector<FaultSpan>& spans);

// Whether this fault takes servers away, as FaultModel::crashed_max counts.
bool counts_as_crash(const FaultModel& model, const Fault& fault);

// Faults that damage single sectors, and whether two of them on one disk are too close (kDamageSpacing).
bool is_spaced_damage(FaultKind kind);
bool damage_too_close(const Fault& a, const Fault& b);

Result<void> check_model(const Plan& plan);

}  // namespace wn::faults
