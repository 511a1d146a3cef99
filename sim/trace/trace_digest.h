#pragma once
// The fingerprint of a trace. The seven words of each event are mixed and absorbed into the digest of its
// node; the overall digest then absorbs that node's new state, so it fixes both what happened on every node
// and the order across nodes. Recomputable from a stored trace: same events, same digests.
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/trace_event.h"

namespace wn::sim {

// Raised whenever equal events get other digests than before: stored digests of another kind are not
// compared.
inline constexpr std::uint32_t kTraceDigestKind = 2;

// The seven words of an event, each added to a key of its own, are multiplied two by two to 128 bits and
// summed: NH of UMAC (Black et al., CRYPTO '99), whose sums differ for different words but with a chance of
// 2^-64, and whose products do not wait for each other. The keys are digits of pi and e.
inline void absorb_event(Digest& digest, SimTime at, NodeId node, TraceKind kind,
                         const std::array<std::uint64_t, 5>& fields) {
  const auto product = [](std::uint64_t a, std::uint64_t b) { return static_cast<unsigned __int128>(a) * b; };
  const std::uint64_t where = std::uint64_t{node.value} << 32 | static_cast<std::uint64_t>(kind);
  const unsigned __int128 sum =
      product(static_cast<std::uint64_t>(at.ns) + 0x243F6A8885A308D3ULL, where + 0x13198A2E03707345ULL) +
      product(fields[0] + 0xA4093822299F31D1ULL, fields[1] + 0x082EFA98EC4E6C89ULL) +
      product(fields[2] + 0x452821E638D01377ULL, fields[3] + 0xBE5466CF34E90C6DULL) +
      product(fields[4] + 0xADF85458A2BB4A9BULL, 0xC0AC29B7C97C50DDULL);
  Digest next = digest;
  next.absorb(static_cast<std::uint64_t>(sum));
  next.absorb(static_cast<std::uint64_t>(sum >> 64));
  digest = next;
}
inline void absorb_event(Digest& digest, const TraceEvent& event) {
  absorb_event(digest, event.at, event.node, event.kind, event.field);
}

inline void absorb_node(Digest& overall, const Digest& of_node) {
  overall.absorb(of_node.low() ^ std::rotl(of_node.high(), 32));
}
inline void absorb_event(Digest& overall, Digest& of_node, const TraceEvent& event) {
  absorb_event(of_node, event);
  absorb_node(overall, of_node);
}

}  // namespace wn::sim
