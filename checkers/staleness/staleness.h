#pragma once
// k-atomicity of registers with unique writes (W. Golab, J. Hurwitz, X. Li, ICDCS 2013): there is one order
// of all operations of a key, which keeps real time, and in which every read shows one of the last k writes
// before it. k = 1 is linearizability; the smallest k grades how stale reads get. Claim: "staleness".
//
// k = 1 and k = 2: exact, by limited backtracking from the end of the history (their LBT): O(n log n + c *
// n), n operations, at most c writes open at once. k > 2: bounds in O(n log n), and a verdict where they
// decide; else `unknown`.
//   lower  a read's write, and those that came after it was over and were over before the read began; 3 when
//   2 fails upper  what the order of writes by their first or last possible moment gives; 2 when 2 passes
//
// read/get and write/put. An info write counts iff it was seen, and may take effect at any later time. nil is
// the initial value. A value that nobody wrote, one whose writer was refused, or one that is read before its
// write begins is no question of staleness: fail at every k. `unknown` for other functions, values written
// twice, a written nil or list. Signatures: "staleness: a read is staler than allowed", "staleness: a value
// from nowhere", "staleness: a value from the future". Single-threaded, no clock, deterministic.
#include <cstdint>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

inline constexpr std::uint64_t kNoStaleness = ~std::uint64_t{0};  // no k will do

struct StalenessGrade {
  std::uint64_t keys = 0, reads = 0, writes = 0;
  std::uint64_t lower = 1, upper = 1;  // of the smallest k; equal: exact
  std::uint64_t steps = 0;
};

// REQUIRES k > 0. The grade is filled whatever k is, if nothing is refused.
Verdict check_staleness(const History& history, std::uint32_t k, const Budget& budget,
                        StalenessGrade* grade = nullptr);

}  // namespace wn::checkers
