#pragma once
// The packet faults in force, on single links and on all of them. They compose: every fault on a frame's way
// decides for itself, by draws of its own, so taking one away leaves what the others do as it was.
#include <cstdint>
#include <span>
#include <vector>

#include "faults/plan/plan.h"
#include "sim/network/link_table.h"

namespace wn::sim {

struct PacketFault {
  std::uint32_t id = 0;
  faults::FaultKind kind{};
  std::int64_t amount = 0;
  std::int64_t amount2 = 0;
};

class PacketFaults {
 public:
  void begin_everywhere(const PacketFault& fault) { everywhere_.push_back(fault); }
  void end_everywhere(std::uint32_t id) { erase(everywhere_, id); }
  void begin_on(Link& link, const PacketFault& fault);
  void end_on(Link& link, std::uint32_t id);

  bool none_on(const Link& link) const { return everywhere_.empty() && link.faults == kNoSlot; }
  std::span<const PacketFault> everywhere() const { return everywhere_; }
  std::span<const PacketFault> on(const Link& link) const {
    return link.faults == kNoSlot ? std::span<const PacketFault>{}
                                  : std::span<const PacketFault>(lists_[link.faults]);
  }
  // Some fault loses every frame of this link (a link nobody used yet: nullptr).
  bool loses_all(const Link* link) const;

 private:
  static void erase(std::vector<PacketFault>& list, std::uint32_t id);
  std::vector<PacketFault> everywhere_;
  Slab<std::vector<PacketFault>> lists_;
};

}  // namespace wn::sim
