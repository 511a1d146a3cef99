#pragma once
// The makers of the strategies, and what several of them need. Private to this room.
#include <array>
#include <memory>
#include <optional>

#include "runtime/base/flat_map.h"
#include "scenarios/explore/strategy.h"

namespace wn::explore {

using Maker = std::unique_ptr<Strategy>(const scenarios::Scenario&, const StrategyOptions&);
Maker make_random;
Maker make_pct;
Maker make_delay_bounded;
Maker make_coverage;
Maker make_portfolio;

// Where the steps of a scenario's runs are, from runs so far: a scheduler draws a step, not a moment.
class StepMap {
 public:
  void learn(const Fingerprint& print);
  bool empty() const { return runs_ == 0; }
  // The moment of the run's step `share` of 2^32, in a run whose steps end at `end`.
  SimTime time_of(std::uint32_t share, SimTime end) const;
  // A link by its share of all messages, and a message's number on it. Nothing before the first run.
  struct Place {
    faults::Link link;
    std::uint64_t message = 0;
  };
  std::optional<Place> place_of(std::uint32_t share) const;

 private:
  std::array<std::uint64_t, kStepBuckets> steps_{};
  FlatMap<faults::Link, std::uint64_t> links_;
  std::uint64_t runs_ = 0;
};

// The swarm's plan for this seed with what pct, or delay-bounded, adds to it. Both start from there: without
// faults a schedule alone seldom breaks anything.
Trial scheduled(const scenarios::Scenario& scenario, bool pct, std::uint32_t depth, const StepMap& steps,
                std::uint64_t seed);

}  // namespace wn::explore
