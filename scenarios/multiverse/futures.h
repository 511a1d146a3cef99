#pragma once
// run_futures: forks of a stopped run, each of which goes on as a future of its own to the end and is judged
// there. The stopped run is not changed, but for being settled. Endings come back in the order of their
// numbers, whatever the number of processes; how long something took in wall time is not in them.
//
// Thread rule: fork(2) copies the calling thread alone, so the process must have no other. A child that dies
// is a crash of the code under test: an ending that fails, with the line of the failed check as its
// signature.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checkers/history/verdict.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "scenarios/multiverse/future.h"

namespace wn::scenarios {

inline constexpr std::uint64_t kFuturesMax = 10'000'000;  // of one call

// A "sometimes" claim that came true in a future for the first time of its run, behind event number `events`.
struct CameTrue {
  std::string claim;
  std::uint64_t events = 0;
  friend bool operator==(const CameTrue&, const CameTrue&) = default;
};

struct Ending {
  std::uint64_t number = 0;  // of the future
  checkers::Outcome3 outcome = checkers::Outcome3::unknown;
  std::string signature;        // empty on pass
  std::int64_t failed_ns = -1;  // when the claim of the signature was seen to fail; -1: not known
  std::uint64_t events = 0;     // of the future alone
  std::string digest;           // of the whole run, 64 hex digits; empty after a crash
  std::vector<CameTrue> came_true;
  bool crashed = false;
  friend bool operator==(const Ending&, const Ending&) = default;
};

struct FutureOptions {
  FutureRule rule;
  std::uint64_t first = 0;
  std::uint64_t count = 1000;
  unsigned jobs = 1;                 // processes at once, at most kJobsMax
  Duration wall_max = seconds(120);  // of one future; a longer one ends as unknown "wall-clock limit"
  // Called for each ending as it comes, in no certain order; false ends the call early.
  std::function<bool(const Ending&)> on_ending;
};

// Runs to the end, unjudged: the claims that first come true on the way, in order. The run is of no use
// afterwards.
std::vector<CameTrue> claims_ahead(LiveRun& run);

// Errors: too_large (more than kFuturesMax, or no room for one branch more), io_error (no process can be
// made).
Result<std::vector<Ending>> run_futures(LiveRun& run, const FutureOptions& options);

}  // namespace wn::scenarios
