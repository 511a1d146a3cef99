#pragma once
// Durability, from the history alone. Claim: "durability". Sound: no alarm without a proof.
//   "durability: an acknowledged write was lost"  a put/append/write that was acknowledged before a read
//   began is
//       missing from that read, and nothing that could have overwritten or removed it was open or invoked
//       between the write's invocation and the read's completion.
//   "durability: a refused write appeared"        a value that only refused (`fail`) operations carried was
//   read.
// Values that several operations carry are skipped: nothing can be proved from them. Linearizability covers
// the rest (order); this claim names the worst outcome in words that a person understands.
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

Verdict check_durability(const History& history);

}  // namespace wn::checkers
