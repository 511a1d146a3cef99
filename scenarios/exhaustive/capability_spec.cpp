#include "scenarios/exhaustive/capability_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wn::exhaustive {

ChainLink link_of(std::uint32_t code) {
  const auto take = [&](std::uint32_t choices) {
    const std::uint32_t out = code % choices;
    code /= choices;
    return out;
  };
  ChainLink out;
  out.rights = 3 - take(3);  // the widest come first, so that a counterexample shows what is narrowed
  out.subtree = 1 + take(2);
  out.expires = 2 - take(2);
  out.epoch = 1 - take(2);
  out.narrowed = take(2) != 0;
  out.once = take(2) != 0;
  return out;
}

std::uint32_t signed_links(Chain chain) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(chain, [](const ChainLink& link) { return !link.narrowed; }));
}

bool is_under(std::uint32_t subtree, std::uint32_t target, bool moved) {
  return subtree == 1 || subtree == target || (subtree == 2 && target == 3 && !moved);
}

bool is_counted(Chain chain) { return std::ranges::any_of(chain, &ChainLink::once); }

bool only_narrows(Chain chain) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    const ChainLink& before = chain[i - 1];
    const ChainLink& link = chain[i];
    if (!link.narrowed && (before.rights & kMayDelegate) == 0) return false;
    if ((link.rights & ~before.rights) != 0 || link.expires > before.expires || link.epoch > before.epoch)
      return false;
  }
  return true;
}

bool allows(Chain chain, const CapabilityWorld& world, std::uint32_t right, std::uint32_t target) {
  if (chain.empty() || !only_narrows(chain)) return false;
  const auto old = [](const ChainLink& link) { return link.epoch == 0; };
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const ChainLink& link = chain[i];
    if ((link.rights & right) == 0 || world.time >= link.expires) return false;
    if (!is_under(link.subtree, target, world.moved)) return false;
    if ((world.revoked >> i & 1U) != 0) return false;
    if (link.once && world.used != 0) return false;
    if ((world.revoked & kRevokedUnder2) != 0 && old(link) && is_under(2, target, world.moved)) return false;
    if ((world.revoked & kRevokedUnder3) != 0 && old(link) && target == 3) return false;
  }
  if ((world.revoked & kRevokedIssuer) != 0 && old(chain[signed_links(chain) - 1])) return false;
  return (world.revoked & kRevokedHolder) == 0 || std::ranges::none_of(chain, old);
}

std::string words_of(const ChainLink& link) {
  constexpr std::array<std::string_view, 4> kRights = {"nothing", "write", "delegate", "write and delegate"};
  return fmt::format("{} on worknode {} and under it, before time {}, epoch {}{}", kRights[link.rights],
                     link.subtree, link.expires, link.epoch, link.once ? ", once" : "");
}

std::string words_of_revocation(std::uint32_t bit) {
  switch (std::uint32_t{1} << bit) {
    case kRevokedIssuer:
      return "what the last link's issuer signed before epoch 1 is revoked";
    case kRevokedHolder:
      return "what the chain's holder got before epoch 1 is revoked";
    case kRevokedUnder2:
      return "what was given before epoch 1 is revoked for worknode 2 and under it";
    case kRevokedUnder3:
      return "what was given before epoch 1 is revoked for worknode 3";
    default:
      return fmt::format("link {} is revoked", bit + 1);
  }
}

}  // namespace wn::exhaustive
