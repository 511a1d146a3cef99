// One batched query: 1,000 projects, 20 tasks each, the tasks' owners and the owners' names. The properties
// stand in a table by id, as a property store would have them.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/tree/mix.h"
#include "runtime/tree/plan.h"

namespace wn::tree {
namespace {

constexpr std::uint32_t kProjects = 1'000;
constexpr std::uint32_t kTasks = 20;  // of a project
constexpr std::uint32_t kOwners = 100;
constexpr std::uint32_t kWorkspaceType = 1;
constexpr std::uint32_t kProjectType = 2;
constexpr std::uint32_t kTaskType = 3;
constexpr std::uint32_t kOwnerType = 4;
constexpr PropertyKey kOwner{1};
constexpr PropertyKey kName{2};

WorknodeId id(std::uint64_t n) { return worknode_id({ReplicaId{1}, n + 1}); }

// Values by (property, id), open addressing.
class Store : public PropertySource {
 public:
  Store() : slots_(1U << 16) {}
  void set(PropertyKey property, WorknodeId node, PropertyValue value) {
    slots_[slot(property, node)] = {.property = property, .node = node, .value = value};
  }
  void read(std::span<const WorknodeId> nodes, PropertyKey property,
            std::span<PropertyValue> values) const override {
    for (std::size_t i = 0; i < nodes.size(); ++i) values[i] = slots_[slot(property, nodes[i])].value;
  }

 private:
  struct Slot {
    PropertyKey property;
    WorknodeId node;
    PropertyValue value;
  };
  std::size_t slot(PropertyKey property, WorknodeId node) const {
    std::size_t at = mix(node.low ^ property.value, node.high) & (slots_.size() - 1);
    while (slots_[at].node && (slots_[at].node != node || slots_[at].property != property)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }
  std::vector<Slot> slots_;
};

struct World {
  World() : tree({}, std::pmr::new_delete_resource()) {
    std::uint64_t time = 0;
    std::vector<Operation> batch;
    const auto create = [&](std::uint64_t n, WorknodeId parent, std::uint32_t type) {
      batch.push_back({.stamp = {.time = causality::HlcTime{++time}, .replica = ReplicaId{1}},
                       .node = id(n),
                       .parent = parent,
                       .type = type});
    };
    create(0, kRootId, kWorkspaceType);
    std::uint64_t n = 1;
    for (std::uint32_t i = 0; i < kOwners; ++i, ++n) {
      create(n, kRootId, kOwnerType);
      names.push_back("owner-" + std::to_string(i));
    }
    for (std::uint32_t i = 0; i < kOwners; ++i) store.set(kName, id(1 + i), PropertyValue::of(names[i]));
    const std::uint64_t first_project = n;
    for (std::uint32_t i = 0; i < kProjects; ++i) create(n++, id(0), kProjectType);
    // Tasks as they come in life: round after round over the projects.
    for (std::uint32_t round = 0; round < kTasks; ++round) {
      for (std::uint32_t i = 0; i < kProjects; ++i, ++n) {
        create(n, id(first_project + i), kTaskType);
        store.set(kOwner, id(n), PropertyValue::of(id(1 + (n * 7919) % kOwners)));
      }
    }
    Effects effects(std::pmr::new_delete_resource());
    for (std::size_t i = 0; i < batch.size(); i += 1000) {
      const std::size_t size = std::min<std::size_t>(1000, batch.size() - i);
      WN_CHECK(tree.apply({batch.data() + i, size}, effects).has_value());
    }
  }
  Tree tree;
  Store store;
  std::vector<std::string> names;
};

void BM_QueryProjects(benchmark::State& state) {
  World world;
  Plan plan;
  const std::uint32_t projects = *plan.children(Plan::kTops, {.type = kProjectType});
  const std::uint32_t tasks = *plan.children(projects, {.type = kTaskType});
  const std::uint32_t owners = *plan.follow(tasks, kOwner);
  const std::uint32_t names = *plan.fetch(owners, kName);
  PlanRunner runner(world.tree, {.max_results = 50'000}, std::pmr::new_delete_resource());
  PlanAnswer answer(std::pmr::new_delete_resource());
  const WorknodeId workspace = id(0);
  for (auto _ : state) {
    CallBudget budget{1};
    WN_CHECK(runner.run(budget, plan, {&workspace, 1}, world.store, {}, answer).has_value());
    benchmark::DoNotOptimize(answer.steps.data());
  }
  WN_CHECK_EQ(answer.steps[tasks].rows.size(), kProjects * kTasks);
  WN_CHECK_EQ(answer.steps[owners].rows.size(), kOwners);
  WN_CHECK_EQ(answer.steps[names].values.size(), kOwners);
  state.SetItemsProcessed(state.iterations() * kProjects * kTasks);
}
BENCHMARK(BM_QueryProjects)->Unit(benchmark::kMicrosecond);

// What the budget forbids, for comparison: one query a project and one a task.
void BM_QueryProjectsInLoops(benchmark::State& state) {
  World world;
  Query query(world.tree, {}, std::pmr::new_delete_resource());
  Answer projects(std::pmr::new_delete_resource());
  Answer tasks(std::pmr::new_delete_resource());
  std::pmr::vector<PropertyValue> owner(std::pmr::new_delete_resource());
  std::pmr::vector<PropertyValue> name(std::pmr::new_delete_resource());
  const WorknodeId workspace = id(0);
  for (auto _ : state) {
    CallBudget budget{100'000};
    WN_CHECK(query.children(budget, {&workspace, 1}, {}, {}, projects).has_value());
    for (const Row& project : projects.rows) {
      WN_CHECK(query.children(budget, {&project.node, 1}, {}, {}, tasks).has_value());
      for (const Row& task : tasks.rows) {
        WN_CHECK(query.properties(budget, world.store, {&task.node, 1}, {&kOwner, 1}, owner).has_value());
        WN_CHECK(
            query.properties(budget, world.store, {&owner[0].worknode, 1}, {&kName, 1}, name).has_value());
      }
    }
    benchmark::DoNotOptimize(name.data());
  }
  state.SetItemsProcessed(state.iterations() * kProjects * kTasks);
}
BENCHMARK(BM_QueryProjectsInLoops)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace wn::tree
