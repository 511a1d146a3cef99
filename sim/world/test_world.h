#pragma once
// For tests: small plans, and a process made of lambdas.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/bytes.h"
#include "sim/trace/recorder.h"
#include "sim/world/world.h"

namespace wn::sim::testing {

// Nodes 1..n, perfect clocks, latency of exactly 1 ms, freeze at the end of a 60 s run.
inline faults::Plan quiet_plan(std::uint32_t nodes, std::uint64_t seed = 1) {
  faults::Plan plan;
  plan.scenario = "test";
  plan.seed = seed;
  plan.duration = seconds(60);
  plan.freeze_at = SimTime{seconds(60).ns};
  plan.network.latency_min = milliseconds(1);
  plan.network.latency_mean = milliseconds(1);
  plan.network.tail_ppm = 0;
  for (std::uint32_t i = 1; i <= nodes; ++i) {
    faults::NodePlan node;
    node.id = NodeId{i};
    plan.nodes.push_back(node);
  }
  return plan;
}

inline SimTime at(Duration since_start) { return SimTime{since_start.ns}; }

inline faults::Fault& add_fault(faults::Plan& plan, faults::FaultKind kind, Duration when, Duration lasts,
                                std::vector<std::uint32_t> nodes = {}, std::int64_t amount = 0) {
  faults::Fault fault;
  fault.id = static_cast<std::uint32_t>(plan.faults.size() + 1);
  fault.kind = kind;
  fault.at = at(when);
  fault.duration = lasts;
  for (const std::uint32_t node : nodes) fault.nodes.push_back(NodeId{node});
  fault.amount = amount;
  plan.faults.push_back(fault);
  return plan.faults.back();
}

// What a test may do at a node; shared by all incarnations of all nodes of one world.
struct Script {
  struct Self {
    NodeId id;
    Backend& backend;
  };
  std::function<void(Self&)> start = [](Self&) {};
  std::function<void(Self&, NodeId, const Bytes&)> message = [](Self&, NodeId, const Bytes&) {};
  std::function<void(Self&, std::uint32_t)> timer = [](Self&, std::uint32_t) {};
  std::function<void(Self&, DiskCompletion)> disk = [](Self&, const DiskCompletion&) {};
  std::function<void(Self&, const Bytes&)> control = [](Self&, const Bytes&) {};
};

class ScriptedProcess final : public Process {
 public:
  ScriptedProcess(const Script& script, NodeId id, Backend& backend) : script_(script), self_{id, backend} {}
  void on_start() override { script_.start(self_); }
  void on_message(NodeId from, const Bytes& frame) override { script_.message(self_, from, frame); }
  void on_timer(std::uint32_t slot) override { script_.timer(self_, slot); }
  void on_disk(DiskCompletion completion) override { script_.disk(self_, std::move(completion)); }
  void on_control(const Bytes& command) override { script_.control(self_, command); }

 private:
  const Script& script_;
  Script::Self self_;
};

inline ProcessFactory factory_of(const Script& script) {
  return [&script](NodeId id, Backend& backend) {
    return std::make_unique<ScriptedProcess>(script, id, backend);
  };
}

inline Bytes text(std::string_view words) { return Bytes::copy_of(words); }

// How many events of one kind a trace holds, at one node if given.
inline std::size_t count(const TraceRecorder& trace, TraceKind kind, NodeId node = kNobody) {
  std::size_t n = 0;
  for (std::uint64_t i = 0; i < trace.size(); ++i) {
    n += trace[i].kind == kind && (node == kNobody || trace[i].node == node) ? 1 : 0;
  }
  return n;
}

}  // namespace wn::sim::testing
