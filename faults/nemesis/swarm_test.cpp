#include "faults/nemesis/swarm.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <string>

#include "faults/nemesis/test_plans.h"
#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"

namespace wn::faults {
namespace {

SwarmOptions everything() {
  SwarmOptions options;
  for (const Nemesis& n : nemeses()) options.choices.push_back({.kind = std::string(n.name)});
  return options;
}

// Scenes of many shapes and models, from the seed.
Plan varied_plan(std::uint64_t seed) {
  Draw d = Random(seed).at("test.scene");
  const auto servers = static_cast<std::uint32_t>(d.between(1, 9));
  Plan plan = blank_plan(seed, servers, static_cast<std::uint32_t>(d.below(3)),
                         static_cast<std::uint32_t>(d.below(6)));
  const auto yes = [&] { return d.below(2) == 0; };
  plan.model = {.crashed_max = static_cast<std::uint32_t>(d.below(servers / 2 + 1)),
                .disk_faulty_max = static_cast<std::uint32_t>(d.below(3)),
                .partitions = yes(),
                .power_loss_of_all = yes(),
                .clock_drift_ppm_max = static_cast<std::int32_t>(d.below(1000)),
                .wall_skew_max = milliseconds(d.between(0, 5000)),
                .membership = yes(),
                .wipe = yes(),
                .unhealed = yes(),
                .sync_lies = yes(),
                .byzantine_max = static_cast<std::uint32_t>(d.below(servers + 1))};
  if (plan.model.wall_skew_max > milliseconds(100))
    plan.nodes[0].wall_offset = milliseconds(d.between(-100, 100));
  plan.freeze_at = SimTime{milliseconds(d.between(1, 60'000)).ns};
  return plan;
}

TEST_CASE("swarm: every plan of every scene is inside its fault model") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Plan plan = varied_plan(seed);
    SwarmOptions options = everything();
    options.vary = seed % 5 != 0;
    for (NemesisChoice& c : options.choices) c.interval = seconds(1 + static_cast<std::int64_t>(seed % 7));
    generate_faults(plan, options);
    const Result<void> checked = plan_check(plan);
    INFO("seed " << seed << ": " << (checked ? "" : checked.error().message));
    REQUIRE(checked.has_value());
  }
}

TEST_CASE("swarm: everything but never-healed faults is over before the freeze") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Plan plan = varied_plan(seed);
    generate_faults(plan, everything());
    for (const Fault& f : plan.faults) {
      REQUIRE(f.at <= plan.freeze_at);
      if (f.duration != Duration::max()) REQUIRE(f.at + f.duration <= plan.freeze_at);
    }
    for (const Deviation& d : plan.deviations) {
      if (d.kind == DeviationKind::delay_process) REQUIRE(d.at + d.amount <= plan.freeze_at);
    }
  }
}

TEST_CASE("swarm: each nemesis really occurs, and so does each kind of fault") {
  std::set<FaultKind> kinds;
  std::set<DeviationKind> deviations;
  std::map<std::string, int> by_nemesis;
  for (const Nemesis& n : nemeses()) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      Plan plan = blank_plan(seed, 5, 2, 3);
      plan.model = wide_model(5);
      if (n.name == "schedule-actors" || n.family == "byzantine") plan.system.service = Service::realm;
      SwarmOptions options;
      options.choices = {{.kind = std::string(n.name), .weight_ppm = 1'000'000}};
      generate_faults(plan, options);
      for (const Fault& f : plan.faults) kinds.insert(f.kind);
      for (const Deviation& d : plan.deviations) deviations.insert(d.kind);
      if (!plan.faults.empty() || !plan.deviations.empty()) ++by_nemesis[std::string(n.name)];
    }
  }
  for (const Nemesis& n : nemeses()) {
    INFO(n.name);
    CHECK(by_nemesis[std::string(n.name)] >= 30);
  }
  for (FaultKind kind : all_fault_kinds()) {
    INFO(to_string(kind));
    CHECK(kinds.contains(kind));
  }
  CHECK(deviations.size() == 3);
}

TEST_CASE("swarm: a realm's plan is inside its model, and a key-value plan has no actors to reorder") {
  bool reordered = false;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Plan plan = blank_plan(seed, 3, 0, 3);
    plan.model = {.crashed_max = 1,
                  .partitions = true,
                  .wall_skew_max = seconds(1),
                  .unhealed = true,
                  .byzantine_max = 2};
    plan.system.service = Service::realm;
    plan.system.worknodes = 100;
    plan.system.fan_out = 4;
    generate_faults(plan, everything());
    const Result<void> checked = plan_check(plan);
    INFO("seed " << seed << ": " << (checked ? "" : checked.error().message));
    REQUIRE(checked.has_value());
    for (const Deviation& d : plan.deviations) reordered |= d.kind == DeviationKind::reorder_actors;
    Plan plain = blank_plan(seed, 3, 0, 3);
    generate_faults(plain, everything());
    for (const Deviation& d : plain.deviations) REQUIRE(d.kind != DeviationKind::reorder_actors);
  }
  CHECK(reordered);
}

