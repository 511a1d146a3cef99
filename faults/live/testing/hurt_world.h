#pragma once
// For tests: nodes of a simulated world, each with a Hurt around a scripted process.
#include <map>
#include <memory>

#include "faults/live/hurt.h"
#include "sim/world/test_world.h"

namespace wn::live::testing {

using sim::testing::at;
using sim::testing::quiet_plan;
using sim::testing::Script;
using sim::testing::ScriptedProcess;
using sim::testing::text;

class HurtWorld {
 public:
  explicit HurtWorld(faults::Plan plan, std::map<std::uint32_t, Script*> scripts, HurtOptions options = {})
      : plan_(std::move(plan)), scripts_(std::move(scripts)), options_(std::move(options)) {
    world_ = std::make_unique<sim::World>(
        plan_, [this](NodeId id, Backend& backend) { return make(id, backend); }, nullptr);
  }
  // Runs up to that moment; nodes have started after a millisecond. Faults begin and end at the moments
  // between.
  void until(Duration when) { world_->run_until(at(when)); }
  SimTime now() const { return world_->now(); }
  Hurt& at_node(std::uint32_t id) { return *hurt_.at(id); }

 private:
  std::unique_ptr<Process> make(NodeId id, Backend& backend) {
    HurtOptions options = options_;
    options.self = id;
    auto hurt = std::make_unique<Hurt>(options, sim::testing::factory_of(*scripts_.at(id.value)), backend);
    hurt_[id.value] = hurt.get();
    return hurt;
  }
  faults::Plan plan_;
  std::map<std::uint32_t, Script*> scripts_;
  HurtOptions options_;
  std::map<std::uint32_t, Hurt*> hurt_;
  std::unique_ptr<sim::World> world_;
};

inline faults::Fault fault(std::uint32_t id, faults::FaultKind kind, std::int64_t amount = 0,
                           std::vector<faults::Link> links = {}, std::int64_t amount2 = 0) {
  faults::Fault out;
  out.id = id;
  out.kind = kind;
  out.amount = amount;
  out.amount2 = amount2;
  out.links = std::move(links);
  return out;
}

inline faults::Fault fault_at(std::uint32_t id, faults::FaultKind kind, std::uint32_t node,
                              std::int64_t amount = 0) {
  faults::Fault out = fault(id, kind, amount);
  out.nodes.push_back(NodeId{node});
  return out;
}

}  // namespace wn::live::testing
