#pragma once
// Placement: on which node a worknode's handler is at home. A pure function of the worknode's id and the
// realm's nodes, the same everywhere, so that nobody has to be asked: highest random weight (Thaler,
// Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 1998). When a node joins or
// leaves, only the worknodes that come to it or were on it move. O(members). Header-only.
#include <cstdint>
#include <span>

#include "runtime/base/digest.h"
#include "runtime/base/ids.h"

namespace wn::host {

// nobody: no members.
inline NodeId placed_on(WorknodeId worknode, std::span<const NodeId> members) {
  NodeId best;
  std::uint64_t weight = 0;
  for (const NodeId member : members) {
    Digest d;
    d.absorb(worknode.high);
    d.absorb(worknode.low);
    d.absorb(member.value);
    if (best && (d.low() < weight || (d.low() == weight && best < member))) continue;
    best = member;
    weight = d.low();
  }
  return best;
}

}  // namespace wn::host
