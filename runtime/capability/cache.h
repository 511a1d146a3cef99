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

// The facts that nearly all checks need, in two cache lines. Names as in Facts.
struct alignas(128) Hot {
  LinkId id;
  PublicKey holder;
  std::uint64_t revocations_seen =
      ~std::uint64_t{0};  // RevocationSet::version() at which no link was revoked
  Rights rights = 0;
  std::uint32_t plain = 0;  // 1: not counted, bound to no invocation, for any verifier or this one
  std::uint64_t operations = 0;
  std::int64_t not_before = 0;
  std::int64_t expires = 0;
  WorknodeId target;       // this worknode was found to lie in every subtree of the chain …
  std::uint64_t tree = 0;  // … at this version of the tree; 0 = none yet
  std::uint64_t occupied = 0;
};
static_assert(sizeof(Hot) == 128);

struct Verified {
  Hot hot;
  Facts facts;
};

class VerifiedCache {
 public:
  static constexpr std::size_t kWays = 4;
  // `entries` is rounded up to a power of two, at least 4. About 1 KiB an entry.
  VerifiedCache(std::size_t entries, std::uint64_t secret, std::pmr::memory_resource* memory);

  Verified* find(const LinkId& id) {
    const std::size_t first = set_of(id);
    for (std::size_t way = 0; way < kWays; ++way) {
      const Hot& hot = entries_[first + way].hot;
      if (tags_[first + way] == id.low && hot.id == id && hot.occupied != 0) {
        used_[first + way] = 1;
        return &entries_[first + way];
      }
    }
    return nullptr;
  }
  // The entry for these facts, old or new. In a full set the first goes that was not used since it was last
  // looked over, preferably one of the same holder: who fills the cache crowds out himself first.
  Verified& remember(const Facts& facts, bool plain);
  void clear();
  std::size_t capacity() const { return entries_.size(); }

 private:
  std::size_t set_of(const LinkId& id) const {
    return static_cast<std::size_t>(((id.low ^ secret_) * 0x9E3779B97F4A7C15ULL) >> shift_) * kWays;
  }
  std::size_t victim(std::size_t first, const PublicKey& holder);

  std::uint64_t secret_;
  std::uint32_t shift_;
  std::pmr::vector<std::uint64_t> tags_;
  std::pmr::vector<std::uint8_t> used_;
  std::pmr::vector<Verified> entries_;
};

}  // namespace wn::capability
