#include "sim/scheduler/deviations.h"

#include <algorithm>
#include <tuple>

namespace wn::sim {

namespace {
template <class Item>
auto key_of(const Item& d) {
  return std::tuple(d.from, d.to, d.message);
}
}  // namespace

MessageDelays::MessageDelays(const std::vector<faults::Deviation>& deviations) {
  for (const faults::Deviation& d : deviations) {
    if (d.kind != faults::DeviationKind::delay_message || d.amount.ns <= 0) continue;
    if (d.message_type != 0 || d.operation != 0) {
      counted_.push_back({d.from, d.to, d.message_type, d.operation, d.message, d.amount});
      by_operation_ = by_operation_ || d.operation != 0;
      continue;
    }
    items_.push_back({d.from, d.to, d.message, d.amount});
  }
  std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) { return key_of(a) < key_of(b); });
  std::vector<Item> merged;
  for (const Item& item : items_) {
    if (!merged.empty() && key_of(merged.back()) == key_of(item)) {
      merged.back().amount = merged.back().amount + item.amount;
    } else {
      merged.push_back(item);
    }
  }
  items_ = std::move(merged);
  std::ranges::stable_sort(counted_, {}, [](const Counted& c) { return std::pair(c.from, c.to); });
}

Duration MessageDelays::of(NodeId from, NodeId to, std::uint64_t message, std::uint8_t type,
                           std::uint64_t operation) {
  Duration late;
  const auto link = [](const Counted& c) { return std::pair(c.from, c.to); };
  for (Counted& c : std::ranges::equal_range(counted_, std::pair(from, to), {}, link)) {
    if ((c.type != 0 && c.type != type) || (c.operation != 0 && c.operation != operation)) continue;
    if (++c.seen == c.message) late = late + c.amount;
  }
  const Item wanted{from, to, message, {}};
  const auto it = std::lower_bound(items_.begin(), items_.end(), wanted,
                                   [](const Item& a, const Item& b) { return key_of(a) < key_of(b); });
  return it == items_.end() || key_of(*it) != key_of(wanted) ? late : late + it->amount;
}

std::vector<HoldWindow> hold_windows(const std::vector<faults::Deviation>& deviations, NodeId node) {
  std::vector<HoldWindow> windows;
  for (const faults::Deviation& d : deviations) {
    if (d.kind != faults::DeviationKind::delay_process || d.from != node || d.amount.ns <= 0) continue;
    windows.push_back({d.at, d.at + d.amount});
  }
  std::sort(windows.begin(), windows.end());
  std::vector<HoldWindow> merged;
  for (const HoldWindow& w : windows) {
    if (!merged.empty() && w.from <= merged.back().until) {
      merged.back().until = std::max(merged.back().until, w.until);
    } else {
      merged.push_back(w);
    }
  }
  return merged;
}

}  // namespace wn::sim
