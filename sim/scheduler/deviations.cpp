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
}

Duration MessageDelays::of(NodeId from, NodeId to, std::uint64_t message) const {
  const Item wanted{from, to, message, {}};
  const auto it = std::lower_bound(items_.begin(), items_.end(), wanted,
                                   [](const Item& a, const Item& b) { return key_of(a) < key_of(b); });
  if (it == items_.end() || key_of(*it) != key_of(wanted)) return {};
  return it->amount;
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
