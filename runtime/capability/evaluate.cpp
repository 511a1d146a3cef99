#include <algorithm>

#include "runtime/base/bounded_vector.h"
#include "runtime/capability/chain.h"
#include "runtime/capability/guard.h"
#include "runtime/capability/rules.h"

namespace wn::capability {

std::size_t first_revoked(const Facts& facts, const RevocationSet& revocations) {
  if (revocations.size() == 0) return facts.depth;
  for (std::size_t i = 0; i < facts.depth; ++i) {
    const LinkFacts& l = facts.link[i];
    if (l.epoch < revocations.epoch_of(RevocationKey::link(l.number))) return i;
    // A narrowed link has no issuer of its own.
    const RevocationKey issuer{RevocationKind::issuer, l.issuer_high, l.issuer_low};
    if (i < facts.signed_depth && l.epoch < revocations.epoch_of(issuer)) return i;
  }
  // The last link's epoch is the lowest of the chain.
  if (facts.depth != 0 && facts.epoch < revocations.epoch_of(RevocationKey::holder(facts.holder))) {
    return facts.depth - 1;
  }
  return facts.depth;
}

bool target_revoked(const Facts& facts, const RevocationSet& revocations, WorknodeId target,
                    const SubtreeOracle& oracle) {
  if (!revocations.any_subtree()) return false;
  std::size_t steps = 0;
  for (WorknodeId at = target; at; at = oracle.parent_of(at)) {
    // The last link's epoch is the lowest of the chain.
    if (facts.epoch < revocations.epoch_of(RevocationKey::subtree(at))) return true;
    if (++steps > kAncestorsMax) return true;
  }
  return false;
}

std::size_t first_outside(const Facts& facts, WorknodeId target, const SubtreeOracle& oracle) {
  WorknodeId previous;
  for (std::size_t i = 0; i < facts.depth; ++i) {
    const WorknodeId subtree = facts.link[i].subtree;
    if (subtree == previous) continue;  // most links narrow something else
    if (!oracle.contains(subtree, target)) return i;
    previous = subtree;
  }
  return facts.depth;
}

// Everything about a verified chain that can change between two uses, in a fixed order.
Refusal Guard::evaluate(const Verified& verified, const Invocation& v, const Moment& moment,
                        const SubtreeOracle& oracle, std::uint8_t& link) {
  const Facts& f = *verified.facts;
  Hot& hot = *verified.hot;
  hot.tree = 0;
  if (f.verifier && f.verifier != options_.self) return Refusal::wrong_verifier;
  if (moment.wall < f.not_before) return Refusal::not_yet;
  if (moment.wall >= f.expires) return Refusal::expired;
  if (hot.seen == 0 || hot.revocations_seen != revocations_.version()) {
    const std::size_t revoked = first_revoked(f, revocations_);
    if (revoked != f.depth) {
      link = static_cast<std::uint8_t>(revoked);
      return Refusal::revoked;
    }
    hot.revocations_seen = revocations_.version();
    hot.seen = 1;
  }
  if (target_revoked(f, revocations_, v.target, oracle)) return Refusal::revoked;
  if (v.also && target_revoked(f, revocations_, v.also, oracle)) return Refusal::revoked;
  if (moment.now > trusted_until_) return Refusal::stale_revocations;
  if ((v.rights & ~f.rights) != 0) return Refusal::right_missing;
  if ((v.operation & ~f.operations) != 0) return Refusal::operation_missing;
  std::size_t outside = first_outside(f, v.target, oracle);
  if (v.also) outside = std::min(outside, first_outside(f, v.also, oracle));
  if (outside != f.depth) {
    link = static_cast<std::uint8_t>(outside);
    return Refusal::out_of_subtree;
  }
  if (f.invocation && f.invocation != invocation_hash(v)) return Refusal::wrong_invocation;
  if (hot.plain != 0) {  // only then may the fast way say yes
    hot.target = v.target;
    hot.tree = oracle.version();
  }
  return Refusal::allowed;
}

Refusal Guard::spend(const Facts& facts, const Moment& moment) {
  if (!facts.counted) return Refusal::allowed;
  BoundedVector<CountedLink, kDelegationDepthMax> counted;
  for (const LinkFacts& l : facts.links()) {
    if (l.uses_max != 0) counted.push_back({.id = l.id, .expires = l.expires, .uses_max = l.uses_max});
  }
  return uses_.take(counted.span(), moment.wall);
}

Refusal Guard::check_slowly(const LinkId& token, const PublicKey& holder, const Invocation& invocation,
                            const Moment& moment, const SubtreeOracle& oracle) {
  const Verified verified = cache_.find(token);
  if (!verified) return Refusal::unknown_token;
  if (verified.facts->holder != holder) return Refusal::wrong_holder;
  std::uint8_t link = 0;
  const Refusal refusal = evaluate(verified, invocation, moment, oracle, link);
  return refusal == Refusal::allowed ? spend(*verified.facts, moment) : refusal;
}

}  // namespace wn::capability
