// Plans: joins in one call, the same as the loops that they replace; pages; limits.
#include "runtime/tree/plan.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>

#include "runtime/tree/genesis.h"

namespace wn::tree {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
constexpr PropertyKey kOwner{1};
constexpr PropertyKey kName{2};

class Store : public PropertySource {
 public:
  void read(std::span<const WorknodeId> nodes, PropertyKey property,
            std::span<PropertyValue> values) const override {
    ++reads;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto found = held.find({property, nodes[i]});
      values[i] = found == held.end() ? PropertyValue{} : found->second;
    }
  }
  std::map<std::pair<PropertyKey, WorknodeId>, PropertyValue> held;
  mutable std::uint32_t reads = 0;
};

// 6 projects of 4 tasks below the root; 3 owners of the tasks below the first project.
struct World {
  explicit World(QueryLimits limits = {})
      : tree(*make_genesis({.count = 30, .fan_out = 6}, {}, heap())),
        runner(tree, limits, heap()),
        answer(heap()) {
    std::uint32_t n = 0;
    for (std::uint32_t i = 6; i < 30; ++i) {
      if (i % 7 == 0) continue;  // some have no owner
      store.held[{kOwner, genesis_id(i)}] = PropertyValue::of(genesis_id(n++ % 3));
    }
    store.held[{kName, genesis_id(0)}] = PropertyValue::of("Ada");
    store.held[{kName, genesis_id(1)}] = PropertyValue::of("Grace");
    projects = *plan.children(Plan::kTops);
    tasks = *plan.children(projects);
    owners = *plan.follow(tasks, kOwner);
    names = *plan.fetch(owners, kName);
  }
  Result<void> run(const PlanPage& page = {}) {
    return runner.run(budget, plan, std::span(&kRootId, 1), store, page, answer);
  }
  Tree tree;
  PlanRunner runner;
  PlanAnswer answer;
  Store store;
  Plan plan;
  CallBudget budget{100};
  std::uint32_t projects = 0;
  std::uint32_t tasks = 0;
  std::uint32_t owners = 0;
  std::uint32_t names = 0;
};

}  // namespace

TEST_CASE("projects, tasks, owners and their names come in one call and one read a property") {
  World w;
  REQUIRE(w.run().has_value());
  CHECK(w.budget.left() == 99);
  CHECK(w.store.reads == 2);
  const auto& steps = w.answer.steps;
  REQUIRE(steps[w.projects].rows.size() == 6);
  REQUIRE(steps[w.tasks].rows.size() == 24);
  REQUIRE(steps[w.owners].rows.size() == 3);
  CHECK(steps[w.names].values[0] == PropertyValue::of("Ada"));
  CHECK(steps[w.names].values[2].kind == PropertyValue::Kind::none);
  for (std::size_t i = 0; i < 24; ++i) {
    const Row& task = steps[w.tasks].rows[i];
    CHECK(w.tree.find(task.node)->parent == steps[w.projects].rows[task.group].node);
    const auto owner = w.store.held.find({kOwner, task.node});
    const std::uint32_t link = steps[w.owners].links[i];
    REQUIRE((owner == w.store.held.end()) == (link == kNoRow));
    if (link != kNoRow) CHECK(steps[w.owners].rows[link].node == owner->second.worknode);
  }
}

TEST_CASE("an owner that is deleted or was never there is no row and no link") {
  World w;
  Effects effects(heap());
  const Operation gone = remove({.time = causality::HlcTime{1}, .replica = ReplicaId{1}}, genesis_id(1));
  w.store.held[{kOwner, genesis_id(7)}] = PropertyValue::of(genesis_id(999));
  w.store.held[{kOwner, genesis_id(8)}] = PropertyValue::of(genesis_id(1));
  REQUIRE(w.tree.apply({&gone, 1}, effects).has_value());
  REQUIRE(w.run().has_value());
  CHECK(w.answer.steps[w.projects].rows.size() == 5);
  CHECK(w.answer.steps[w.owners].rows.size() == 2);
  CHECK(w.answer.steps[w.owners].links[1] == kNoRow);
  CHECK(w.answer.steps[w.owners].links[2] == kNoRow);
}

TEST_CASE("pages of first rows, joined, are the whole answer") {
  World whole;
  REQUIRE(whole.run().has_value());
  World w;
  std::vector<WorknodeId> projects;
  std::vector<WorknodeId> tasks;
  PlanPage page{.first_rows_max = 4};
  for (std::uint32_t pages = 0;; ++pages) {
    REQUIRE(pages < 3);
    REQUIRE(w.run(page).has_value());
    for (const Row& row : w.answer.steps[w.projects].rows) projects.push_back(row.node);
    for (const Row& row : w.answer.steps[w.tasks].rows) tasks.push_back(row.node);
    page.from = w.answer.next;
    if (!page.from) break;
  }
  REQUIRE(projects.size() == 6);
  REQUIRE(tasks.size() == 24);
  for (std::size_t i = 0; i < 24; ++i) CHECK(tasks[i] == whole.answer.steps[whole.tasks].rows[i].node);
}

TEST_CASE("a plan beyond its limits is refused by type") {
  World w({.max_results = 20});
  CHECK(w.run().error().code == Errc::too_large);
  CHECK(w.run({.first_rows_max = 2}).has_value());
  CHECK(w.run({.first_rows_max = 0}).error().code == Errc::invalid_argument);
  Plan plan;
  CHECK(plan.children(1).error().code == Errc::invalid_argument);
  const std::uint32_t fetched = *plan.fetch(Plan::kTops, kName);
  CHECK(plan.children(fetched).error().code == Errc::invalid_argument);
  while (plan.steps().size() < kStepsMax) REQUIRE(plan.children(Plan::kTops).has_value());
  CHECK(plan.children(Plan::kTops).error().code == Errc::too_large);
  CallBudget none{0};
  CHECK(w.runner.run(none, w.plan, std::span(&kRootId, 1), w.store, {}, w.answer).error().code ==
        Errc::overloaded);
}

}  // namespace wn::tree
