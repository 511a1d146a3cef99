// The corridor on small plans: what a run must show, and what it must notice.
#include "scenarios/runner/run.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include "scenarios/runner/liveness_facts.h"

using namespace wn;
using namespace wn::faults;

namespace {

// `servers` servers (n1…) and `clients` clients that together call `operations` operations over ten seconds.
Plan quiet_plan(std::uint32_t servers, std::uint32_t clients, std::uint32_t operations) {
  Plan plan;
  plan.scenario = "quiet";
  plan.seed = 1;
  plan.duration = seconds(20);
  plan.freeze_at = SimTime{} + seconds(12);
  plan.claims = {"linearizability", "raft-safety", "durability", "liveness"};
  for (std::uint32_t i = 1; i <= servers + clients; ++i) {
    plan.nodes.push_back({.id = NodeId{i}, .role = i <= servers ? NodeRole::server : NodeRole::client});
  }
  for (std::uint32_t i = 0; i < operations; ++i) {
    Operation op;
    op.id = i + 1;
    op.process = NodeId{servers + 1 + i % clients};
    op.at = SimTime{} + seconds(2) + milliseconds(10'000 / operations) * i;
    op.function = i % 2 == 0 ? OpFunction::put : OpFunction::get;
    op.key = i / 2 % 3;
    op.value = static_cast<std::int64_t>(i + 1);
    plan.operations.push_back(op);
  }
  return plan;
}

}  // namespace

TEST_CASE("run: a quiet cluster serves every operation and passes every claim") {
  const auto result = scenarios::run_plan(quiet_plan(3, 2, 100));
  REQUIRE(result.has_value());
  for (const checkers::Verdict& claim : result->claims) {
    INFO(claim.claim << ": " << claim.explanation);
    CHECK(claim.outcome == checkers::Outcome3::pass);
  }
  CHECK(result->claims.size() == 4);
  CHECK(result->operations_ok == 100);
  CHECK(result->operations_info == 0);
  CHECK(result->simulated_ns == seconds(20).ns);
}

TEST_CASE("run: clients that know the leader are answered at the first try") {
  const auto result = scenarios::run_plan(quiet_plan(5, 4, 1000));
  REQUIRE(result.has_value());
  REQUIRE(result->operations_ok == 1000);
  // Cold clients may have to look for the leader; everything after that goes straight to it.
  CHECK(result->first_try_ok >= 990);
}

TEST_CASE("run: the same plan gives the same digest, another seed another one") {
  Plan plan = quiet_plan(3, 2, 50);
  const auto first = scenarios::run_plan(plan);
  const auto second = scenarios::run_plan(plan);
  plan.seed = 2;
  const auto other = scenarios::run_plan(plan);
  REQUIRE((first.has_value() && second.has_value() && other.has_value()));
  CHECK(first->digest == second->digest);
  CHECK(first->history_jsonl == second->history_jsonl);
  CHECK(first->digest != other->digest);
}

TEST_CASE("run: watching a run does not change it") {
  const Plan plan = quiet_plan(3, 2, 20);
  const auto plain = scenarios::run_plan(plan, {.check = false});
  const auto watched = scenarios::run_plan(plan, {.record_trace = true});
  const auto sliced = scenarios::run_plan(plan, {.progress = [](SimTime) { return true; }});
  REQUIRE((plain.has_value() && watched.has_value() && sliced.has_value()));
  CHECK(plain->digest == watched->digest);
  CHECK(plain->digest == sliced->digest);
  CHECK(watched->trace.size() > 100);
}

TEST_CASE("run: a run that is stopped is unknown, never a pass") {
  const auto result = scenarios::run_plan(quiet_plan(3, 2, 20), {.progress = [](SimTime) { return false; }});
  REQUIRE(result.has_value());
  CHECK(result->outcome == checkers::Outcome3::unknown);
}

TEST_CASE("run: a majority that stays down is no liveness failure, and nothing is acknowledged") {
  Plan plan = quiet_plan(3, 2, 20);
  plan.model.crashed_max = 2;
  plan.model.unhealed = true;
  plan.faults.push_back({.id = 1,
                         .kind = FaultKind::kill,
                         .at = SimTime{} + seconds(1),
                         .duration = Duration::max(),
                         .nodes = {NodeId{1}, NodeId{2}}});
  const auto result = scenarios::run_plan(plan);
  REQUIRE(result.has_value());
  CHECK(result->outcome == checkers::Outcome3::pass);
  CHECK(result->operations_ok == 0);
}

TEST_CASE("run: a plan that breaks its own fault model is refused") {
  Plan plan = quiet_plan(3, 2, 20);
  plan.faults.push_back({.id = 1,
                         .kind = FaultKind::kill,
                         .at = SimTime{} + seconds(1),
                         .duration = seconds(1),
                         .nodes = {NodeId{1}}});
  CHECK_FALSE(scenarios::run_plan(plan).has_value());
}

TEST_CASE("run: liveness facts name what is broken for good and nothing that heals") {
  Plan plan = quiet_plan(3, 1, 1);
  plan.faults.push_back({.id = 1,
                         .kind = FaultKind::partition,
                         .duration = Duration::max(),
                         .links = {{NodeId{1}, NodeId{2}}, {NodeId{1}, NodeId{2}}}});
  plan.faults.push_back({.id = 2, .kind = FaultKind::kill, .duration = seconds(1), .nodes = {NodeId{3}}});
  plan.faults.push_back(
      {.id = 3, .kind = FaultKind::pause, .duration = Duration::max(), .nodes = {NodeId{2}}});
  const checkers::LivenessFacts facts = scenarios::liveness_facts(plan);
  CHECK(facts.blocked == std::vector<std::pair<NodeId, NodeId>>{{NodeId{1}, NodeId{2}}});
  CHECK(facts.up == std::vector<NodeId>{NodeId{1}, NodeId{3}});
  CHECK(facts.clients == std::vector<NodeId>{NodeId{4}});
}

TEST_CASE("run folder: it appears whole, is replaced whole, and the newest is pointed at") {
  const auto runs = std::filesystem::temp_directory_path() / "worknode-run-folder-test";
  std::filesystem::remove_all(runs);
  const auto result = scenarios::run_plan(quiet_plan(3, 2, 10), {.record_trace = true});
  REQUIRE(result.has_value());
  for (int round = 0; round < 2; ++round) {
    const auto folder = scenarios::write_run_folder(*result, runs);
    REQUIRE(folder.has_value());
    CHECK(*folder == runs / "quiet" / "1");
    for (const char* name : {"plan.txtpb", "trace.bin", "digest", "history.jsonl", "verdict.json"}) {
      CHECK(std::filesystem::file_size(*folder / name) > 0);
    }
  }
  CHECK(std::filesystem::read_symlink(runs / "latest") == std::filesystem::path("quiet/1"));
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(runs / "quiet")) ++entries;
  CHECK(entries == 1);
  std::filesystem::remove_all(runs);
}

TEST_CASE("run folder: a place that cannot be written is an error, not a crash") {
  const auto result = scenarios::run_plan(quiet_plan(3, 2, 2));
  REQUIRE(result.has_value());
  const auto folder = scenarios::write_run_folder(*result, "/dev/null/runs");
  REQUIRE_FALSE(folder.has_value());
  CHECK(folder.error().code == Errc::io_error);
}
