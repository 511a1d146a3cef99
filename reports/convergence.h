#pragma once
// How far the replicas of a realm were apart over a run, read from its trace: an update is told when a
// replica makes it and by each other when it applies it, so at any moment a replica is behind by what some
// replica has and it has not. What a replica gets as a whole image counts as what the others had then. Total
// on any trace.
#include <cstdint>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/trace_event.h"

namespace wn::reports {

inline constexpr std::size_t kConvergenceSamples = 800;  // over the run, evenly

struct InSync {
  std::uint32_t node = 0;
  std::uint32_t peer = 0;
  std::int64_t since_ns = 0;  // true time of the node's last word about it
};

struct Convergence {
  std::vector<std::uint32_t> nodes;                // the servers, ascending; empty: the run has no realm
  std::vector<std::vector<std::uint64_t>> behind;  // updates, by node, by sample
  std::vector<InSync> in_sync;                     // ascending by (node, peer)
};

Convergence convergence_of(const faults::Plan& plan, const std::vector<TraceEvent>& trace,
                           std::int64_t end_ns);

}  // namespace wn::reports
