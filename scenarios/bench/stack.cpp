#include "scenarios/bench/stack.h"

#include <algorithm>

#include "runtime/base/random.h"
#include "runtime/node/node.h"
#include "scenarios/workloads/admin_process.h"
#include "scenarios/workloads/client_process.h"

namespace wn::scenarios {
namespace {

std::vector<NodeId> ids_of(const faults::Plan& plan, bool spares) {
  std::vector<NodeId> out;
  for (const faults::NodePlan& node : plan.nodes) {
    const bool wanted =
        node.role == faults::NodeRole::server || (spares && node.role == faults::NodeRole::spare);
    if (wanted) out.push_back(node.id);
  }
  return out;
}

faults::Operation operation_at(const StackShape& shape, std::uint32_t number, std::int64_t when,
                               NodeId process) {
  Draw draw = Random(shape.seed).at("stack.operation", 0, number);
  faults::Operation op{.id = number, .process = process, .at = SimTime{when}};
  op.key = static_cast<std::uint32_t>(draw.below(shape.keys));
  op.value = number;
  const std::uint64_t kind = draw.below(10);
  if (kind < 5) {
    op.function = faults::OpFunction::get;
  } else if (kind < 9) {
    op.function = faults::OpFunction::put;
  } else {
    op.function = faults::OpFunction::cas;
    op.expected = number - static_cast<std::int64_t>(draw.below(20));
  }
  return op;
}

}  // namespace

faults::Plan stack_plan(const StackShape& shape) {
  faults::Plan plan;
  plan.scenario = "stack";
  plan.seed = shape.seed;
  plan.duration = shape.duration;
  plan.freeze_at = SimTime{shape.duration.ns};
  const auto add = [&](std::uint32_t count, faults::NodeRole role) {
    for (std::uint32_t i = 0; i < count; ++i) {
      plan.nodes.push_back({.id = NodeId{static_cast<std::uint32_t>(plan.nodes.size() + 1)}, .role = role});
    }
  };
  add(shape.servers, faults::NodeRole::server);
  add(shape.spares, faults::NodeRole::spare);
  const auto first_client = static_cast<std::uint32_t>(plan.nodes.size() + 1);
  add(shape.clients, faults::NodeRole::client);
  add(1, faults::NodeRole::admin);
  // The first second is for the election.
  const std::int64_t step = std::max<std::int64_t>(
      1, seconds(1).ns / static_cast<std::int64_t>(std::max<std::uint64_t>(1, shape.operations_per_second)));
  std::uint32_t number = 0;
  for (std::int64_t at = seconds(1).ns; at < shape.duration.ns && shape.operations_per_second != 0;
       at += step) {
    ++number;
    plan.operations.push_back(operation_at(shape, number, at, NodeId{first_client + number % shape.clients}));
  }
  return plan;
}

ProcessFactory stack_factory(const faults::Plan& plan, const StackShape& shape, OperationListener* listener) {
  return [&plan, shape, listener, operations = operations_by_process(plan)](
             NodeId id, Backend& backend) -> std::unique_ptr<Process> {
    const auto node = std::ranges::find(plan.nodes, id, &faults::NodePlan::id);
    switch (node->role) {
      case faults::NodeRole::server:
      case faults::NodeRole::spare: {
        node::Options options{
            .id = id, .defect = plan.system.defect, .check_invariants = shape.check_invariants};
        if (plan.system.snapshot_every_entries != 0) {
          options.snapshot_every_entries = plan.system.snapshot_every_entries;
        }
        for (NodeId voter : ids_of(plan, false)) options.initial.voters.push_back(voter);
        return node::make_node(options, backend);
      }
      case faults::NodeRole::client: {
        const auto* found = operations.find(id);
        const auto mine = found ? *found : std::vector<faults::Operation>{};
        return make_client_process({.id = id, .servers = ids_of(plan, true), .operations = mine}, backend,
                                   listener);
      }
      case faults::NodeRole::admin:
        return make_admin_process({.id = id, .servers = ids_of(plan, true)}, backend);
    }
    return nullptr;
  };
}

}  // namespace wn::scenarios
