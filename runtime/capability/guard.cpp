#include "runtime/capability/guard.h"

#include "runtime/base/check.h"
#include "runtime/capability/chain.h"
#include "runtime/capability/rules.h"

namespace wn::capability {

struct Guard::Walk {
  Facts facts;
  Path path = Path::cold;
  std::uint8_t link = 0;  // the one at hand
  std::uint8_t public_key_operations = 0;
};

Guard::Guard(const Options& options, std::pmr::memory_resource* memory)
    : options_(options),
      key_(options.seed),
      root_chain_(chain_start(options.root)),
      revocations_(options.revocations_max, memory),
      freshness_(options.peers_max, memory),
      uses_(options.counted_links_max, memory),
      cache_(options.cache_entries, options.cache_secret, memory) {}

Result<void> Guard::follow(ReplicaId peer) {
  Result<void> done = freshness_.follow(peer);
  trust_anew();
  return done;
}

void Guard::forget(ReplicaId peer) {
  freshness_.forget(peer);
  trust_anew();
}

void Guard::heard(ReplicaId peer, Instant as_of) {
  freshness_.heard(peer, as_of);
  trust_anew();
}

void Guard::trust_anew() {
  const Instant known = freshness_.known_until();
  const bool never_stale = options_.capability_staleness_max == Duration::max();
  trusted_until_ = never_stale ? Instant::max() : known + options_.capability_staleness_max;
}

const Facts* Guard::facts_of(const LinkId& token) { return cache_.find(token).facts; }

bool Guard::plain(const Facts& facts) const {
  return !facts.counted && !facts.invocation && (!facts.verifier || facts.verifier == options_.self);
}

Decision Guard::decide(ByteView presentation, const Invocation& invocation, const Moment& moment,
                       const SubtreeOracle& oracle, const PublicKey& channel) {
  Decision out;
  const Parsed& parsed = parsed_;
  out.refusal = parse(presentation, parsed_);
  if (out.refusal != Refusal::allowed) return out;
  Walk walk;
  out.refusal = verify_signed(parsed, walk);
  if (out.refusal == Refusal::allowed) out.refusal = verify_narrowed(parsed, walk);
  if (out.refusal == Refusal::allowed) out.refusal = authenticate(parsed, invocation, channel, walk);
  out.path = walk.path;
  out.public_key_operations = walk.public_key_operations;
  out.link = walk.link;
  out.depth = static_cast<std::uint8_t>(walk.facts.depth);
  if (out.refusal != Refusal::allowed) return out;
  const Verified verified = cache_.remember(walk.facts, plain(walk.facts));
  out.token = verified.hot->id;
  out.pass = cache_.pass_of(verified);
  out.number = verified.facts->link[verified.facts->depth - 1].number;
  out.refusal = evaluate(verified, invocation, moment, oracle, out.link);
  if (out.refusal == Refusal::allowed) out.refusal = spend(*verified.facts, moment);
  return out;
}

// One more link, whose authenticity is settled.
Refusal Guard::append(Facts& f, const Link& link, const PublicKey& issuer, const Hash& chain) const {
  const Caveats& c = link.caveats;
  if (f.depth >= options_.delegation_depth_max || f.depth == kDelegationDepthMax) return Refusal::too_deep;
  if (f.depth != 0) {
    Caveats parent{.rights = f.rights,
                   .operations = f.operations,
                   .subtree = {},
                   .not_before = f.not_before,
                   .expires = f.expires,
                   .verifier = f.verifier,
                   .epoch = f.epoch,
                   .invocation = f.invocation};
    // The planted bug: a link's rights are taken as they are, whatever its parent has.
    if (options_.defect == Defect::attenuation_widens) parent.rights = kAllRights;
    if (!narrows(parent, c)) return Refusal::widened;
  }
  const RevocationKey by = RevocationKey::issuer(issuer);
  f.link[f.depth++] = LinkFacts{.id = id_of(chain),
                                .number = link.number,
                                .epoch = c.epoch,
                                .issuer_high = by.high,
                                .issuer_low = by.low,
                                .subtree = c.subtree,
                                .expires = c.expires,
                                .uses_max = c.uses_max(),
                                .rights = c.rights};
  f.chain = chain;
  f.rights = c.rights;
  f.operations = c.operations;
  f.not_before = c.not_before;
  f.expires = c.expires;
  f.verifier = c.verifier;
  f.epoch = c.epoch;
  f.invocation = c.invocation;
  f.counted |= c.counted();
  return Refusal::allowed;
}

Refusal Guard::verify_signed(const Parsed& parsed, Walk& walk) {
  if (parsed.parent) {
    const Verified v = cache_.find(parsed.parent);
    if (!v || v.facts->depth != v.facts->signed_depth) {
      walk.path = Path::none;
      return Refusal::unknown_token;
    }
    walk.facts = *v.facts;
    walk.path = parsed.narrowed.empty() ? Path::remembered : Path::parent;
    return Refusal::allowed;
  }
  const std::size_t count = parsed.links.size();
  std::array<Hash, kDelegationDepthMax + 1> chain;
  chain[0] = root_chain_;
  for (std::size_t i = 0; i < count; ++i) {
    chain[i + 1] = chain_after(chain[i], parsed.links[i].body, parsed.links[i].link.signature);
  }
  std::size_t known = count;
  for (; known > 0; --known) {
    if (const Verified v = cache_.find(id_of(chain[known]))) {
      walk.facts = *v.facts;
      break;
    }
  }
  if (known > 0) walk.path = known == count && parsed.narrowed.empty() ? Path::remembered : Path::parent;
  for (std::size_t i = known; i < count; ++i) {
    const ParsedLink& at = parsed.links[i];
    walk.link = static_cast<std::uint8_t>(i);
    const PublicKey issuer = i == 0 ? options_.root : walk.facts.holder;
    ++walk.public_key_operations;
    if (!link_verifies(issuer, chain[i], at.body, at.link.signature)) return Refusal::bad_signature;
    if (i != 0 && (walk.facts.rights & bit(Right::delegate)) == 0) return Refusal::may_not_delegate;
    if (const Refusal r = append(walk.facts, at.link, issuer, chain[i + 1]); r != Refusal::allowed) return r;
    walk.facts.signed_depth = walk.facts.depth;
    walk.facts.holder = at.link.holder;
    walk.facts.has_secret = false;
    cache_.remember(walk.facts, plain(walk.facts));
  }
  walk.link = 0;
  return Refusal::allowed;
}

// The secret that the last signed holder shares with this verifier, for this chain.
bool Guard::reach_secret(Walk& walk) {
  Facts& facts = walk.facts;
  if (facts.has_secret) return true;
  WN_CHECK_EQ(facts.depth, facts.signed_depth);
  Mac shared;
  ++walk.public_key_operations;
  if (!key_.shared_with(facts.holder, shared)) return false;
  facts.secret = keyed_hash(shared, facts.chain.bytes);
  facts.has_secret = true;
  cache_.remember(facts, plain(facts));
  return true;
}

Refusal Guard::verify_narrowed(const Parsed& parsed, Walk& walk) {
  if (parsed.narrowed.empty()) return Refusal::allowed;
  if (!reach_secret(walk)) return Refusal::wrong_holder;
  for (const ParsedLink& at : parsed.narrowed) {
    walk.link = static_cast<std::uint8_t>(walk.facts.depth);
    const MacPair next = keyed_pair(walk.facts.secret, at.body);
    if (const Refusal r = append(walk.facts, at.link, {}, next.open); r != Refusal::allowed) return r;
    walk.facts.secret = next.secret;
  }
  walk.link = 0;
  return Refusal::allowed;
}

Refusal Guard::authenticate(const Parsed& parsed, const Invocation& invocation, const PublicKey& channel,
                            Walk& walk) {
  const Facts& f = walk.facts;
  switch (parsed.proof) {
    case ProofKind::none:
      return channel && channel == f.holder ? Refusal::allowed : Refusal::wrong_holder;
    case ProofKind::signature: {
      ++walk.public_key_operations;
      const ProofBytes bytes = proof_bytes(id_of(f.chain), options_.self, invocation);
      return verifies(f.holder, bytes.bytes, parsed.signature) ? Refusal::allowed : Refusal::wrong_holder;
    }
    case ProofKind::mac: {
      if (!reach_secret(walk)) return Refusal::wrong_holder;
      const ProofBytes bytes = proof_bytes(id_of(f.chain), options_.self, invocation);
      return same(keyed_hash(f.secret, bytes.bytes), parsed.mac) ? Refusal::allowed : Refusal::wrong_holder;
    }
  }
  return Refusal::wrong_holder;
}

}  // namespace wn::capability
