#pragma once
// Budget: keeps the union of all incidents inside the fault model at every moment (as TigerBeetle's
// ClusterFaultAtlas does for disks). An incident is admitted whole or refused; an admitted one is counted.
// It is a little stricter than plan_check: servers whose disk fails or is full count as crashed too, because
// a replica that cannot write may stop itself.
#include <vector>

#include "faults/nemesis/nemesis.h"

namespace wn::faults {

class Budget {
 public:
  explicit Budget(const Plan& plan);
  // True when admitted.
  bool admit(const Scene& scene, const Incident& incident);

 private:
  struct Span {
    NodeId node;
    SimTime from;
    SimTime to;
    std::int64_t amount = 0;
  };
  bool fits_model(const Scene& scene, const Fault& fault) const;
  bool crashes_fit() const;
  bool skew_fits() const;

  FaultModel model_;
  std::vector<NodePlan> nodes_;
  std::vector<Span> down_;
  std::vector<Span> skew_;
  std::vector<Span> drift_;
  std::size_t faults_ = 0;
  std::size_t deviations_ = 0;
};

}  // namespace wn::faults
