#pragma once
// What becomes of one frame on one link: pure physics, keyed by (link, message number, fault).
//
//   arrival = end of serialization (bandwidth, first in first out) + latency_min + exponential, sometimes the
//             long tail, + what the packet faults add
//
// Always the same draws in the same places, whether or not the plan uses them: switching loss on does not
// shift latencies.
#include <array>
#include <cstdint>
#include <span>

#include "faults/plan/plan.h"
#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/random.h"
#include "runtime/base/time.h"
#include "sim/network/link_extra.h"

namespace wn::sim {

struct Passage {
  bool lost = false;
  bool corrupted = false;
  std::uint32_t copies = 1;  // 2 when duplicated
  std::array<SimTime, 2> arrival{};
  bool serialized = false;  // the wire has a rate: it is busy until `leaves`
  SimTime leaves;
};

// The seed of one link's own decisions: a mix of the world's seed and the two ids (SplitMix64's finalizer).
std::uint64_t link_seed(std::uint64_t world_seed, NodeId from, NodeId to);

struct PacketFaults {
  std::span<const PacketFault> everywhere;
  std::span<const PacketFault> here;
};

// `random` is this link's; `busy_until` says when the wire has carried what was sent before.
Passage decide_passage(const faults::NetworkPlan& plan, PacketFaults faults, const Random& random,
                       std::uint64_t message, SimTime now, SimTime busy_until, std::size_t bytes);

// Of a network that neither loses nor duplicates by itself and has no rate, where no fault is in force: then
// decide_passage comes to one copy that arrives at `now` + latency_of.
inline bool always_passes(const faults::NetworkPlan& plan) {
  return (plan.loss_ppm | plan.duplicate_ppm) == 0 && plan.bandwidth_bytes_per_second == 0;
}
Duration latency_of(const faults::NetworkPlan& plan, const Random& random, std::uint64_t message);

// A copy of `frame` with 1 to 8 different bits flipped, chosen by (link, message). REQUIRES a frame of some
// bytes.
Bytes corrupted_copy(const Bytes& frame, const Random& random, std::uint64_t message);

// 32 bits over a frame or a disk transfer, for traces: fast, equal on every machine, no defence against
// anyone.
std::uint32_t trace_checksum(ByteView bytes);

}  // namespace wn::sim
