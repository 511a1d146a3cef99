#pragma once
// The fingerprint of a trace. Each event is absorbed field by field (seven words) into the digest of its
// node; the overall digest then absorbs that node's new state, so it fixes both what happened on every node
// and the order across nodes. Recomputable from a stored trace: same events, same digests.
#include <bit>
#include <cstdint>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/trace_event.h"

namespace wn::sim {

inline void absorb_event(Digest& digest, const TraceEvent& event) {
  digest.absorb(static_cast<std::uint64_t>(event.at.ns));
  digest.absorb(std::uint64_t{event.node.value} << 32 | static_cast<std::uint64_t>(event.kind));
  for (const std::uint64_t field : event.field) digest.absorb(field);
}

inline void absorb_event(Digest& overall, Digest& of_node, const TraceEvent& event) {
  absorb_event(of_node, event);
  overall.absorb(of_node.low() ^ std::rotl(of_node.high(), 32));
}

}  // namespace wn::sim
