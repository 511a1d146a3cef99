#pragma once
// What few links have: something wrong with them, or a wire that is still busy. Overlapping faults compose:
// blocks and clogs are counted, and every packet fault on a frame's way decides for itself, by draws of its
// own, so that taking one away leaves what the others do as it was.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/time.h"
#include "sim/scheduler/slab.h"

namespace wn::sim {

struct PacketFault {
  std::uint32_t id = 0;
  faults::FaultKind kind{};
  std::int64_t amount = 0;
  std::int64_t amount2 = 0;
};

inline bool loses_all(std::span<const PacketFault> faults) {
  return std::any_of(faults.begin(), faults.end(), [](const PacketFault& f) {
    return f.kind == faults::FaultKind::packet_loss && f.amount >= 1'000'000;
  });
}

struct LinkExtra {
  std::uint32_t from = 0;  // indices of hosts
  std::uint32_t to = 0;
  std::uint32_t blocked = 0;           // faults that drop its frames
  std::uint32_t clogged = 0;           // faults that hold its frames
  std::uint32_t held_first = kNoSlot;  // held messages, a list through their next_held
  std::uint32_t held_last = kNoSlot;
  SimTime busy_until;  // until then the wire carries earlier bytes (bandwidth)
  std::vector<PacketFault> packets;
};

}  // namespace wn::sim
