#pragma once
// Search: linearizability of one partition by just-in-time depth-first search (Lowe, "Testing for
// linearizability", 2017): events are taken in order, and only a return whose operation has not taken effect
// yet makes a choice.
//
// A configuration is (event, state, which open operations have taken effect, how many info operations of each
// kind were used). Configurations that failed are kept; one that uses more info operations than a failed one
// fails too. Sound reductions:
//   a. operations that only observe take effect as soon as the value suits them;
//   b. values that nobody can observe any more are one value (registers only; a failed cas observes as well);
//   d. of equal open operations the one that returns first goes first, info ones last;
//   e. equal info operations are counted, not told apart;
//   f. what satisfies the blocked operation is tried first;
//   g. where only appends can happen before the next read returns, the value must be a prefix of what it
//   shows.
// Limits: 128 operations open at once in one partition, budget of steps and bytes, Budget.stop; beyond:
// unknown.
#include "checkers/linearizability/partition.h"

namespace wn::checkers {

enum class SearchAnswer : std::uint8_t { linearizable, refuted, unknown };

struct SearchResult {
  SearchAnswer answer = SearchAnswer::unknown;
  Refutation refutation;
  std::string why;  // of unknown
};

// For a partition where no order reaches past the return of `wanted`: the operations up to it contradict each
// other. The witness names it, what was open then, and what wrote the value that it needs.
Refutation explain_stuck(const History& history, const Partition& partition, const Step& wanted);

// Takes what it uses from `budget.steps`.
SearchResult judge_by_search(const History& history, const Partition& partition, Contents& contents,
                             Budget& budget, LinearizabilityDefect defect);

}  // namespace wn::checkers
