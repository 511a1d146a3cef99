#pragma once
// What a person needs of a refutation: a small part of the history that contradicts itself, and how far an
// order of that part gets.
//
// Only parts are taken whose contradiction is one of the whole history, which holds for these and not for
// leaving out any operation:
//   - a prefix: what is open at its end may have happened or not (linearizability is prefix-closed, Herlihy &
//     Wing 1990);
//   - without some observers (reads, failed cas): they change nothing;
//   - with some writes and cas that only may have happened, at any time after their invocation;
//   - without such a one whose value nobody observes.
// Delta debugging (Zeller & Hildebrandt 2002) in halving chunks, bounded in tries and steps.
#include <functional>

#include "checkers/linearizability/partition.h"

namespace wn::checkers {

inline constexpr int kShrinkTriesMax = 300;
inline constexpr std::size_t kOrderStepsMax = 64;  // larger parts get no order

// True when `candidate` is certainly not linearizable; false also when unsure or when the bound is reached.
using Refutes = std::function<bool(const Partition& candidate)>;

// REQUIRES that `partition` is refuted at the latest by its prefix up to and with position `cut` (Step's).
// The result is refuted; it is the partition itself when nothing smaller was proved.
Partition shrink(const Partition& partition, std::uint64_t cut, const Refutes& refutes);

// The longest order of a refuted part that a bounded search finds, with the value after each operation, and
// the operations that had to come next and could not.
PartialOrder longest_order(const History& history, const Partition& part, Contents& contents);

}  // namespace wn::checkers
