#include "runtime/capability/cache.h"

#include <algorithm>
#include <bit>

#include "runtime/capability/chain.h"

namespace wn::capability {

VerifiedCache::VerifiedCache(std::size_t entries, std::uint64_t secret, std::pmr::memory_resource* memory)
    : secret_(secret), tags_(memory), hot_(memory), facts_(memory) {
  const std::size_t sets = std::bit_ceil(std::max<std::size_t>(entries, 2 * kWays)) / kWays;
  shift_ = 64U - static_cast<std::uint32_t>(std::countr_zero(sets));
  mask_ = static_cast<std::uint32_t>(sets * kWays - 1);
  tags_.resize(sets * kWays);
  hot_.resize(sets * kWays);
  facts_.resize(sets * kWays);
}

void VerifiedCache::clear() {
  std::ranges::fill(tags_, 0);
  std::ranges::fill(hot_, Hot{});
}

Verified VerifiedCache::find(const LinkId& id) {
  const std::size_t first = set_of(id);
  for (std::size_t at = first; at < first + kWays; ++at) {
    Hot& hot = hot_[at];
    if (hot.generation == 0 || hot.id != id) continue;
    hot.used = 1;
    return {&hot, &facts_[at]};
  }
  return {};
}

std::size_t VerifiedCache::victim(std::size_t first, const PublicKey& holder) {
  const std::size_t end = first + kWays;
  for (std::size_t at = first; at < end; ++at) {
    if (hot_[at].generation == 0) return at;
  }
  // The lower, the sooner it goes.
  const auto worth = [&](const Hot& hot) {
    return (hot.used << 2) | (hot.narrowed == 0 ? 2 : 0) | (hot.holder == holder ? 0 : 1);
  };
  std::size_t best =
      first + static_cast<std::size_t>(looked_over_ % kWays);  // of equals, none is always first
  for (std::size_t at = first; at < end; ++at) {
    if (worth(hot_[at]) < worth(hot_[best])) best = at;
  }
  if (hot_[best].used != 0) {  // all were asked for: look them over anew
    ++looked_over_;
    for (std::size_t at = first; at < end; ++at) hot_[at].used = 0;
  }
  return best;
}

Verified VerifiedCache::remember(const Facts& facts, bool plain) {
  const LinkId id = id_of(facts.chain);
  if (const Verified old = find(id)) {
    if (facts.has_secret && !old.facts->has_secret) {
      old.facts->secret = facts.secret;
      old.facts->has_secret = true;
    }
    return old;
  }
  const std::size_t at = victim(set_of(id), facts.holder);
  tags_[at] = id.low;
  facts_[at] = facts;
  hot_[at] = Hot{.id = id,
                 .holder = facts.holder,
                 .operations = facts.operations,
                 .not_before = facts.not_before.ns,
                 .expires = facts.expires.ns,
                 .generation = ++generations_,
                 .rights = facts.rights,
                 .plain = static_cast<std::uint8_t>(plain ? 1 : 0),
                 .narrowed = static_cast<std::uint8_t>(facts.depth != facts.signed_depth ? 1 : 0)};
  return {&hot_[at], &facts_[at]};
}

}  // namespace wn::capability
