#pragma once
// Who and what a realm's plan means: a worknode's number as its id, a client's home replica. Pure.
#include <cstdint>

#include "faults/plan/plan.h"
#include "runtime/base/ids.h"

namespace wn::scenarios {

inline constexpr std::uint64_t kWorknodeIdHigh = 0x574f524b4e4f4445;  // "WORKNODE"

// The first tree's worknodes are numbered breadth-first, the root is 0; created ones have greater numbers.
constexpr WorknodeId worknode_id(std::uint32_t number) {
  return {kWorknodeIdHigh, std::uint64_t{number} + 1};
}
constexpr std::int64_t number_of_id(std::int64_t low_half) { return low_half - 1; }

// The server that serves this client: client n asks servers[n mod servers]. Nobody without servers.
inline NodeId home_of(const faults::Plan& plan, NodeId client) {
  std::uint32_t servers = 0;
  for (const faults::NodePlan& n : plan.nodes) servers += n.role == faults::NodeRole::server ? 1 : 0;
  if (servers == 0) return kNobody;
  std::uint32_t left = client.value % servers;
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role != faults::NodeRole::server) continue;
    if (left == 0) return n.id;
    --left;
  }
  return kNobody;
}

}  // namespace wn::scenarios
