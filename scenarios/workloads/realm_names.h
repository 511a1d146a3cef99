#pragma once
// Who and what a realm's plan means: a worknode's number as its id, a client's home replica. Pure.
#include <cstdint>

#include "faults/plan/plan.h"
#include "runtime/base/ids.h"
#include "runtime/realm/protocol.h"

namespace wn::scenarios {

// The first tree's worknodes are numbered breadth-first, the root is 0, the parent of n is (n - 1) / fan_out;
// created ones have greater numbers.
inline constexpr std::uint64_t kRootLow = realm::kRealmRoot.low;
inline constexpr std::uint64_t kFirstLow = realm::numbered(1).low;
constexpr WorknodeId worknode_id(std::uint32_t number) { return realm::numbered(number); }
constexpr std::int64_t number_of_id(std::int64_t low_half) {
  return static_cast<std::int64_t>(realm::number_of(static_cast<std::uint64_t>(low_half)));
}

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
