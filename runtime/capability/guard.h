#pragma once
// Guard: decides whether an invocation may take effect. One for each replica; a value without clock, I/O,
// randomness or threads. Everything that it needs comes in: the root's public key, a seed for its own key,
// the times, the tree's answers, and what the replica heard of revocations.
//
//   Decision d = guard.decide(bytes, invocation, moment, oracle, channel);   // the whole token
//   Refusal  r = guard.check(token_id, holder, invocation, moment, oracle);  // one that it remembers: the
//   fast way
//
// Yes means, and only then: every signed link verifies from the root on; each link narrows the one before it;
// the presenter is the last signed holder (proven by the channel, by a signature, or by a keyed hash) or has
// the secret of a narrowed link; the time is right; no link is revoked; the revocation feed is not older than
// capability_staleness_max; the last link has the rights and operations; the target (each of two) lies in the
// subtree of every link now; and a counted link has a use left, which is then taken.
//
// Cost: bounded by 8 signature checks, one key agreement and a parse of 4 KiB; a chain that is remembered
// costs none of them. A yes of decide() takes one use of each counted link, whether or not the operation then
// succeeds. Replays of one proof are not noticed here: callers let (holder, sequence) take effect once.
#include <memory_resource>
#include <string>

#include "runtime/capability/cache.h"
#include "runtime/capability/revocation.h"
#include "runtime/capability/token.h"

namespace wn::capability {

struct Options {
  PublicKey root;  // of the realm
  NodeId self;     // as which counted links name this verifier
  Seed seed;       // of this verifier's own key, which narrowed links need
  // A replica that may have missed revocations for longer refuses everything. Duration::max(): never does.
  Duration capability_staleness_max = seconds(10);
  std::uint32_t cache_entries = 4096;
  std::uint64_t cache_secret = 0;  // random
  std::uint32_t revocations_max = 65'536;
  std::uint32_t counted_links_max = 4096;
  std::uint32_t peers_max = 64;
  std::uint32_t delegation_depth_max = kDelegationDepthMax;  // links of a chain; more are too_deep
  Defect defect = Defect::none;  // attenuation_widens, revocation_forgotten_on_restart
};

enum class Path : std::uint8_t {
  none = 0,    // refused before any chain was known
  remembered,  // the whole chain was in the cache
  parent,      // a part of the chain was, or its narrowed links hang on one that was
  cold,        // nothing was
};

struct Decision {
  Refusal refusal = Refusal::malformed;
  Path path = Path::none;
  std::uint8_t link =
      0;  // the link of which it was refused, counted from the root's; 0 when none is to blame
  std::uint8_t depth = 0;  // links of the chain, as far as verified
  std::uint8_t public_key_operations =
      0;                     // that it took: signatures verified, keys agreed; about 0.1 ms each
  LinkId token;              // to be used with check(); zero while no chain was verified
  std::uint64_t number = 0;  // of the last link
  Pass pass;                 // the same token, for this channel; none while no chain was verified
  explicit operator bool() const { return refusal == Refusal::allowed; }
};

class Guard {
 public:
  Guard(const Options& options, std::pmr::memory_resource* memory);

  // `channel` is the key that the other end of the channel has proven, or nobody.
  Decision decide(ByteView presentation, const Invocation& invocation, const Moment& moment,
                  const SubtreeOracle& oracle, const PublicKey& channel = {});

  // For a token that an earlier decide() let in, on a channel that has proven `holder`. unknown_token when it
  // has been forgotten since.
  Refusal check(const LinkId& token, const PublicKey& holder, const Invocation& invocation,
                const Moment& moment, const SubtreeOracle& oracle) {
    Hot* h = cache_.probe(token);
    if (h == nullptr) [[unlikely]] {
      return Refusal::unknown_token;
    }
    const std::uint64_t other =
        (h->id.high ^ token.high) | (h->id.low ^ token.low) | differing(h->holder, holder);
    if (simply_allowed(*h, other, invocation, moment, oracle)) [[likely]] {
      return Refusal::allowed;
    }
    return check_slowly(token, holder, invocation, moment, oracle);
  }
  // The same by the pass that decide() gave for the channel at hand: the runtime vouches that it is this one.
  Refusal check(const Pass& pass, const Invocation& invocation, const Moment& moment,
                const SubtreeOracle& oracle) {
    Hot& h = cache_.at(pass.slot);
    if (simply_allowed(h, h.generation ^ pass.generation, invocation, moment, oracle)) [[likely]] {
      return Refusal::allowed;
    }
    if (!pass || h.generation != pass.generation) return Refusal::unknown_token;
    return check_slowly(h.id, h.holder, invocation, moment, oracle);
  }

