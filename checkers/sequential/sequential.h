#pragma once
// Sequential consistency (L. Lamport, 1979), from the history alone: there is one order of all operations of
// a scope that respects each process's order and that the sequential model explains. Real time does not
// count. Claim: "sequential".
//
// Scope: LOCAL keys of one node together ("n3.w12.title"), each node by itself; or every key of the history
// (`all_keys`). Not each key by itself: sequential consistency is not local (Herlihy, Wing 1990).
//
// Models: registers (put/write, get/read) and counters (add, spend). Unknown outcomes may take effect at any
// later time or never.
//
// Registers with unique values: what each read saw is known, and forces edges: a put of another value is
// before the put that was read or after the read. Saturated until nothing more follows; a cycle is a proof
// against, in O(n * k) a round (k processes).            "sequential: no order explains what was read"
// Counters that nobody spends from: reads of one counter are ordered by what they show; a read that shows
// less than its process knows, or more than all together, is a proof against.
//                                                        "sequential: a counter shows what no order gives"
// Nothing found: a depth-first search for the order, steered by real time, that a pass is a proof by.
// Deciding is NP-complete, with reads-from too (P. Gibbons, E. Korach, 1997): within `steps` it is found, or
// shown not to exist, or the verdict is `unknown`. What a store that is linearizable produced is found at
// once.
#include "checkers/history/client_history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

struct SequentialFacts {
  std::uint32_t process_stride = 0;  // ClientRules
  bool all_keys = false;             // else LOCAL keys, node by node
  std::uint64_t steps = 5'000'000;   // of the search, for each scope
};

Verdict check_sequential(const History& history, const SequentialFacts& facts);

}  // namespace wn::checkers
