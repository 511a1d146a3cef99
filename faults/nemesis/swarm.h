#pragma once
// Swarm testing (Groce et al., ISSTA 2012): each seed draws its own subset of nemeses, its own intensities,
// and its own rhythm of idle, ordinary and burst phases. Pure: the same plan head, options and seed give the
// same faults.
#include <string>
#include <vector>

#include "faults/nemesis/nemesis.h"

namespace wn::faults {

// One line of a scenario's [[faults]]: zero means the nemesis's own default.
struct NemesisChoice {
  std::string kind;                    // a nemesis or a family
  std::uint32_t weight_ppm = 500'000;  // chance that a seed has it enabled
  Duration interval;                   // mean time between incidents
  Duration length_min;
  Duration length_max;
  std::uint32_t strength_ppm = 0;
  friend bool operator==(const NemesisChoice&, const NemesisChoice&) = default;
};

struct SwarmOptions {
  std::vector<NemesisChoice> choices;
  bool vary = true;  // false: the intervals and lengths as given, no idle phases or bursts
  SimTime start;     // nothing happens before
  std::uint32_t incidents_max = 2000;
  friend bool operator==(const SwarmOptions&, const SwarmOptions&) = default;
};

// Fills plan.faults and plan.deviations. REQUIRES plan.nodes, model, duration, freeze_at and seed to be set.
void generate_faults(Plan& plan, const SwarmOptions& options);

}  // namespace wn::faults
