#pragma once
// The plan's deviations, ready for look-up: extra delay by (link, message number), or by what a message
// means, and windows in which the events of a node wait. Plans without deviations pay one comparison.
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
  bool empty() const { return items_.empty() && counted_.empty(); }
  bool by_operation() const { return by_operation_; }
  // Of the frame that is now sent, the link's number `message`; REQUIRED of each one, in order, so that those
  // can be counted that a deviation means. `operation`: that it carries an attempt at; 0: none that is known.
  // Several deviations of one message add up.
  Duration of(NodeId from, NodeId to, std::uint64_t message, std::uint8_t type, std::uint64_t operation);

 private:
  struct Counted {
    NodeId from;
    NodeId to;
    std::uint32_t type = 0;  // 0: any
    std::uint32_t operation = 0;
    std::uint64_t message = 0;
    Duration amount;
    std::uint64_t seen = 0;
  };
  struct Item {
    NodeId from;
    NodeId to;
    std::uint64_t message = 0;
    Duration amount;
  };
  std::vector<Item> items_;       // ascending (from, to, message), one each
  std::vector<Counted> counted_;  // ascending (from, to)
  bool by_operation_ = false;
};

// How many frames of each type a link has carried.
class TypeCounts {
 public:
  // The number of this frame among those of its type on that link, from 1.
  std::uint64_t next(std::uint32_t link, std::uint8_t type) {
    if (counts_.size() <= link) counts_.resize(link + 1);
    for (auto& [known, count] : counts_[link]) {
      if (known == type) return ++count;
    }
    counts_[link].emplace_back(type, 1);
    return 1;
  }

 private:
  std::vector<std::vector<std::pair<std::uint8_t, std::uint64_t>>> counts_;
};

// The node's windows, ascending and merged where they touch.
std::vector<HoldWindow> hold_windows(const std::vector<faults::Deviation>& deviations, NodeId node);

}  // namespace wn::sim
