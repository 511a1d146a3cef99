#pragma once
// The fingerprint of a trace. Each event is absorbed field by field (seven words) into the digest of its
// node; the overall digest then absorbs that node's new state, so it fixes both what happened on every node
// and the order across nodes. Recomputable from a stored trace: same events, same digests.
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/trace_event.h"

namespace wn::sim {

// Field by field: an event that was written a moment ago is not read back in larger pieces, which would wait.
inline void absorb_event(Digest& digest, SimTime at, NodeId node, TraceKind kind,
                         const std::array<std::uint64_t, 5>& fields) {
  Digest next = digest;
  next.absorb(static_cast<std::uint64_t>(at.ns));
  next.absorb(std::uint64_t{node.value} << 32 | static_cast<std::uint64_t>(kind));
  for (const std::uint64_t field : fields) next.absorb(field);
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
