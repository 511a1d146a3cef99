#pragma once
// Frontier search: linearizability of one partition of a register (reads, writes, cas; no appends) where
// values repeat. Returns are taken in order, all configurations that explain the history so far are kept, and
// operations take effect just in time (Lowe, "Testing for linearizability", 2017, breadth first): at the
// return of an operation that has not taken effect yet. No configuration is kept beside a better one
// (frontier_config.h), so that memory and time depend on how much is open at once, not on the length.
//
// Reductions, each exact:
//   a. reads and failed cas take effect as soon as the value suits them: they change nothing;
//   b. values that nobody can observe any more are one value; a failed cas observes as well;
//   c. a write that nobody saw can be placed immediately before any other write that takes effect while it is
//      open: nothing comes between. So when a write takes effect, all other open writes are excused: they may
//      still be used, and need not be. This takes the choice "when is it hidden" out of the search; an
//      excused write is better than a used one and than one that is not excused. A cas would see the value:
//      it excuses nobody;
//   d. of equal operations the one that returns first goes first: what is left then has later returns;
//   e. of two configurations with the same value and cas done, one whose marks are a subset of the other's
//      can do all that the other can;
//   f. a write (or info cas) other than the last one before a return must satisfy an open observer or enable
//      an open cas; otherwise the write after it might as well hide it. One that writes the value which is
//      there already is of use when it excuses a write;
//   g. a write that nobody needed until its return either takes effect then, last, or was hidden.
// First a narrow frontier is kept, which can only find a pass; it is widened until nothing is left out.
#include "checkers/linearizability/defects.h"
#include "checkers/linearizability/frontier_plan.h"
#include "checkers/linearizability/search.h"

namespace wn::checkers {

// REQUIRES a partition without appends. Takes what it uses from `budget.steps`.
SearchResult judge_by_frontier(const History& history, const Partition& partition, std::size_t contents,
                               frontier::Scratch& scratch, Budget& budget, LinearizabilityDefect defect);

}  // namespace wn::checkers
