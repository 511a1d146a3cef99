#pragma once
// Mutations of a trial: faults moved, added, taken away, doubled, made to overlap, spliced with those of
// another trial; deviations; another seed for operations and small dice; another shape. Pure functions of
// chance; whether the result stays inside the fault model is trial_plan's to see to.
#include <span>

#include "runtime/base/random.h"
#include "scenarios/explore/trial.h"

namespace wn::explore {

inline constexpr std::size_t kMutatedFaultsMax = 2000;

// A moment and a place where something new happened in the parent.
struct Moment {
  SimTime at;
  NodeId node;
};

struct Material {
  std::span<const Moment> moments;      // of the parent
  const Trial* other = nullptr;         // another of the corpus, or nullptr
  const faults::Plan* fresh = nullptr;  // a plan that the swarm drew: where new faults come from
  SimTime end;                          // of faults
};

// REQUIRES a parent with `given`. One to four changes.
Trial mutated(const Trial& parent, const Material& material, Draw& draw);

}  // namespace wn::explore
