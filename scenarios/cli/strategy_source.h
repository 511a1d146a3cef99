#pragma once
// The strategies of a sweep, one for each scenario, as the sweep's engine asks them; and the plans that they
// made of failing seeds.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/cli/sweep.h"
#include "scenarios/explore/strategy.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {

class StrategySource final : public TrialSource {
 public:
  // REQUIRES a strategy of that name. `scenarios` must outlive this.
  StrategySource(const std::vector<Scenario>& scenarios, const std::string& strategy,
                 const explore::StrategyOptions& options);
  std::optional<std::string> propose(const SweepTask& task) override;
  void learn(const SweepTask& task, const SeedResult& result) override;
  // Of a failing seed, as it ran; of any other its own.
  faults::Plan plan_of(const Scenario& scenario, std::uint64_t seed) const;

 private:
  using Key = std::pair<std::size_t, std::uint64_t>;  // scenario, seed
  const std::vector<Scenario>& scenarios_;
  std::vector<std::unique_ptr<explore::Explorer>> explorers_;
  std::map<Key, std::uint64_t> open_;  // index of its explorer
  struct Failed {
    std::string trial;
    std::uint64_t cut_ns = 0;
    std::string signature;
  };
  std::map<Key, Failed> failed_;  // trials
};

}  // namespace wn::scenarios
