#pragma once
// The page of a sweep, from results files (`chaos --results`). Shards of one sweep may be given together.
#include <string>
#include <vector>

#include "reports/sweep_page.h"
#include "runtime/base/result.h"
#include "scenarios/cli/sweep_totals.h"

namespace wn::scenarios {

inline constexpr std::size_t kResultsBytesMax = std::size_t{4} << 30;
inline constexpr std::size_t kPagePointsMax = 200;  // of a curve

struct SweepResults {
  std::vector<SweptScenario> scenarios;
  std::vector<SeedResult> seeds;
  std::vector<SweptBehaviours> behaviours;
};

// Appends what the file holds. Errors name the file and the line.
Result<void> read_results(const std::string& path, SweepResults& to);

// Whether a path is meant as a results file: a regular file whose name ends in ".jsonl".
bool is_results_file(const std::string& path);

// `seeds` need not be in order; a seed that is there twice counts once.
reports::SweepPage sweep_page(const SweepTotals& totals, const std::vector<SeedResult>& seeds,
                              const std::string& build_id);

}  // namespace wn::scenarios
