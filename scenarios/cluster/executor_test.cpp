// The executor keeps the world's bookkeeping: the same plan gives the same events.
#include "scenarios/cluster/executor.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "scenarios/cluster/cluster_plan.h"
#include "scenarios/runner/run.h"

namespace wn::cluster {
namespace {

// Hands that do nothing but watch what they are asked for.
class WatchedHands final : public Hands {
 public:
  Result<void> cut(std::span<const faults::Link> links) override {
    for (const faults::Link& link : links) CHECK(cut_links.insert(link).second);
    return {};
  }
  Result<void> mend(std::span<const faults::Link> links) override {
    for (const faults::Link& link : links) CHECK(cut_links.erase(link) == 1);
    return {};
  }
  Result<void> crash(std::span<const NodeId> nodes, CrashCause) override {
    for (const NodeId node : nodes) up.erase(node), stopped.erase(node);
    return {};
  }
  Result<void> start(NodeId node, std::span<const faults::Fault>) override {
    CHECK(up.insert(node).second);
    return {};
  }
  Result<void> pause(NodeId node) override {
    CHECK(up.contains(node));
    CHECK(stopped.insert(node).second);
    return {};
  }
  Result<void> go_on(NodeId node) override {
    CHECK(stopped.erase(node) == 1);
    return {};
  }
  Result<void> tell(NodeId node, const faults::Fault& fault, bool) override {
    CHECK(up.contains(node));
    CHECK(concerns(fault, node));
    return {};
  }
  Result<void> tell_clients(const faults::Fault&, bool) override { return {}; }
  Result<void> ask_admin(const faults::Fault&) override { return {}; }

  std::set<faults::Link> cut_links;
  std::set<NodeId> up, stopped;
};

using Told = std::vector<TraceEvent>;

bool of_the_world(const TraceEvent& event) {
  // The simulator's first starts are some microseconds apart.
  if (event.kind == TraceKind::node_started && event.field[0] == 1) return false;
  switch (event.kind) {
    case TraceKind::node_started:
    case TraceKind::node_crashed:
    case TraceKind::node_paused:
    case TraceKind::node_resumed:
    case TraceKind::fault_began:
    case TraceKind::fault_ended:
    case TraceKind::faults_frozen:
      return true;
    default:
      return false;
  }
}

Told executed(const faults::Plan& plan, WatchedHands& hands) {
  Told told;
  SimTime now;
  const auto keep = [&](const TraceEvent& event) {
    if (of_the_world(event)) told.push_back(event);
  };
  Executor executor(
      plan, hands,
      [&](NodeId node, TraceKind kind, std::array<std::uint64_t, 5> field) {
        keep({.at = now, .node = node, .kind = kind, .reserved = 0, .field = field});
      },
      [&] { return now; });
  executor.start_all();
  while (const auto at = executor.next()) {
    now = *at;
    executor.perform_until(now);
  }
  executor.let_go();
  CHECK(executor.stats().failed == 0);
  CHECK(executor.stats().late == 0);
  return told;
}

Told simulated(const faults::Plan& plan) {
  std::set<NodeId> servers;
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role == faults::NodeRole::server || n.role == faults::NodeRole::spare) servers.insert(n.id);
  }
  const auto run = scenarios::run_plan(plan, {.record_trace = true, .check = false});
  REQUIRE(run.has_value());
  Told told;
  for (TraceEvent event : run->trace) {
    if (!of_the_world(event) || (event.node != kNobody && !servers.contains(event.node))) continue;
    if (event.kind == TraceKind::node_resumed) event.field[0] = 0;  // how many events waited
    told.push_back(event);
  }
  return told;
}

scenarios::Scenario scenario_of(const std::string& file) {
  auto scenario = scenarios::load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/" + file);
  REQUIRE(scenario.has_value());
  return *std::move(scenario);
}

