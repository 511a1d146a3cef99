#include "sim/network/packet_faults.h"

#include <algorithm>

namespace wn::sim {

void PacketFaults::begin_on(Link& link, const PacketFault& fault) {
  if (link.faults == kNoSlot) link.faults = lists_.take({});
  lists_[link.faults].push_back(fault);
}

void PacketFaults::end_on(Link& link, std::uint32_t id) {
  if (link.faults == kNoSlot) return;
  std::vector<PacketFault>& list = lists_[link.faults];
  erase(list, id);
  if (list.empty()) {
    lists_.give_back(link.faults);
    link.faults = kNoSlot;
  }
}

void PacketFaults::erase(std::vector<PacketFault>& list, std::uint32_t id) {
  std::erase_if(list, [&](const PacketFault& f) { return f.id == id; });
}

bool PacketFaults::loses_all(const Link* link) const {
  const auto total = [](const PacketFault& f) {
    return f.kind == faults::FaultKind::packet_loss && f.amount >= 1'000'000;
  };
  if (std::any_of(everywhere_.begin(), everywhere_.end(), total)) return true;
  if (link == nullptr) return false;
  const auto list = on(*link);
  return std::any_of(list.begin(), list.end(), total);
}

}  // namespace wn::sim
