#pragma once
// The plan's deviations, ready for look-up: extra delay by (link, message number), and windows in which the
// events of a node wait. Plans without deviations pay one comparison.
#include <cstdint>
#include <utility>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn::sim {

struct HoldWindow {
  SimTime from;
  SimTime until;  // not included
  friend auto operator<=>(const HoldWindow&, const HoldWindow&) = default;
};

class MessageDelays {
 public:
  explicit MessageDelays(const std::vector<faults::Deviation>& deviations);
  bool empty() const { return items_.empty(); }
  // Several deviations of one message add up.
  Duration of(NodeId from, NodeId to, std::uint64_t message) const;

 private:
  struct Item {
    NodeId from;
    NodeId to;
    std::uint64_t message = 0;
    Duration amount;
  };
  std::vector<Item> items_;  // ascending (from, to, message), one each
};

// The node's windows, ascending and merged where they touch.
std::vector<HoldWindow> hold_windows(const std::vector<faults::Deviation>& deviations, NodeId node);

}  // namespace wn::sim
