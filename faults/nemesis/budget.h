#pragma once
// Budget: keeps the union of all incidents inside the fault model at every moment (as TigerBeetle's
// ClusterFaultAtlas does for disks). An incident is admitted whole or refused; an admitted one is counted.
// It is a little stricter than plan_check: servers whose disk fails or is full count as crashed too, because
// a replica that cannot write may stop itself; and one never-healed partition is enough, so that a core
// stays.
#include <vector>

#include "faults/nemesis/nemesis.h"
#include "faults/plan/model_check.h"

namespace wn::faults {

class Budget {
 public:
  explicit Budget(const Plan& plan);
  // True when admitted.
  bool admit(const Scene& scene, const Incident& incident);

 private:
  bool crashes_fit(const std::vector<FaultSpan>& more) const;
  bool skew_fits(const std::vector<FaultSpan>& more) const;
  bool damage_fits(const Incident& incident) const;

  FaultModel model_;
  Duration run_;
  std::vector<FaultSpan> down_;
  std::vector<FaultSpan> skew_;
  std::vector<Fault> damage_;  // misdirected writes and rot
  std::size_t faults_ = 0;
  std::size_t deviations_ = 0;
  bool cut_for_good_ = false;
};

}  // namespace wn::faults
