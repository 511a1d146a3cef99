#pragma once
// The four session guarantees (D. Terry et al., "Session guarantees for weakly consistent replicated data",
// PDIS 1994), from the history alone. Claim: "session".
//
//   read your writes      a session reads what is older than its own write   "session: read your writes"
//   monotonic reads       … than what it had read before                     "session: monotonic reads"
//   monotonic writes      a session that has seen a write of another one reads what is older than a write
//                         that the other had made before it                  "session: monotonic writes"
//   writes follow reads   … than what the other had read before it           "session: writes follow reads"
//
// The first three lines of defence for one client, each in one step; chains of several sessions are the claim
// "causal"'s. A read may break several: the first in this order is told.
//
// Older: of registers, what it shows was put causally before (session order and reads-from) the put that it
// must know: then no order of writes excuses it. A concurrent put is never older, whatever a clock says:
// which of two concurrent puts wins is not decidable from a history.
// Sets, maps, sequences: an element that must be known is not shown, and nobody has asked to take it out; or
// one is shown that the session had seen vanish (monotonic reads). Elements that are put in more than once
// are not judged.
// Counters that nobody spends from: less is shown than what must be known adds up to, or than what must have
// been read. Counters that shrink are not decidable (any value may be an old one), but for their bounds,
// which the claims "eventual" and "replication" keep.
//
// Near-linear: O(n * k) for n operations in k writing sessions, O(reads * elements) for sets. Memory
// O(n * k), bounded by `cells_max`: beyond it `unknown`. A history with a causal cycle is `unknown` here: the
// claim "causal" rejects it.
#include "checkers/history/causal_order.h"
#include "checkers/history/client_history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

enum class Guarantee : std::uint8_t {
  read_your_writes = 1,
  monotonic_reads = 2,
  monotonic_writes = 4,
  writes_follow_reads = 8,
};
inline constexpr std::uint8_t kAllGuarantees = 15;

struct SessionFacts {
  ClientRules clients;
  std::uint8_t guarantees = kAllGuarantees;  // those that are judged, as bits
  std::uint64_t cells_max = CausalOrder::kCellsMax;
};

Verdict check_session(const History& history, const SessionFacts& facts);

}  // namespace wn::checkers
