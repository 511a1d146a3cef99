#include "runtime/capability/cache.h"

#include <algorithm>
#include <bit>

#include "runtime/capability/chain.h"

namespace wn::capability {

VerifiedCache::VerifiedCache(std::size_t entries, std::uint64_t secret, std::pmr::memory_resource* memory)
    : secret_(secret), tags_(memory), used_(memory), entries_(memory) {
  const std::size_t sets = std::bit_ceil(std::max<std::size_t>(entries, 2 * kWays)) / kWays;
  shift_ = 64U - static_cast<std::uint32_t>(std::countr_zero(sets));
  tags_.resize(sets * kWays);
  used_.resize(sets * kWays);
  entries_.resize(sets * kWays);
}

void VerifiedCache::clear() {
  std::ranges::fill(tags_, 0);
  std::ranges::fill(used_, std::uint8_t{0});
  for (Verified& entry : entries_) entry = Verified{};
}

std::size_t VerifiedCache::victim(std::size_t first, const PublicKey& holder) {
  for (std::size_t way = first; way < first + kWays; ++way) {
    if (entries_[way].hot.occupied == 0) return way;
  }
  for (std::size_t way = first; way < first + kWays; ++way) {
    if (used_[way] == 0 && entries_[way].hot.holder == holder) return way;
  }
  for (std::size_t way = first; way < first + kWays; ++way) {
    if (used_[way] == 0) return way;
  }
  // All in use: look over the set, and let its first go.
  for (std::size_t way = first + 1; way < first + kWays; ++way) used_[way] = 0;
  return first;
}

Verified& VerifiedCache::remember(const Facts& facts, bool plain) {
  const LinkId id = id_of(facts.chain);
  if (Verified* old = find(id)) {
    if (facts.has_secret && !old->facts.has_secret) {
      old->facts.secret = facts.secret;
      old->facts.has_secret = true;
    }
    return *old;
  }
  const std::size_t at = victim(set_of(id), facts.holder);
  tags_[at] = id.low;
  used_[at] = 1;
  Verified& entry = entries_[at];
  entry.facts = facts;
  entry.hot = Hot{.id = id,
                  .holder = facts.holder,
                  .rights = facts.rights,
                  .plain = plain ? 1U : 0U,
                  .operations = facts.operations,
                  .not_before = facts.not_before.ns,
                  .expires = facts.expires.ns,
                  .occupied = 1};
  return entry;
}

}  // namespace wn::capability
