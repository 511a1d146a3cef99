#pragma once
// Durability, from the history alone. Claim: "durability". Sound: no alarm without a proof.
//
// "durability: an acknowledged write is missing from a later read", for a read R of a key:
//   - an append of e that only one operation carries was acknowledged before R began, e is not in what R
//   shows, and
//     every put, write, cas or remove of the key that R could have seen (invoked before R ended) had ended
//     before the append began;
//   - of all puts, writes, cas and removes of the key that R could have seen, one acknowledged put, write or
//   cas began
//     after all others had ended, and ended before R began; R does not begin with its value.
// "durability: a refused write appeared": R shows a value that refused (`fail`) operations carry and no
// others.
//
// What R shows is nil, one value, or a list of values (texts count as one value; a text that begins with the
// written one will do for the second rule, since appends may follow). Linearizability covers the rest, order
// above all; this claim names the worst outcome in words that a person understands. O(n log n + length of all
// reads + appends per read since the last overwrite).
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

Verdict check_durability(const History& history);

}  // namespace wn::checkers
