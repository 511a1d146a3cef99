#include "faults/plan/plan_check.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "faults/plan/model_check.h"
#include "faults/plan/names.h"
#include "faults/plan/plan_samples.h"

namespace wn::faults {
namespace {

Operation put(std::uint32_t id, std::int64_t ms) {
  Operation o;
  o.id = id;
  o.process = NodeId{6};
  o.at = at_ms(ms);
  o.function = OpFunction::put;
  return o;
}

bool accepted(const std::function<void(Plan&)>& change) {
  Plan p = small_plan();
  p.operations = {put(1, 10), put(2, 20)};
  p.faults = {node_fault(1, FaultKind::kill, at_ms(1000), seconds(2), {1}),
              node_fault(2, FaultKind::pause, at_ms(2000), seconds(2), {2})};
  change(p);
  return plan_check(p).has_value();
}

TEST_CASE("plan check: a sensible plan passes") {
  CHECK(accepted([](Plan&) {}));
}

TEST_CASE("plan check: each broken rule is refused") {
  const std::vector<std::function<void(Plan&)>> wrongs = {
      [](Plan& p) { p.version = 2; },
      [](Plan& p) { p.duration = {}; },
      [](Plan& p) { p.duration = kPlanDurationMax + nanoseconds(1); },
      [](Plan& p) { p.freeze_at = SimTime{seconds(61).ns}; },
      [](Plan& p) { p.freeze_at = SimTime{-1}; },
      [](Plan& p) { p.network.loss_ppm = 1'000'001; },
      [](Plan& p) { p.network.latency_mean = nanoseconds(1); },
      [](Plan& p) { p.network.link_messages_max = 0; },
      [](Plan& p) { p.disk.sync_mean = nanoseconds(-1); },
      [](Plan& p) { p.system.election_timeout_min = seconds(2), p.system.election_timeout_max = seconds(1); },
      [](Plan& p) { p.system.election_timeout_min = seconds(1), p.system.heartbeat_interval = seconds(1); },
      [](Plan& p) { p.nodes.clear(); },
      [](Plan& p) { p.nodes[1].id = p.nodes[0].id; },
      [](Plan& p) { p.nodes[0].id = kNobody; },
      [](Plan& p) { p.nodes[0].drift_ppm = 201; },
      [](Plan& p) { p.nodes[0].wall_offset = seconds(2); },
      [](Plan& p) { p.operations[1].id = 1; },
      [](Plan& p) { p.operations[0].at = at_ms(30); },
      [](Plan& p) { p.operations[0].at = at_ms(-1); },
      [](Plan& p) { p.operations[0].process = NodeId{1}; },
      [](Plan& p) { p.operations[0].process = NodeId{77}; },
      [](Plan& p) { p.operations[0].function = OpFunction::txn; },
      [](Plan& p) { p.operations[0].txn.push_back({}); },
      [](Plan& p) { p.operations[0].key = kKeysMax; },
      [](Plan& p) { p.faults[1].id = 1; },
      [](Plan& p) { p.faults[0].at = at_ms(3000); },
      [](Plan& p) { p.faults[0].duration = seconds(60); },
      [](Plan& p) { p.faults[0].duration = nanoseconds(-5); },
      [](Plan& p) { p.faults[0].nodes.clear(); },
      [](Plan& p) { p.faults[0].nodes = {NodeId{6}}; },
      [](Plan& p) { p.faults[0].nodes = {NodeId{1}, NodeId{1}}; },
      [](Plan& p) { p.faults[0].kind = static_cast<FaultKind>(200); },
      [](Plan& p) { p.faults[0].links = {{NodeId{1}, NodeId{2}}}; },
      [](Plan& p) { p.faults[0].kind = FaultKind::partition; },
      [](Plan& p) { p.faults[0].kind = FaultKind::clock_drift, p.faults[0].amount = -201; },
      [](Plan& p) { p.faults[0].kind = FaultKind::clock_step, p.faults[0].amount = seconds(2).ns; },
      [](Plan& p) { p.faults[0].kind = FaultKind::clock_freeze; },
      [](Plan& p) { p.faults[0].kind = FaultKind::wipe; },
      [](Plan& p) { p.faults[0].kind = FaultKind::disk_sync_lie; },
      [](Plan& p) { p.faults[0].kind = FaultKind::transfer; },
      [](Plan& p) { p.deviations.push_back({}); },
      [](Plan& p) { p.branches = {{SimTime{} + seconds(1), 1}, {SimTime{} + seconds(1), 2}}; },
      [](Plan& p) { p.branches = {{SimTime{p.duration.ns + 1}, 1}}; },
      [](Plan& p) { p.branches = {{SimTime{-1}, 1}}; },
      [](Plan& p) { p.claims = {""}; },
      [](Plan& p) { p.faults[0].kind = FaultKind::byzantine_twins; },  // nobody may lie here
      [](Plan& p) {
        p.model.byzantine_max = 2, p.faults[0].kind = FaultKind::byzantine_mutate;
        p.faults[0].nodes = {NodeId{1}, NodeId{2}};
      },
      [](Plan& p) {
        p.model.byzantine_max = 1, p.faults[0].kind = FaultKind::byzantine_mutate;
        p.faults[0].amount2 = 1'000'001;
      },
      [](Plan& p) {
        p.model.byzantine_max = 1, p.faults[0].kind = FaultKind::byzantine_twins, p.faults[0].amount = -1;
      },
  };
  for (std::size_t i = 0; i < wrongs.size(); ++i) {
    INFO("rule " << i);
    CHECK(!accepted(wrongs[i]));
  }
}

TEST_CASE("plan check: a disk misdirects one write at a time, and well apart from other damage to it") {
  const auto damaged = [](FaultKind first, FaultKind second, std::int64_t apart_ms, std::uint32_t node,
                          std::int64_t amount = 1) {
    return accepted([&](Plan& p) {
      p.model.disk_faulty_max = 2;
      p.faults = {node_fault(1, first, at_ms(1000), {}, {1}),
                  node_fault(2, second, at_ms(1000 + apart_ms), {}, {node})};
      p.faults[0].amount = p.faults[1].amount = amount;
    });
  };
  const FaultKind astray = FaultKind::disk_misdirect;
  const FaultKind rot = FaultKind::disk_bit_rot;
  CHECK(damaged(astray, astray, 1000, 1));
  CHECK(!damaged(astray, astray, 999, 1));
  CHECK(!damaged(rot, astray, 999, 1));
  CHECK(!damaged(astray, rot, 999, 1));
  CHECK(damaged(rot, rot, 1, 1));
  CHECK(damaged(astray, astray, 1, 2));
  CHECK(!damaged(astray, astray, 5000, 1, 2));
  CHECK(damaged(rot, rot, 5000, 1, 8));
}

TEST_CASE("plan check: crashes count by distinct server over time") {
  // Two at once are allowed; a third that overlaps both for a nanosecond is not; the same server twice is
  // one.
  CHECK(!accepted([](Plan& p) {
    p.faults.push_back(node_fault(3, FaultKind::kill, SimTime{at_ms(3000).ns - 1}, seconds(1), {3}));
  }));
  CHECK(accepted(
      [](Plan& p) { p.faults.push_back(node_fault(3, FaultKind::kill, at_ms(3000), seconds(1), {3})); }));
  CHECK(accepted(
      [](Plan& p) { p.faults.push_back(node_fault(3, FaultKind::pause, at_ms(2500), seconds(1), {1})); }));
  CHECK(!accepted([](Plan& p) {
    p.faults[0].duration = kNever;
    p.faults[1].duration = kNever;
    p.faults.push_back(node_fault(3, FaultKind::kill, at_ms(40'000), seconds(1), {3}));
  }));
}

TEST_CASE("plan check: a power loss of all is free only where it is declared and heals") {
  const auto all_lose_power = [](Plan& p) {
    p.faults.push_back(node_fault(3, FaultKind::power_loss, at_ms(2500), seconds(1), {1, 2, 3, 4, 5}));
  };
  CHECK(accepted(all_lose_power));
  CHECK(!accepted([&](Plan& p) { all_lose_power(p), p.model.power_loss_of_all = false; }));
  CHECK(!accepted([&](Plan& p) { all_lose_power(p), p.faults.back().duration = kNever; }));
}

TEST_CASE("plan check: disks that go bad are a fixed few") {
  const auto rot = [](Plan& p, std::uint32_t id, std::uint32_t node) {
    Fault f = node_fault(id, FaultKind::disk_bit_rot, at_ms(5000 + id), {}, {node});
    f.amount = 1;
    p.faults.push_back(f);
  };
  CHECK(accepted([&](Plan& p) { rot(p, 3, 1), rot(p, 4, 1); }));
  CHECK(!accepted([&](Plan& p) { rot(p, 3, 1), rot(p, 4, 2); }));
}

TEST_CASE("plan check: liars are a fixed few, may lie to the end, and crash on another account") {
  const auto lie = [](Plan& p, std::uint32_t id, std::uint32_t node) {
    p.model.byzantine_max = 1;
    p.faults.push_back(node_fault(id, FaultKind::byzantine_withhold, at_ms(5000 + id), kNever, {node}));
  };
  CHECK(accepted([&](Plan& p) { lie(p, 3, 4), lie(p, 4, 4), p.model.unhealed = false; }));
  CHECK(!accepted([&](Plan& p) { lie(p, 3, 4), lie(p, 4, 5); }));
  CHECK(!accepted([&](Plan& p) { lie(p, 3, 4), p.model.byzantine_max = 0; }));
  Plan plan = small_plan();
  CHECK(liars_of(plan).empty());
  lie(plan, 3, 4), lie(plan, 4, 2), lie(plan, 5, 4);
  CHECK(liars_of(plan) == std::vector{NodeId{2}, NodeId{4}});
}

TEST_CASE("plan check: steps of a wall clock add up with its first error") {
  const auto step = [](Plan& p, std::uint32_t id, std::int64_t at, std::int64_t ms) {
    Fault f = node_fault(id, FaultKind::clock_step, at_ms(at), seconds(1), {4});
    f.amount = milliseconds(ms).ns;
    p.faults.push_back(f);
  };
  CHECK(accepted([&](Plan& p) { step(p, 3, 5000, 900), step(p, 4, 6000, -900); }));
  CHECK(!accepted([&](Plan& p) { step(p, 3, 5000, 600), step(p, 4, 5500, -600); }));
  CHECK(!accepted([&](Plan& p) { step(p, 3, 5000, 900), p.nodes[3].wall_offset = milliseconds(200); }));
}

TEST_CASE("plan check: the model's yes or no is kept") {
  const auto partition = [](Plan& p) {
    Fault f;
    f.id = 9;
    f.kind = FaultKind::partition;
    f.at = at_ms(4000);
    f.duration = kNever;
    f.links = {{NodeId{1}, NodeId{2}}};
    p.faults.push_back(f);
  };
  CHECK(accepted(partition));
  CHECK(!accepted([&](Plan& p) { partition(p), p.model.partitions = false; }));
  CHECK(!accepted([&](Plan& p) { partition(p), p.model.unhealed = false; }));
  const auto member = [](Plan& p) {
    p.faults.push_back(node_fault(9, FaultKind::membership, at_ms(4000), {}, {1, 2, 3}));
  };
  CHECK(accepted(member));
  CHECK(!accepted([&](Plan& p) { member(p), p.model.membership = false; }));
  CHECK(!accepted([&](Plan& p) { member(p), p.nodes.pop_back(); }));
}

TEST_CASE("plan check: spans of one node join, spans that touch do not overlap") {
  std::vector<FaultSpan> spans = {{NodeId{1}, at_ms(0), at_ms(10)},
                                  {NodeId{1}, at_ms(5), at_ms(20)},
                                  {NodeId{2}, at_ms(20), SimTime::max()}};
  CHECK(most_at_once(spans) == 1);
  spans.push_back({NodeId{3}, at_ms(30), at_ms(31)});
  CHECK(most_at_once(spans) == 2);
}

}  // namespace
}  // namespace wn::faults
