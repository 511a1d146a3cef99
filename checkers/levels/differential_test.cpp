// The levels against their definitions, at random and small; and each rule of the inference left out, which
// must show.
#include <catch2/catch_test_macros.hpp>

#include "checkers/levels/inference.h"
#include "checkers/levels/test_naive.h"

namespace wn::checkers::levels {
namespace {

constexpr Level kLevels[] = {Level::read_committed, Level::read_atomic, Level::causal};

RandomShape shape_of(std::uint64_t round) {
  RandomShape shape;
  if (round % 4 == 1) shape = {.txns_max = 4, .ops_max = 5, .keys = 3};
  if (round % 4 == 2) shape = {.txns_max = 6, .ops_max = 2, .keys = 2, .odd_ppm = 0, .faults = false};
  if (round % 5 == 4)
    return {.txns_max = 4, .ops_max = 7, .keys = 2, .odd_ppm = 0, .repeat_in = 2, .faults = false};
  if (round % 4 == 3)
    shape = {.txns_max = 5, .ops_max = 3, .keys = 3, .processes = 2, .odd_ppm = 0, .faults = false};
  return shape;
}

TEST_CASE("levels: verdicts are those of the definitions") {
  std::uint64_t rejected[3] = {};
  const std::uint64_t rounds = fuzz_rounds(6'000);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    Draw draw = Random(11).at("levels.fuzz", 0, i);
    const SmallTxns txns = random_txns(draw, shape_of(i));
    const History history = txn_history(txns);
    for (const Level level : kLevels) {
      const Verdict v = check_level(history, level, Budget{});
      const bool holds = Naive(txns).level(level);
      rejected[static_cast<std::size_t>(level)] += holds ? 0 : 1;
      if ((v.outcome == Outcome3::pass) == holds && v.outcome != Outcome3::unknown) continue;
      INFO(told(history) << to_string(level) << " " << v.signature << "\n" << v.explanation);
      REQUIRE((v.outcome == Outcome3::pass) == holds);
    }
  }
  for (const std::uint64_t n : rejected) {
    CHECK(n > rounds / 10);
    CHECK(n < rounds * 9 / 10);
  }
}

TEST_CASE("levels: a cycle is a cycle, of transactions of the history") {
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    Draw draw = Random(12).at("levels.cycle", 0, i);
    const History history = txn_history(random_txns(draw, shape_of(2)));
    for (const Level level : kLevels) {
      const Verdict v = check_level(history, level, Budget{});
      if (v.outcome != Outcome3::fail) continue;
      REQUIRE(v.anomalies.size() == 1);
      const auto& links = v.anomalies[0].links;
      CHECK(!v.explanation.empty());
      for (std::size_t k = 0; k < links.size(); ++k) {
        CHECK(links[k].to == links[(k + 1) % links.size()].from);
        CHECK(!links[k].why.empty());
      }
    }
  }
}

bool missed(Level level, const LevelRules& rules) {
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    Draw draw = Random(11).at("levels.fuzz", 0, i);
    const History history = txn_history(random_txns(draw, shape_of(i)));
    const Outcome3 right = check_level(history, level, Budget{}).outcome;
    if (check_level_by(history, level, rules, Budget{}).outcome != right) return true;
  }
  return false;
}

TEST_CASE("levels: each rule that is left out is missed, and the shortcut is one") {
  CHECK(missed(Level::read_committed, {.chain = false}));
  CHECK(missed(Level::read_committed, {.observed = false}));
  CHECK(missed(Level::read_committed, {.initial = false}));
  CHECK(missed(Level::read_atomic, {.observed = false}));
  CHECK(missed(Level::read_atomic, {.in_session = false}));
  CHECK(missed(Level::causal, {.transitive = false}));
  CHECK(missed(Level::causal, {.initial = false}));
  for (const Level level : kLevels) CHECK(missed(level, {.commit_order = false}));
  CHECK_FALSE(missed(Level::causal, {.known_order = false}));
}

}  // namespace
}  // namespace wn::checkers::levels