TEST_CASE("swarm: liars are a fixed few, and each tells both sides of a split something") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Plan plan = blank_plan(seed, 5, 0, 3);
    plan.model = wide_model(5);
    plan.system.service = Service::realm;
    SwarmOptions options;
    options.choices = {{.kind = "byzantine", .weight_ppm = 1'000'000}};
    generate_faults(plan, options);
    CHECK(liars_of(plan).size() <= 2);
    for (const Fault& f : plan.faults) {
      REQUIRE(f.nodes.size() == 1);
      const std::int64_t others = 0b11111 & ~(std::int64_t{1} << (f.nodes[0].value - 1));
      const std::int64_t clients = 0b111 << 5;
      CHECK((f.amount & ~others & (f.kind == FaultKind::byzantine_twins ? ~clients : ~0)) == 0);
      if (f.kind == FaultKind::byzantine_twins)
        CHECK(((f.amount & others) != 0 && (f.amount & others) != others));
    }
  }
}

TEST_CASE("swarm: the same seed gives the same plan, another seed another") {
  const auto text = [](std::uint64_t seed) {
    Plan plan = blank_plan(seed, 5, 1, 3);
    plan.model = wide_model(5);
    generate_faults(plan, everything());
    plan.seed = 0;
    return to_text(plan);
  };
  CHECK(text(7) == text(7));
  CHECK(text(7) != text(8));
}

TEST_CASE("swarm: seeds differ in their subset, and a weight of one enables always") {
  std::set<std::string> subsets;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    Plan plan = blank_plan(seed, 5, 1, 3);
    plan.model = wide_model(5);
    SwarmOptions options;
    options.choices = {{.kind = "kill", .weight_ppm = 400'000},
                       {.kind = "packet", .weight_ppm = 400'000},
                       {.kind = "pause", .weight_ppm = 1'000'000, .interval = seconds(2)},
                       {.kind = "kill-many", .weight_ppm = 0}};
    options.vary = false;
    generate_faults(plan, options);
    std::set<std::string> kinds;
    for (const Fault& f : plan.faults) kinds.insert(std::string(to_string(f.kind)));
    CHECK(kinds.contains("pause"));
    CHECK(!kinds.contains("wipe"));
    std::string subset;
    for (const std::string& k : kinds) subset += k + " ";
    subsets.insert(subset);
  }
  CHECK(subsets.size() > 20);
}

TEST_CASE("swarm: one nemesis more leaves the incidents of the others as they were") {
  Plan alone = blank_plan(3, 5, 0, 3);
  alone.model = wide_model(5);
  Plan both = alone;
  SwarmOptions options;
  options.choices = {{.kind = "packet-loss", .weight_ppm = 1'000'000}};
  generate_faults(alone, options);
  options.choices.push_back({.kind = "partition-ring", .weight_ppm = 1'000'000});
  generate_faults(both, options);
  std::vector<SimTime> a;
  std::vector<SimTime> b;
  for (const Fault& f : alone.faults) a.push_back(f.at);
  for (const Fault& f : both.faults) {
    if (f.kind == FaultKind::packet_loss) b.push_back(f.at);
  }
  CHECK(!a.empty());
  CHECK(a == b);
}

TEST_CASE(
    "swarm: messages are late by what they mean, inside the model, and nothing else is drawn otherwise") {
  bool typed = false;
  bool of_operation = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Plan plan = blank_plan(seed, 5, 0, 3);
    plan.model = wide_model(5);
    for (std::uint32_t i = 0; i < 60; ++i) {
      plan.operations.push_back({.id = 100 + i,
                                 .process = NodeId{6 + i % 3},
                                 .at = SimTime{seconds(i).ns},
                                 .function = OpFunction::get});
    }
    Plan plain = plan;
    SwarmOptions options;
    options.choices = {{.kind = "kill", .weight_ppm = 1'000'000}};
    generate_faults(plain, options);
    options.choices.push_back({.kind = "schedule-meaning", .weight_ppm = 1'000'000});
    generate_faults(plan, options);
    REQUIRE(plan_check(plan).has_value());
    CHECK(plan.faults == plain.faults);
    for (const Deviation& d : plan.deviations) {
      CHECK((d.message_type != 0) != (d.operation != 0));
      typed |= d.message_type != 0;
      if (d.operation == 0) continue;
      of_operation = true;
      CHECK(plan.operations[d.operation - 100].process == d.from);
    }
  }
  CHECK((typed && of_operation));
}

TEST_CASE("swarm: rivals ask for two changes of one server each, from the same voters") {
  for (const bool adds : {true, false}) {
    Plan plan = blank_plan(3, 4, 2, 1);
    plan.model = wide_model(4);
    SwarmOptions options;
    options.choices = {
        {.kind = adds ? "membership-two-adds" : "membership-two-removals", .weight_ppm = 1'000'000}};
    generate_faults(plan, options);
    REQUIRE(plan.faults.size() >= 3);
    for (const Fault& f : plan.faults) {
      CHECK(f.kind == FaultKind::membership);
      CHECK((f.nodes.size() == 4 || f.nodes.size() == (adds ? 5 : 3)));
    }
  }
}

TEST_CASE("swarm: a limit on incidents holds") {
  Plan plan = blank_plan(1, 5, 0, 3);
  plan.model = wide_model(5);
  SwarmOptions options;
  options.choices = {{.kind = "packet-loss", .weight_ppm = 1'000'000, .interval = milliseconds(1)}};
  options.incidents_max = 17;
  options.vary = false;
  generate_faults(plan, options);
  CHECK(plan.faults.size() == 17);
}

}  // namespace
}  // namespace wn::faults
