#include <catch2/catch_test_macros.hpp>
#include <set>

#include "faults/nemesis/budget.h"
#include "faults/nemesis/pick.h"
#include "faults/nemesis/test_plans.h"
#include "faults/plan/names.h"

namespace wn::faults {
namespace {

Incident propose(const char* name, const Scene& scene, std::uint64_t seed, Intensity intensity = {}) {
  Incident incident;
  incident.at = SimTime{seconds(5).ns};
  Draw draw = Random(seed).at("test.incident");
  find_nemesis(name)->propose(scene, intensity, draw, incident);
  return incident;
}

Scene wide_scene(std::uint32_t servers, std::uint64_t seed = 1) {
  Plan plan = blank_plan(seed, servers, 0, 3);
  plan.model = wide_model(servers);
  return scene_of(plan, Random(seed));
}

bool hears(const Fault& f, NodeId to, NodeId from) {
  return std::find(f.links.begin(), f.links.end(), Link{from, to}) == f.links.end();
}

// Nodes that `node` exchanges messages with, both ways, itself included.
std::size_t neighbours(const Fault& f, const Nodes& nodes, NodeId node) {
  std::size_t count = 0;
  for (NodeId other : nodes) {
    if (other == node || (hears(f, node, other) && hears(f, other, node))) ++count;
  }
  return count;
}

TEST_CASE("nemesis: names are unique and every family is known") {
  std::set<std::string_view> names;
  for (const Nemesis& n : nemeses()) {
    CHECK(names.insert(n.name).second);
    CHECK(find_nemesis(n.name) == &n);
    CHECK(is_nemesis_family(n.family));
    CHECK(n.words.size() > 10);
    CHECK(n.interval > Duration{});
  }
  CHECK(find_nemesis("earthquake") == nullptr);
  CHECK(!is_nemesis_family("earthquake"));
}

TEST_CASE("nemesis: in the majorities ring every server sees a majority and nobody sees all") {
  for (std::uint32_t n : {4U, 5U, 7U, 9U}) {
    const Scene scene = wide_scene(n);
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const Incident incident = propose("partition-ring", scene, seed);
      REQUIRE(incident.faults.size() == 1);
      for (NodeId id : scene.replicas) {
        const std::size_t seen = neighbours(incident.faults[0], scene.replicas, id);
        CHECK(seen >= n / 2 + 1);
        CHECK(seen < n);
      }
    }
  }
}

TEST_CASE("nemesis: a bridge is one server that sees all, between halves that do not see each other") {
  const Scene scene = wide_scene(5);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Incident incident = propose("partition-bridge", scene, seed);
    REQUIRE(incident.faults.size() == 1);
    std::size_t see_all = 0;
    for (NodeId id : scene.replicas)
      see_all += neighbours(incident.faults[0], scene.replicas, id) == 5 ? 1 : 0;
    CHECK(see_all == 1);
  }
}

TEST_CASE("nemesis: several partitions are three groups or more, each whole in itself") {
  const Scene scene = wide_scene(7);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Incident incident = propose("partition-several", scene, seed);
    REQUIRE(incident.faults.size() == 1);
    const Fault& f = incident.faults[0];
    std::set<std::set<NodeId>> groups;
    for (const NodeId id : scene.replicas) {
      std::set<NodeId> group;
      for (const NodeId other : scene.replicas) {
        if (other == id || (hears(f, id, other) && hears(f, other, id))) group.insert(other);
      }
      groups.insert(group);
    }
    std::size_t members = 0;
    for (const auto& group : groups) members += group.size();
    CHECK(groups.size() >= 3);
    CHECK(members == 7);  // no server is in two of them
  }
}

TEST_CASE("nemesis: isolation leaves one server with nobody") {
  const Scene scene = wide_scene(5);
  const Incident incident = propose("partition-isolate", scene, 3);
  REQUIRE(incident.faults.size() == 1);
  std::size_t alone = 0;
  for (NodeId id : scene.replicas) alone += neighbours(incident.faults[0], scene.replicas, id) == 1 ? 1 : 0;
  CHECK(alone == 1);
}

TEST_CASE("nemesis: never-healed cuts leave a fully connected quorum") {
  for (const char* name : {"unhealed-hangers", "unhealed-deaf", "unhealed-mute", "unhealed-minority"}) {
    for (std::uint32_t n : {3U, 5U, 7U}) {
      const Scene scene = wide_scene(n);
      for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const Incident incident = propose(name, scene, seed);
        REQUIRE(incident.faults.size() == 1);
        const Fault& f = incident.faults[0];
        CHECK(f.duration == Duration::max());
        // Greedy works: servers outside of the core miss a link to most of it.
        Nodes core;
        Nodes order = scene.servers;
        std::stable_sort(order.begin(), order.end(), [&](NodeId a, NodeId b) {
          return neighbours(f, scene.servers, a) > neighbours(f, scene.servers, b);
        });
        for (NodeId id : order) {
          const bool sees_core = std::all_of(core.begin(), core.end(),
                                             [&](NodeId c) { return hears(f, id, c) && hears(f, c, id); });
          if (sees_core) core.push_back(id);
        }
        INFO(name << " of " << n << " seed " << seed);
        CHECK(core.size() >= n / 2 + 1);
      }
    }
  }
}

TEST_CASE("nemesis: a rolling restart takes each server once and never two at a time") {
  const Scene scene = wide_scene(5);
  const Incident incident =
      propose("rolling-restart", scene, 4, {.length_min = milliseconds(50), .length_max = seconds(1)});
  REQUIRE(incident.faults.size() == 5);
  std::set<NodeId> seen;
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(seen.insert(incident.faults[i].nodes[0]).second);
    if (i > 0) CHECK(incident.faults[i].at > end_of(incident.faults[i - 1]));
  }
}

