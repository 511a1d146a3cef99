#pragma once
// VerifiedCache: chains whose signatures have been verified, by the id of their last link, so that neither
// they nor what hangs on them is verified again (after Fly.io's macaroon service, where a descendant of a
// verified parent needs one keyed hash). Fixed size, four ways, all memory taken at construction.
//
// Facts are what the signatures say and stay true for ever; whether they help now (time, revocation, tree) is
// decided at each use. An entry answers to its holder's key alone, and what it allows is read from the entry
// and never from the request, so that nobody gains by putting something into the cache or by finding it
// there. Where an entry lies depends on a secret number: a stranger cannot aim at another's place.
#include <memory_resource>
#include <vector>

#include "runtime/capability/crypto.h"
#include "runtime/capability/uses.h"

namespace wn::capability {

// One verified link, as far as a decision needs it.
struct LinkFacts {
  LinkId id;
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
  std::uint64_t issuer_high = 0;  // as in RevocationKey::issuer; zero for a narrowed link
  std::uint64_t issuer_low = 0;
  WorknodeId subtree;
  WallTime expires;
  std::uint32_t uses_max = 0;  // 0 = not counted
  Rights rights = 0;
};

// A verified chain.
struct Facts {
  std::array<LinkFacts, kDelegationDepthMax> link{};
  std::uint32_t depth = 0;
  std::uint32_t signed_depth = 0;
  PublicKey holder;
  Hash chain;
  // Of the last link, which is the narrowest.
  Rights rights = 0;
  std::uint64_t operations = 0;
  WallTime not_before;
  WallTime expires;
  NodeId verifier;
  std::uint64_t epoch = 0;
  Hash invocation;
  bool counted = false;  // any link of the chain
  bool has_secret = false;
  Mac secret;  // at the end of the chain, once somebody needed it

  std::span<const LinkFacts> links() const { return {link.data(), depth}; }
};

// What nearly all checks need, in two cache lines. Names as in Facts.
struct alignas(128) Hot {
  LinkId id;
  PublicKey holder;
  WorknodeId target;                   // this worknode was found to lie in every subtree of the chain …
  std::uint64_t tree = 0;              // … at this version of the tree; 0: nothing is known, ask slowly
  std::uint64_t revocations_seen = 0;  // RevocationSet::version() at which no link was revoked
  std::uint64_t operations = 0;
  std::int64_t not_before = 0;
  std::int64_t expires = 0;
  std::uint64_t generation = 0;  // of the cache's entries, this one's number; 0: vacant
  Rights rights = 0;
  std::uint8_t plain = 0;     // 1: not counted, bound to no invocation, for any verifier or this one
  std::uint8_t seen = 0;      // RevocationSet has been asked at all
  std::uint8_t used = 0;      // since it was last looked over
  std::uint8_t narrowed = 0;  // ends in a narrowed link: cheap to verify again
};
static_assert(sizeof(Hot) == 128);

// An entry of the cache; valid until the next remember() or clear().
struct Verified {
  Hot* hot = nullptr;
  Facts* facts = nullptr;
  explicit operator bool() const { return hot != nullptr; }
};

class VerifiedCache {
 public:
  static constexpr std::size_t kWays = 4;
  // `entries` is rounded up to a power of two, at least 8. About 900 bytes an entry.
  VerifiedCache(std::size_t entries, std::uint64_t secret, std::pmr::memory_resource* memory);

  // Where `id` would be by its tag, or nullptr. It may be vacant or another with the same tag: compare.
  Hot* probe(const LinkId& id) {
    const std::size_t first = set_of(id);
    const std::uint64_t* tag = tags_.data() + first;
    for (std::size_t way = 0; way < kWays; ++way) {
      if (tag[way] == id.low) return hot_.data() + first + way;
    }
    return nullptr;
  }
  // Some entry for any slot. It may live another life than the caller's: compare its generation, which no two
  // entries share.
  Hot& at(std::uint32_t slot) { return hot_.data()[slot & mask_]; }
  Verified find(const LinkId& id);
  Pass pass_of(const Verified& verified) const {
    return {.generation = verified.hot->generation,
            .slot = static_cast<std::uint32_t>(verified.hot - hot_.data())};
  }
  // The entry for these facts, old or new. In a full set one goes that nobody asked for since it was last
  // looked over: one that ends in a narrowed link before one that would cost a signature, and of either one
  // of the same holder first. So chains that are seen once crowd out neither their parents nor, before
  // themselves, strangers.
  Verified remember(const Facts& facts, bool plain);
  void clear();
  std::size_t capacity() const { return hot_.size(); }

 private:
  std::size_t set_of(const LinkId& id) const {
    return static_cast<std::size_t>(((id.low ^ secret_) * 0x9E3779B97F4A7C15ULL) >> shift_) * kWays;
  }
  std::size_t victim(std::size_t first, const PublicKey& holder);

  std::uint64_t secret_;
  std::uint32_t shift_;
  std::uint32_t mask_;
  std::uint32_t looked_over_ = 0;
  std::uint64_t generations_ = 0;
  std::pmr::vector<std::uint64_t> tags_;
  std::pmr::vector<Hot> hot_;
  std::pmr::vector<Facts> facts_;
};

}  // namespace wn::capability
