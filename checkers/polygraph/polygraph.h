#pragma once
// Snapshot isolation and serializability of general transactions with unique writes: where the order of a
// key's versions is not known from the reads, it is searched for. Claim: "isolation".
//
// Both are NP-complete here (C. Papadimitriou 1979; R. Biswas, C. Enea, OOPSLA 2019). What is done, in turn:
//   1  reads that no level allows (levels.h); lost updates (two transactions that read and overwrite one
//   version) 2  mini-transactions: if every write reads its key before, linear time decides (levels.h) 3
//   versions that one transaction read and overwrote follow each other: they are one chain (Cobra, OSDI 2020)
//   4  for every two chains of a key one of two sets of edges must be there (a polygraph; for snapshot
//   isolation over
//      starts and commits, which says what PolySI's generalized polygraphs say). The way that would close a
//      cycle with what is known is out, so the other is known; repeated until nothing follows
//   5  what is left: conflict-driven search with learning; cycles are found as edges come (Pearce, Kelly
//   2006), each is a clause
// A pass has an order of all transactions behind it; a fail has two cycles or a chain of learned ones. Beyond
// `budget.steps` (of 5), `budget.bytes` or kPairsMax (of 4): unknown.
//
// Info transactions count iff somebody read from them (an unseen one may be taken never to have happened).
// Session order is a process's completed transactions in turn; in Elle's words none, "strong-session-…" and
// "strict-…". Single-threaded, no clock, deterministic.
#include <cstdint>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "checkers/levels/levels.h"

namespace wn::checkers {

struct PolygraphStats {
  std::uint64_t transactions = 0, chains = 0;
  std::uint64_t pairs = 0;     // of chains of one key
  std::uint64_t searched = 0;  // of those, what pruning left
  std::uint64_t edges = 0;     // known before the search
  std::uint64_t decisions = 0, conflicts = 0, steps = 0;
};

Verdict check_polygraph(const History& history, TxnModel model, TxnOrder order, const Budget& budget,
                        PolygraphStats* stats = nullptr);

}  // namespace wn::checkers
