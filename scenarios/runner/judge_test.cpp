// A run judged from what it left is judged as it was when it went on.
#include "scenarios/runner/judge.h"

#include <catch2/catch_test_macros.hpp>

#include "scenarios/runner/scenario.h"

namespace wn::scenarios {
namespace {

struct Pair {
  RunResult ran;
  RunResult judged;
};

Pair both(const std::string& file, std::uint64_t seed) {
  const auto scenario = load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/" + file);
  REQUIRE(scenario.has_value());
  auto ran = run_plan(make_plan(*scenario, seed), {.record_trace = true});
  REQUIRE(ran.has_value());
  auto judged = judge_recorded({.plan = ran->plan,
                                .trace = ran->trace,
                                .trace_truncated = ran->trace_truncated,
                                .history_jsonl = ran->history_jsonl,
                                .gluings = ran->gluings,
                                .sometimes = ran->sometimes});
  REQUIRE(judged.has_value());
  return {*std::move(ran), *std::move(judged)};
}

void compare(const Pair& pair) {
  CHECK(pair.ran.outcome == pair.judged.outcome);
  CHECK(pair.ran.signature == pair.judged.signature);
  CHECK(pair.ran.digest == pair.judged.digest);
  CHECK(pair.ran.node_digests == pair.judged.node_digests);
  REQUIRE(pair.ran.claims.size() == pair.judged.claims.size());
  for (std::size_t i = 0; i < pair.ran.claims.size(); ++i) {
    INFO(pair.ran.claims[i].claim);
    CHECK(pair.ran.claims[i].claim == pair.judged.claims[i].claim);
    CHECK(pair.ran.claims[i].outcome == pair.judged.claims[i].outcome);
    CHECK(pair.ran.claims[i].signature == pair.judged.claims[i].signature);
  }
  CHECK(pair.ran.operations_ok == pair.judged.operations_ok);
  CHECK(pair.ran.operations_fail == pair.judged.operations_fail);
  CHECK(pair.ran.operations_info == pair.judged.operations_info);
  CHECK(pair.ran.first_try_ok == pair.judged.first_try_ok);
  CHECK(pair.ran.stats.faults_begun == pair.judged.stats.faults_begun);
  CHECK(pair.ran.stats.restarts == pair.judged.stats.restarts);
  CHECK(pair.ran.latency.size() == pair.judged.latency.size());
}

TEST_CASE("a run of the key-value service gets the same verdicts from its history and trace") {
  compare(both("fast/raft-partition.toml", 1));
}

TEST_CASE("a run with transactions gets the same verdicts from its history and trace") {
  compare(both("fast/kv-txn.toml", 2));
}

TEST_CASE("a run of a realm gets the same verdicts from its history and trace") {
  compare(both("fast/worknode-modes.toml", 1));
}

TEST_CASE("a violation is found again in what the run left") {
  Pair pair;
  for (std::uint64_t seed = 0; seed < 40 && pair.ran.outcome != checkers::Outcome3::fail; ++seed)
    pair = both("negative/raft-read-without-quorum.toml", seed);
  REQUIRE(pair.ran.outcome == checkers::Outcome3::fail);
  compare(pair);
}

TEST_CASE("a trace that lost events is not called good") {
  Pair pair = both("fast/raft-light.toml", 1);
  REQUIRE(pair.ran.outcome == checkers::Outcome3::pass);
  const auto judged = judge_recorded({.plan = pair.ran.plan,
                                      .trace = pair.ran.trace,
                                      .trace_truncated = true,
                                      .history_jsonl = pair.ran.history_jsonl});
  REQUIRE(judged.has_value());
  CHECK(judged->outcome == checkers::Outcome3::unknown);
}

}  // namespace
}  // namespace wn::scenarios
