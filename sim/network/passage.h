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

#include "faults/plan/plan.h"
#include "runtime/base/bytes.h"
#include "runtime/base/time.h"
#include "sim/network/link_table.h"
#include "sim/network/packet_faults.h"

namespace wn::sim {

struct Passage {
  bool lost = false;
  bool corrupted = false;
  std::uint32_t copies = 1;  // 2 when duplicated
  std::array<SimTime, 2> arrival{};
};

// Moves link.busy_until on. REQUIRES that `link.sent` is this frame's number.
Passage decide_passage(const faults::NetworkPlan& plan, const PacketFaults& faults, Link& link, SimTime now,
                       std::size_t bytes);

// A copy of `frame` with 1 to 8 bits flipped, chosen by (link, message).
Bytes corrupted_copy(const Bytes& frame, const Link& link, std::uint64_t message);

// 32 bits over a frame or a disk transfer, for traces: fast, equal on every machine, no defence against
// anyone.
std::uint32_t trace_checksum(ByteView bytes);

}  // namespace wn::sim