  // ---- revocations
  Result<bool> revoke(const RevocationKey& key, std::uint64_t epoch = kForever) {
    return revocations_.raise(key, epoch);
  }
  Result<std::size_t> merge(ByteView delta) { return revocations_.merge(delta); }
  const RevocationSet& revocations() const { return revocations_; }
  // The feed; see Freshness.
  Result<void> follow(ReplicaId peer);
  void forget(ReplicaId peer);
  void heard(ReplicaId peer, Instant as_of);
  // The last moment at which this guard trusts what it knows.
  Instant trusted_until() const { return trusted_until_; }

  // ---- over restarts: what must be stored, and how it comes back. Errors as in RevocationSet and UseTable.
  void encode_revocations(std::vector<std::uint8_t>& out) const { revocations_.encode_since(0, out); }
  void encode_uses(std::vector<std::uint8_t>& out) const { uses_.encode(out); }
  Result<std::size_t> restore_revocations(ByteView stored) {
    return revocations_.restore(stored, options_.defect);
  }
  Result<void> restore_uses(ByteView stored) { return uses_.restore(stored); }

  // The chain behind a remembered token, for reports and the audit log; nullptr when it is forgotten.
  const Facts* facts_of(const LinkId& token);
  const PublicKey& public_key() const { return key_.public_key(); }
  const Options& options() const { return options_; }
  // Forgets all verified chains. For tests; nothing needs it.
  void forget_tokens() { cache_.clear(); }

 private:
  struct Walk;  // a presentation on its way through decide()
  Refusal verify_signed(const Parsed& parsed, Walk& walk);
  Refusal verify_narrowed(const Parsed& parsed, Walk& walk);
  Refusal authenticate(const Parsed& parsed, const Invocation& invocation, const PublicKey& channel,
                       Walk& walk);
  Refusal append(Facts& facts, const Link& link, const PublicKey& issuer, const Hash& chain) const;
  bool reach_secret(Walk& walk);
  // The usual yes, in two cache lines. One branch for all questions: nobody learns from the time which was
  // answered by no, and the processor has one thing to guess. `other` is 0 when it is the right entry; a
  // vacant one has tree 0, which no oracle has.
  bool simply_allowed(Hot& h, std::uint64_t other, const Invocation& invocation, const Moment& moment,
                      const SubtreeOracle& oracle) const {
    other |= (h.target.high ^ invocation.target.high) | (h.target.low ^ invocation.target.low);
    other |= invocation.also.high | invocation.also.low;  // two targets take the long way
    other |= (h.tree ^ oracle.version()) | (h.revocations_seen ^ revocations_.version());
    other |= (invocation.rights & ~h.rights) | (invocation.operation & ~h.operations);
    const bool in_time = (moment.wall.ns >= h.not_before) & (moment.wall.ns < h.expires);
    const bool yes = (other == 0) & in_time & (moment.now <= trusted_until_);
    if (yes) [[likely]]
      h.used = 1;
    return yes;
  }
  Refusal check_slowly(const LinkId& token, const PublicKey& holder, const Invocation& invocation,
                       const Moment& moment, const SubtreeOracle& oracle);
  Refusal evaluate(const Verified& verified, const Invocation& invocation, const Moment& moment,
                   const SubtreeOracle& oracle, std::uint8_t& link);
  Refusal spend(const Facts& facts, const Moment& moment);
  bool plain(const Facts& facts) const;
  void trust_anew();

  Options options_;
  Parsed parsed_;  // of the presentation at hand
  KeyPair key_;
  Hash root_chain_;
  RevocationSet revocations_;
  Freshness freshness_;
  UseTable uses_;
  VerifiedCache cache_;
  Instant trusted_until_ = Instant::max();
};

// Why a decision was made, for a person: one line a link, from the root's to the last.
std::string explain(const Decision& decision, const Facts* facts);
// "read+write"; "nothing".
std::string rights_text(Rights rights);

}  // namespace wn::capability
