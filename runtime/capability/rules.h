#pragma once
// The questions of a decision that are asked anew at every use. Inside the room.
#include "runtime/capability/cache.h"
#include "runtime/capability/revocation.h"

namespace wn::capability {

// Steps from a worknode to the tree's top; a deeper tree counts as revoked (fail closed).
inline constexpr std::size_t kAncestorsMax = 4096;

// The first revoked link of the chain, or facts.depth.
std::size_t first_revoked(const Facts& facts, const RevocationSet& revocations);
// Is the target under a subtree that was revoked after the chain was issued?
bool target_revoked(const Facts& facts, const RevocationSet& revocations, WorknodeId target,
                    const SubtreeOracle& oracle);
// The first link whose subtree does not hold the target, or facts.depth.
std::size_t first_outside(const Facts& facts, WorknodeId target, const SubtreeOracle& oracle);

}  // namespace wn::capability
