#pragma once
// Latency by mode, from one run: how long clients waited for LOCAL, EVENTUAL and STRONG operations that were
// done, by the history; and how long it took until an update was visible elsewhere, by the trace: from its
// application at its origin to that at the first other replica, and at each of the others.
//
// True times. Percentiles are of the nearest rank. Not a verdict: what a mode may cost is a figure.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checkers/history/history.h"
#include "sim/world/world.h"

namespace wn::scenarios {

struct Latency {
  std::string what;  // "local", "eventual", "strong", "visible-at-a-peer", "visible-at-each-peer"
  std::uint64_t count = 0;
  std::int64_t p50_ns = 0;
  std::int64_t p99_ns = 0;
};

class VisibilityMeter final : public sim::TraceSink {
 public:
  void on_event(const TraceEvent& event) override;
  const std::vector<std::int64_t>& first() const { return first_; }
  const std::vector<std::int64_t>& each() const { return each_; }

 private:
  struct Seen {
    SimTime at;
    std::set<NodeId> nodes;
  };
  std::map<std::pair<std::uint64_t, std::uint64_t>, Seen> seen_;  // by dot
  std::vector<std::int64_t> first_;
  std::vector<std::int64_t> each_;
};

// What a run has nothing of is left out.
std::vector<Latency> latencies(const checkers::History& history, const VisibilityMeter& visible);

}  // namespace wn::scenarios