TEST_CASE("a plan's faults make the same events in an executor as in the simulator") {
  for (const char* file : {"fast/raft-swarm.toml", "fast/raft-crash.toml", "fast/raft-partition.toml"}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      INFO(file << " seed " << seed);
      faults::Plan plan = scenarios::make_plan(scenario_of(file), seed);
      plan.operations.clear();
      WatchedHands hands;
      const Told here = executed(plan, hands);
      const Told there = simulated(plan);
      REQUIRE(here.size() == there.size());
      for (std::size_t i = 0; i < here.size(); ++i) {
        const TraceEvent& a = here[i];
        const TraceEvent& b = there[i];
        INFO("event " << i << " at " << a.at.ns << " / " << b.at.ns << " node " << a.node.value << " / "
                      << b.node.value << " kind " << static_cast<int>(a.kind) << " / "
                      << static_cast<int>(b.kind) << " field " << a.field[0] << " / " << b.field[0]);
        REQUIRE(a == b);
      }
      CHECK(hands.stopped.empty());
    }
  }
}

TEST_CASE("a link that two faults cut passes again when both are over") {
  faults::Plan plan;
  plan.duration = seconds(10);
  plan.freeze_at = SimTime{seconds(9).ns};
  for (std::uint32_t i = 1; i <= 2; ++i) plan.nodes.push_back({.id = NodeId{i}});
  const faults::Link link{NodeId{1}, NodeId{2}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    faults::Fault fault;
    fault.id = i + 1;
    fault.kind = faults::FaultKind::partition;
    fault.at = SimTime{seconds(1 + i).ns};
    fault.duration = seconds(2);
    fault.links = {link};
    plan.faults.push_back(fault);
  }
  WatchedHands hands;
  SimTime now;
  Executor executor(plan, hands, [](auto&&...) {}, [&] { return now; });
  const auto at = [&](Duration d) {
    now = SimTime{d.ns};
    executor.perform_until(now);
    return hands.cut_links.contains(link);
  };
  CHECK_FALSE(at(milliseconds(999)));
  CHECK(at(seconds(1)));
  CHECK(at(milliseconds(3500)));
  CHECK_FALSE(at(seconds(4)));
}

TEST_CASE("steps that are done late are counted") {
  faults::Plan plan = scenarios::make_plan(scenario_of("fast/raft-crash.toml"), 1);
  WatchedHands hands;
  Executor executor(plan, hands, [](auto&&...) {}, [] { return SimTime::max(); });
  executor.perform_until(SimTime{plan.duration.ns});
  CHECK(executor.stats().late == executor.stats().steps);
  CHECK(executor.stats().late > 0);
}

TEST_CASE("a shortened plan for three servers is a plan, and is the same one each time") {
  for (const char* file : {"fast/raft-swarm.toml", "fast/worknode-mixed.toml", "fast/worknode-modes.toml"}) {
    const scenarios::Scenario scenario = scenario_of(file);
    const PlanRequest request{.servers = 3, .seed = 7, .duration = seconds(12)};
    const auto one = cluster_plan(scenario, request, {});
    INFO(file);
    REQUIRE(one.has_value());
    CHECK(one->plan.duration == seconds(12));
    CHECK(one->plan.freeze_at <= SimTime{seconds(9).ns});
    CHECK(one->plan.deviations.empty());
    const auto servers =
        std::ranges::count(one->plan.nodes, faults::NodeRole::server, &faults::NodePlan::role);
    CHECK(servers == 3);
    const auto two = cluster_plan(scenario, request, {});
    REQUIRE(two.has_value());
    CHECK(one->plan.faults == two->plan.faults);
    CHECK(one->plan.operations == two->plan.operations);
  }
}

TEST_CASE("faults that a machine cannot do are left out, counted and told") {
  const scenarios::Scenario scenario = scenario_of("fast/raft-disk.toml");
  const auto whole = cluster_plan(scenario, {.seed = 3}, {});
  const auto less = cluster_plan(scenario, {.seed = 3}, {.disks = false, .power = false});
  REQUIRE(whole.has_value());
  REQUIRE(less.has_value());
  CHECK(less->dropped > 0);
  CHECK_FALSE(less->notes.empty());
  CHECK(whole->plan.faults.size() - less->plan.faults.size() == less->dropped - whole->dropped);
}

}  // namespace
}  // namespace wn::cluster
