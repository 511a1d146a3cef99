#pragma once
// What a chain of rights allows, said a second time: whatever each of its links allows by itself, provided
// that no link gives what the one before it does not have. The world is a tree of three worknodes, 1 over 2
// over 3, which a move makes 1 over 2 and 3; time runs 0, 1, 2; revocations are a set of bits.
#include <cstdint>
#include <span>
#include <string>

#include "scenarios/exhaustive/capability_scope.h"

namespace wn::exhaustive {

inline constexpr std::uint32_t kMayWrite = 1;
inline constexpr std::uint32_t kMayDelegate = 2;
inline constexpr std::uint32_t kTimes = 3;
inline constexpr std::uint32_t kTargets = 3;  // worknodes 1 to 3

struct ChainLink {
  std::uint32_t rights = kMayWrite;  // 1 to 3
  std::uint32_t subtree = 1;         // 1 or 2
  std::uint32_t expires = 1;         // 1 or 2
  std::uint32_t epoch = 0;           // 0 or 1
  bool once = false;                 // one use
  bool narrowed = false;             // by a keyed hash instead of a signature; at the end of a chain only
  friend bool operator==(const ChainLink&, const ChainLink&) = default;
};
inline constexpr std::uint32_t kLinkCodes = 3 * 2 * 2 * 2 * 2 * 2;
ChainLink link_of(std::uint32_t code);  // REQUIRES code < kLinkCodes
using Chain = std::span<const ChainLink>;
std::uint32_t signed_links(Chain chain);

// Bits of CapabilityWorld::revoked: the link at each place of the chain for ever, then, of epochs before 1:
inline constexpr std::uint32_t kRevokedIssuer = 1U << 4;  // what the last signature's maker signed
inline constexpr std::uint32_t kRevokedHolder = 1U << 5;  // what the chain's holder holds
inline constexpr std::uint32_t kRevokedUnder2 = 1U << 6;  // all on worknode 2 and under it
inline constexpr std::uint32_t kRevokedUnder3 = 1U << 7;
inline constexpr std::uint32_t kRevocationBits = 8;

struct CapabilityWorld {
  std::uint32_t revoked = 0;
  std::uint32_t time = 0;
  bool moved = false;
  bool restarted = false;  // the guard, after all revocations and uses
  std::uint32_t used = 0;  // times that the chain was used before
  friend bool operator==(const CapabilityWorld&, const CapabilityWorld&) = default;
};

bool is_under(std::uint32_t subtree, std::uint32_t target, bool moved);
// No link gives what the one before it does not have, and who signed one might.
bool only_narrows(Chain chain);
bool allows(Chain chain, const CapabilityWorld& world, std::uint32_t right, std::uint32_t target);
bool is_counted(Chain chain);

std::string words_of(const ChainLink& link);
std::string words_of_revocation(std::uint32_t bit);

}  // namespace wn::exhaustive
