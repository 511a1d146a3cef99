#pragma once
// Proof: two headers that one node signed for one writer and that cannot lie on one chain. Anybody who has
// the node's public key can check it, offline, with nothing else; an honest node never signs such a pair.
//
// Bytes: { 1: sealed header, 2: sealed header }, the lesser bytes first, at most kProofBytesMax; canonical,
// so that one pair has one proof. Source: PeerReview, section 4.5 (evidence); SUNDR (forks).
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/chain/block.h"

namespace wn::chain {

inline constexpr std::size_t kProofBytesMax = 1024;

struct Proof {
  Sealed a;
  Sealed b;
  const Header& about() const { return a.header; }
  // The writer's updates from this counter on do not count.
  std::uint64_t cut() const { return std::min(a.header.first, b.header.first); }
};

// These two, whatever they claim to follow, cannot be on one chain: same realm, writer and node, but
// different headers for a counter, or two that claim the same predecessor.
bool contradict(const Header& a, const Header& b);
// None: they do not contradict each other.
std::optional<Proof> make_proof(const Sealed& a, const Sealed& b);

// ok; corrupt (not canonical, or no contradiction); too_large.
[[nodiscard]] Errc decode(ByteView bytes, Proof& out);
Bytes encode(const Proof& proof);

// The whole check: form, contradiction, realm, both signatures. Whose key it takes says about().node.
[[nodiscard]] bool verify_proof(const Proof& proof, std::uint64_t realm, const PublicKey& key);
[[nodiscard]] bool verify_proof(ByteView bytes, std::uint64_t realm, const PublicKey& key);

}  // namespace wn::chain
