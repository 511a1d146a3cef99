#pragma once
// What the live view shows, gathered while a sweep runs. Time comes in as seconds since the start of the
// sweep; memory is bounded by the scenarios and by kLiveSignaturesMax. Thread rule: none.
#include <map>
#include <string>
#include <vector>

#include "scenarios/cli/live_view.h"
#include "scenarios/cli/sweep.h"

namespace wn::scenarios {

// Of more signatures than this, those first seen are counted by themselves and the rest in one.
inline constexpr std::size_t kLiveSignaturesMax = 200;

class LiveBoard {
 public:
  LiveBoard(const SweepOptions& options, const std::vector<std::string>& names);

  // Comparison runs are not counted.
  void add(const SweepTask& task, const SeedResult& result, double seconds);
  // Distinct behaviours so far, where the sweep's strategy counts them; not calling it leaves them out.
  void behaviours(std::uint64_t distinct, double seconds);
  LiveFrame frame(std::uint64_t done, std::uint64_t total, double seconds) const;

 private:
  // Sums by whole seconds; the last kLiveSamplesMax of them.
  class Seconds {
   public:
    void add(double seconds, double amount);
    // Whole seconds before `seconds`, oldest first; the one that runs is left out.
    std::vector<double> before(double seconds) const;

   private:
    std::map<std::uint64_t, double> sums_;
  };

  LiveFrame so_far_;  // its series and failures are made in frame()
  std::vector<LiveFailure> failures_;
  std::map<std::string, std::size_t> by_signature_;
  Seconds rates_;
  Seconds new_behaviours_;
};

// How many tasks of the shard belong to each scenario.
std::vector<std::uint64_t> tasks_by_scenario(const SweepOptions& options);

}  // namespace wn::scenarios
