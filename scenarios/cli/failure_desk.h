#pragma once
// What is done about failing seeds: a run folder for each (up to a limit), a short plan for the first of each
// signature, and the story of it.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/cli/console.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/cli/strategy_source.h"
#include "scenarios/cli/sweep_totals.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {

inline constexpr std::size_t kFailureFoldersMax = 50;  // of one sweep
inline constexpr std::size_t kShrinksMax = 12;         // signatures that are shrunk in one sweep

struct DeskOptions {
  std::string out = "runs";
  unsigned jobs = 1;
  double shrink_seconds = 60;
  bool shrink = true;
  bool explain = true;  // what was shrunk
  bool folders = true;
  // Another strategy than the stock swarm: the plans that it made, by place among the scenarios and seed.
  const StrategySource* source = nullptr;
  std::string strategy;  // its name, part of the folders' names
};

// A failing plan made short and told; what was left on the disk.
struct ShortStory {
  FailureFiles files;
  std::string story;
  std::string report;  // shrunk.html
};

class FailureDesk {
 public:
  FailureDesk(Console& console, const DeskOptions& options) : console_(console), options_(options) {}

  // Runs the seed again, leaves its run folder, returns its story.
  Result<RunSummary> tell(const Scenario& scenario, const std::string& name, std::uint64_t seed);
  // The plan of that seed, as it ran. REQUIRES a scenario of the sweep's list when there is a source.
  faults::Plan plan_of(const Scenario& scenario, std::uint64_t seed) const;
  // Shrinks a failing plan with a bar on the terminal and tells it. `folder`: where shrunk.txtpb goes.
  Result<ShortStory> shrink(const faults::Plan& plan, const std::string& signature, const std::string& name,
                            const std::string& config_hash, const std::string& folder);
  // Folders for all failures, short stories for the first of each signature.
  Result<void> finish(SweepTotals& totals, const std::map<std::string, const Scenario*>& scenarios);
  // Why run folders could not be written, if so; after it no more are tried.
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  void note_trouble(const Error& error);

  Console& console_;
  DeskOptions options_;
  std::optional<Error> trouble_;
  std::map<SweepTotals::Key, RunSummary> told_;
};

}  // namespace wn::scenarios
