#pragma once
// What clients of a realm may expect, from the history alone. Claim: "eventual". Sound: no alarm without a
// proof. Keys are properties ("w12.tags"; the words are those of faults/plan/names.h): title is a register,
// count and budget are counters, tags is a set, groups a map of sets (nest of [key, element]; reads show the
// pairs one after the other), text a sequence.
//
// A read is *settled* when it begins `grace` after the freeze and after the end of the last write of its key.
//   settled reads of a key agree, whichever replica gave them      "eventual: replicas disagree"
//   they hold every acknowledged element that nobody excluded      "eventual: an acknowledged element is
//   missing" a settled counter is the sum of what was acknowledged, and of some of what nobody knows
//                                                                  "eventual: a counter is off"
//   a settled register has a value if a write of it was acknowledged
//                                                                  "eventual: an acknowledged write is
//                                                                  missing"
// Every read:
//   shows what somebody has asked to write before the read ended   "eventual: a value that nobody wrote"
//   … and that was not refused                                     "eventual: a refused write appeared"
//   shows what its own replica acknowledged before it began        "eventual: a replica misses what it
//   acknowledged" shows what an earlier read of the same replica showed, but for what was excluded
//                                                                  "eventual: a read element vanished"
//   shows no register value that a later acknowledged write of the same replica replaced
//                                                                  "eventual: an overwritten value came back"
//   shows no sum that no choice of additions gives                 "eventual: a counter shows what cannot be"
//   shows a bounded counter of at least 0                          "eventual: a bounded counter below zero"
//
// O(reads * elements) of each key. Replicas that began anew from a peer's image (`rebased`) may take back
// what they showed of others.
#include <cstdint>
#include <map>
#include <set>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

struct EventualFacts {
  std::int64_t freeze_ns = 0;
  std::int64_t grace_ns = 0;
  std::uint32_t process_stride = 10'000;         // a process of client n has the number n + k * stride
  std::map<std::uint32_t, std::uint32_t> homes;  // client -> replica; other clients' reads prove nothing
  // Replicas that are gone or apart for good: their settled reads prove nothing, and what they acknowledged
  // may have gone with them.
  std::set<std::uint32_t> cut_off;
  std::set<std::uint32_t> rebased;
};

Verdict check_eventual(const History& history, const EventualFacts& facts);

}  // namespace wn::checkers
