#pragma once
// Nodes: their lives, clocks, timers and disks, and the operations of clients. One thread.
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "faults/plan/plan.h"
#include "scenarios/reality/rule.h"
#include "sim/clock/node_clock.h"

namespace wn::reality {

class NodeRules {
 public:
  NodeRules(const faults::Plan& plan, bool real, Duration hands, Findings& findings);
  void on_event(const TraceEvent& event);

 private:
  struct Asked {  // of a disk
    std::uint64_t ticket = 0;
    std::uint64_t operation = 0;
    std::uint64_t file = 0;
  };
  struct Node {
    explicit Node(const faults::NodePlan& plan)
        : clock(plan.wall_offset, plan.drift_ppm), server(plan.role == faults::NodeRole::server) {}
    sim::NodeClock clock;
    bool server = false;
    bool up = false;
    bool told = false;  // that it starts
    std::uint64_t incarnation = 0;
    std::optional<SimTime> paused;
    std::optional<Instant> reads;  // its clock in this handler, where that is told
    std::deque<Asked> asked;
    std::set<std::uint64_t> running;  // operations
  };
  void life(Node& node, const TraceEvent& event);
  void acts(Node& node, const TraceEvent& event);
  void timer(Node& node, const TraceEvent& event);
  void disk(Node& node, const TraceEvent& event);
  void client(Node& node, const TraceEvent& event);

  bool real_;
  Duration hands_;
  Findings& findings_;
  std::map<NodeId, Node> nodes_;
};

}  // namespace wn::reality