TEST_CASE("nemesis: a swizzle clogs servers one by one and frees them in another order") {
  const Scene scene = wide_scene(5);
  bool other_order = false;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Incident incident = propose("swizzle-clog", scene, seed);
    for (std::size_t i = 1; i < incident.faults.size(); ++i) {
      CHECK(incident.faults[i - 1].at < incident.faults[i].at);
      CHECK(end_of(incident.faults[i - 1]) != end_of(incident.faults[i]));
      other_order = other_order || end_of(incident.faults[i - 1]) > end_of(incident.faults[i]);
    }
  }
  CHECK(other_order);
}

TEST_CASE("nemesis: membership requests name three voters or more, each once") {
  Plan plan = blank_plan(1, 5, 2, 1);
  plan.model = wide_model(5);
  const Scene scene = scene_of(plan, Random(1));
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (const char* name : {"membership", "membership-sweep"}) {
      for (const Fault& f : propose(name, scene, seed).faults) {
        CHECK(f.nodes.size() >= 3);
        CHECK(std::adjacent_find(f.nodes.begin(), f.nodes.end(), std::greater_equal<>{}) == f.nodes.end());
      }
    }
  }
}

TEST_CASE("nemesis: lengths stay within bounds and reach both ends") {
  const Scene scene = wide_scene(5);
  const Intensity intensity{.length_min = milliseconds(10), .length_max = seconds(10)};
  std::size_t brief = 0;
  std::size_t lasting = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Draw draw = Random(seed).at("test.length");
    const Duration d = length_of(scene, intensity, {}, draw);
    REQUIRE(d >= milliseconds(10));
    REQUIRE(d <= seconds(10));
    brief += d < milliseconds(50) ? 1 : 0;
    lasting += d > seconds(5) ? 1 : 0;
  }
  CHECK(brief > 100);
  CHECK(lasting > 100);
  Draw draw = Random(1).at("test.length");
  CHECK(length_of(scene, intensity, SimTime{scene.end.ns - 5}, draw) == Duration{});
}

TEST_CASE("budget: refuses what would step outside of the model, whole incidents at a time") {
  Plan plan = blank_plan(1, 5, 0, 1);
  plan.model = {.crashed_max = 1, .wall_skew_max = seconds(1)};
  const Scene scene = scene_of(plan, Random(1));
  Budget budget(plan);
  const auto kill = [](std::int64_t from_ms, std::int64_t length_ms, std::uint32_t node) {
    return fault_on_nodes(FaultKind::kill, SimTime{milliseconds(from_ms).ns}, milliseconds(length_ms),
                          {NodeId{node}});
  };
  CHECK(budget.admit(scene, {.at = {}, .faults = {kill(1000, 1000, 1)}, .deviations = {}}));
  CHECK(!budget.admit(scene, {.at = {}, .faults = {kill(5000, 10, 3), kill(1500, 10, 2)}, .deviations = {}}));
  CHECK(budget.admit(scene, {.at = {}, .faults = {kill(5000, 10, 2)}, .deviations = {}}));
  CHECK(budget.admit(scene, {.at = {}, .faults = {kill(1500, 100, 1)}, .deviations = {}}));
  CHECK(!budget.admit(scene, {.at = {}, .faults = {kill(44'000, 2000, 1)}, .deviations = {}}));
  Fault forever = kill(1000, 0, 1);
  forever.duration = Duration::max();
  CHECK(!budget.admit(scene, {.at = {}, .faults = {forever}, .deviations = {}}));
  Fault cut;
  cut.kind = FaultKind::partition;
  cut.duration = seconds(1);
  cut.links = {{NodeId{1}, NodeId{2}}};
  CHECK(!budget.admit(scene, {.at = {}, .faults = {cut}, .deviations = {}}));
  const Fault step = fault_on_nodes(FaultKind::clock_step, {}, seconds(1), {NodeId{1}}, milliseconds(700).ns);
  CHECK(budget.admit(scene, {.at = {}, .faults = {step}, .deviations = {}}));
  CHECK(!budget.admit(scene, {.at = {}, .faults = {step}, .deviations = {}}));
}

TEST_CASE("budget: a disk misdirects one write at a time, and well apart from other damage to it") {
  Plan plan = blank_plan(1, 5, 0, 1);
  plan.model = {.disk_faulty_max = 2};
  const Scene scene = scene_of(plan, Random(1));
  REQUIRE(scene.disk_faulty.size() == 2);
  Budget budget(plan);
  const auto admits = [&](FaultKind kind, std::int64_t at_ms, std::size_t node) {
    const Fault f = fault_on_nodes(kind, SimTime{milliseconds(at_ms).ns}, {}, {scene.disk_faulty[node]}, 1);
    return budget.admit(scene, {.at = {}, .faults = {f}, .deviations = {}});
  };
  CHECK(admits(FaultKind::disk_misdirect, 1000, 0));
  CHECK(!admits(FaultKind::disk_misdirect, 1999, 0));
  CHECK(!admits(FaultKind::disk_bit_rot, 500, 0));
  CHECK(admits(FaultKind::disk_misdirect, 1500, 1));
  CHECK(admits(FaultKind::disk_misdirect, 2000, 0));
  CHECK(admits(FaultKind::disk_bit_rot, 3000, 0));
  CHECK(admits(FaultKind::disk_bit_rot, 3100, 0));
}

}  // namespace
}  // namespace wn::faults
