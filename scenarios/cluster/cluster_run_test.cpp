// Real servers, for some seconds, on plain loopback.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "scenarios/cluster/cluster.h"
#include "scenarios/reality/tape.h"
#include "scenarios/runner/stored_run.h"
#include "scenarios/runner/system.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("wn-run-test-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

ClusterOptions options_for(const fs::path& runs, const std::string& program) {
  const auto scenario =
      scenarios::load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/real/cluster-3.toml");
  REQUIRE(scenario.has_value());
  auto plan = cluster_plan(*scenario, {.servers = 3, .seed = 1, .duration = seconds(4)}, {});
  REQUIRE(plan.has_value());
  ClusterOptions options;
  options.plan = *std::move(plan);
  options.network = Network::plain;
  options.runs = runs;
  options.program = program;
  return options;
}

const checkers::Verdict* find(const scenarios::RunResult& result, const std::string& claim) {
  const auto at = std::ranges::find(result.claims, claim, &checkers::Verdict::claim);
  return at == result.claims.end() ? nullptr : &*at;
}

bool scratch_left(const fs::path& runs) {
  return std::ranges::any_of(fs::directory_iterator(runs), [](const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with(".wn-");
  });
}

struct Silent final : scenarios::OperationListener {
  void on_invoke(std::uint32_t, const faults::Operation&) override {}
  void on_complete(std::uint32_t, const faults::Operation&, const scenarios::OperationResult&) override {}
};

// Handler by handler; and what is otherwise is seen.
void does_the_same_again(const ClusterRun& run) {
  const faults::Plan& plan = run.result.plan;
  Silent silent;
  const auto play = [&](reality::Tape& tape) {
    tape.run(scenarios::make_plain_system(plan, &silent, [&tape] { return tape.now(); }),
             [](std::uint64_t, std::uint64_t) { return std::nullopt; });
  };
  reality::Tape tape(plan, run.result.trace);
  play(tape);
  INFO((tape.parting() ? tape.parting()->to_string() : ""));
  CHECK(tape.handlers_recorded() > 100);
  CHECK(tape.handlers() == tape.handlers_recorded());
  CHECK_FALSE(tape.parting().has_value());
  auto trace = run.result.trace;
  const auto at =
      std::ranges::find_if(trace.begin() + static_cast<std::ptrdiff_t>(trace.size() / 2), trace.end(),
                           [](const TraceEvent& e) { return e.kind == TraceKind::raft_apply; });
  REQUIRE(at != trace.end());
  at->field[3] ^= 1;
  reality::Tape other(plan, trace);
  play(other);
  REQUIRE(other.parting().has_value());
  CHECK(other.parting()->node == at->node);
  CHECK(other.parting()->at == at->at);
  CHECK(other.parting()->field == "state_digest");
}

TEST_CASE("three real servers serve, are judged, and leave nothing but the run folder") {
  const Folder folder;
  const auto run = run_cluster(options_for(folder.path, WN_HURT));
  REQUIRE(run.has_value());
  CHECK(run->result.outcome != checkers::Outcome3::fail);
  CHECK(find(run->result, "processes") == nullptr);
  CHECK_FALSE(run->result.history_jsonl.empty());
  CHECK_FALSE(run->facts.namespaces);
  CHECK(run->facts.executor.failed == 0);
  CHECK(std::ranges::is_sorted(run->result.trace, {}, &TraceEvent::at));
  for (const char* file : {"plan.txtpb", "history.jsonl", "trace.bin", "verdict.json", "real.json",
                           "commands.log", "nodes/n1.toml", "nodes/n3.log"}) {
    INFO(file);
    CHECK(fs::exists(run->folder / file));
  }
  CHECK_FALSE(scratch_left(folder.path));
  // What is stored gets the same verdicts again.
  REQUIRE(scenarios::is_real_run(run->folder));
  const auto again = scenarios::judge_stored(run->folder);
  REQUIRE(again.has_value());
  CHECK(again->outcome == run->result.outcome);
  CHECK(again->digest == run->result.digest);
  CHECK(again->claims.size() == run->result.claims.size());
  does_the_same_again(*run);
}

TEST_CASE("servers that end by themselves fail the run") {
  const Folder folder;
  const auto run = run_cluster(options_for(folder.path, "/bin/false"));
  REQUIRE(run.has_value());
  CHECK(run->result.outcome == checkers::Outcome3::fail);
  const checkers::Verdict* verdict = find(run->result, "processes");
  REQUIRE(verdict != nullptr);
  CHECK(verdict->explanation.find("exit code 1") != std::string::npos);
  CHECK_FALSE(scratch_left(folder.path));
}

TEST_CASE("without the servers' program nothing begins") {
  const Folder folder;
  const auto run = run_cluster(options_for(folder.path, "/no/such/program"));
  REQUIRE_FALSE(run.has_value());
  CHECK(run.error().code == Errc::not_found);
}

}  // namespace
}  // namespace wn::cluster
