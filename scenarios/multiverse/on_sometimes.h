#pragma once
// Exploration that forks where a "sometimes" claim first comes true: such a moment is rare by definition, so
// its futures are worth more than another run from the beginning. Each claim that is new in any future
// becomes a place to fork again, on top of the branches that led there.
//
// Energy: a place gets `futures` forks; it gets as many again when they brought a claim or a failure that was
// new (up to kRefillsMax times), so that effort goes where novelty is. Places of the newest claims come
// first.
//
// Deterministic for given options, but for the time limit, which ends it early and says so.
// Sources: moonpool-explorer (forks at assert_sometimes, adaptive energy); Go-Explore (Ecoffet et al., Nature
// 2021).
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "scenarios/multiverse/outcomes.h"

namespace wn::scenarios {

inline constexpr std::uint32_t kRefillsMax = 3;
inline constexpr std::size_t kFoundMax = 64;  // failing plans that are kept

struct SometimesOptions {
  FutureRule rule;                      // its seed: of the whole exploration
  std::uint64_t futures = 32;           // of one place
  std::uint64_t futures_max = 100'000;  // of all
  std::uint32_t depth_max = 8;          // branches upon branches
  unsigned jobs = 1;
  Duration time_limit = seconds(60);
  std::function<void(std::uint64_t futures, std::uint64_t claims, std::uint64_t failing)> progress;
};

// Where it forked.
struct Place {
  std::string claim;         // that came true there
  std::uint32_t depth = 0;   // 1: in the run itself
  std::uint64_t events = 0;  // handled before
  SimTime at;
  std::uint64_t futures = 0;
  std::uint64_t failing = 0;
  std::vector<std::string> brought;  // claims that first came true in its futures
};

struct FoundFailure {
  faults::Plan plan;  // replays to the ending's digest
  Ending ending;
};

struct SometimesReport {
  std::vector<Place> places;        // in the order in which they were found
  std::vector<std::string> claims;  // all that came true, in that order
  std::vector<FoundFailure> found;  // the first of each signature, as it came
  Outcomes outcomes;                // of all futures
  std::uint64_t futures = 0;
  bool complete = true;  // false: futures_max or the time limit came first
};

// Errors: those of LiveRun::make and run_futures.
Result<SometimesReport> branch_on_sometimes(const faults::Plan& plan, const SometimesOptions& options);

}  // namespace wn::scenarios
