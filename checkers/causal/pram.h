#pragma once
// PRAM, pipelined RAM (R. Lipton, J. Sandberg, 1988): each process sees the writes of every other process in
// that one's order, and its own operations in its own; different processes may see different orders. Claim:
// "pram".
//
// For each process: the writes of all and its own reads have one order that keeps every process's order and
// in which each read shows the last write before it. Values are unique, so it is known which: a put that
// comes before the read, and is not the one it shows, comes before that one. Saturated; a cycle is a proof
// against, and without one there is an order: the reads are in a line, each put can wait until a read needs
// it.
//   "pram: a value from nowhere", "pram: a value that must be there is missing", "pram: no order of the
//   writes"
//
// Decided exactly for registers (put/write, get/read) with unique values; other keys are left out. Time
// O(rounds * n * k) for each of k processes, memory 4 * n * k bytes, bounded by `cells_max`: beyond it
// `unknown`. Meant for small and
// middle histories. Neither implied by the claim "causal" (CC may order concurrent puts anew for each read)
// nor implying it.
#include "checkers/causal/causal.h"

namespace wn::checkers {

// Of `facts`, `clients` (homes are not asked) and `cells_max` count.
Verdict check_pram(const History& history, const CausalFacts& facts);

}  // namespace wn::checkers
