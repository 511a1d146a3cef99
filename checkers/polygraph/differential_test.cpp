// Verdicts against the definitions (every order is tried), at random and small; and each part of the judge
// left out.
#include <catch2/catch_test_macros.hpp>

#include "checkers/levels/test_naive.h"
#include "checkers/polygraph/judge.h"

namespace wn::checkers::polygraph {
namespace {

using levels::Naive;
using levels::RandomShape;
using levels::SmallTxns;

constexpr TxnModel kModels[] = {TxnModel::snapshot_isolation, TxnModel::serializable};
constexpr TxnOrder kOrders[] = {TxnOrder::none, TxnOrder::session, TxnOrder::real_time};

SmallTxns at_random(std::uint64_t round) {
  RandomShape shape{.txns_max = 5, .ops_max = 3, .keys = 2, .odd_ppm = 0, .faults = round % 4 == 0};
  if (round % 4 == 1) shape = {.txns_max = 4, .ops_max = 4, .keys = 3, .odd_ppm = 0, .faults = false};
  if (round % 4 == 2)
    shape = {.txns_max = 6,
             .ops_max = 2,
             .keys = 2,
             .processes = 6,
             .odd_ppm = 0,
             .repeat_in = 1000,
             .faults = false};
  if (round % 4 == 3)
    shape = {.txns_max = 6,
             .ops_max = 2,
             .keys = 1,
             .processes = 3,
             .odd_ppm = 0,
             .repeat_in = 1000,
             .faults = false};
  Draw draw = Random(31).at("polygraph.fuzz", 0, round);
  return levels::random_txns(draw, shape);
}

bool holds(const SmallTxns& txns, TxnModel model, TxnOrder order) {
  return model == TxnModel::serializable ? Naive(txns).serializable(order)
                                         : Naive(txns).snapshot_isolation(order);
}

TEST_CASE("polygraph: verdicts are those of the definitions, whichever way they are found") {
  PolygraphWays searched{.mini = false};
  searched.rules.prune = false;
  PolygraphWays half{.mini = false};
  half.rules.prune_readers = false;
  const PolygraphWays all_ways[] = {{}, {.mini = false}, half, searched};
  const std::uint64_t rounds = levels::fuzz_rounds(4'000);
  std::uint64_t rejected = 0;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const SmallTxns txns = at_random(i);
    const History history = levels::txn_history(txns);
    for (const TxnModel model : kModels) {
      for (const TxnOrder order : kOrders) {
        const bool right = holds(txns, model, order);
        rejected += right ? 0 : 1;
        for (const PolygraphWays& ways : all_ways) {
          const Verdict v = check_polygraph_by(history, model, order, ways, Budget{});
          if (v.outcome == (right ? Outcome3::pass : Outcome3::fail)) continue;
          INFO(levels::told(history) << to_string(model, order) << " " << v.signature << "\n"
                                     << v.explanation);
          REQUIRE(v.outcome == (right ? Outcome3::pass : Outcome3::fail));
        }
      }
    }
  }
  CHECK(rejected > rounds);
  CHECK(rejected < rounds * 5);
}

bool missed(const PolygraphRules& rules) {
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    const History history = levels::txn_history(at_random(i));
    for (const TxnModel model : kModels) {
      const Outcome3 right = check_polygraph(history, model, TxnOrder::session, Budget{}).outcome;
      if (check_polygraph_by(history, model, TxnOrder::session, {.rules = rules, .mini = false}, Budget{})
              .outcome != right)
        return true;
    }
  }
  return false;
}

TEST_CASE("polygraph: each part that is left out is missed") {
  CHECK(missed({.readers = false}));
  CHECK(missed({.initial = false}));
  CHECK(missed({.prune = false, .search = false}));
  CHECK_FALSE(missed({.prune_readers = false}));
}

TEST_CASE("polygraph: a cycle is a cycle, and every step has its reason") {
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const History history = levels::txn_history(at_random(i));
    for (const TxnModel model : kModels) {
      PolygraphWays searched{.mini = false};
      searched.rules.prune = i % 2 == 0;
      const Verdict v = check_polygraph_by(history, model, TxnOrder::real_time, searched, Budget{});
      if (v.outcome != Outcome3::fail || v.anomalies[0].links.empty()) continue;
      const auto& links = v.anomalies[0].links;
      INFO(levels::told(history) << v.explanation);
      for (std::size_t k = 0; k < links.size(); ++k) {
        REQUIRE(links[k].to == links[(k + 1) % links.size()].from);
        REQUIRE(!links[k].why.empty());
      }
    }
  }
}

TEST_CASE("polygraph: no budget, no verdict") {
  levels::SmallTxns txns;
  for (std::uint32_t i = 0; i < 6; ++i)
    txns.push_back({.process = i, .ops = {levels::w(1, i + 1)}, .begin = i + 1, .end = i + 10});
  txns.push_back({.process = 7, .ops = {levels::r(1, 3)}, .begin = 20, .end = 21});
  const History history = levels::txn_history(txns);
  CHECK(check_polygraph(history, TxnModel::serializable, TxnOrder::none, Budget{}).outcome == Outcome3::pass);
  CHECK(check_polygraph(history, TxnModel::serializable, TxnOrder::none, Budget{.bytes = 1}).outcome ==
        Outcome3::unknown);
  CHECK(check_polygraph(history, TxnModel::serializable, TxnOrder::none, Budget{.steps = 0}).outcome ==
        Outcome3::unknown);
  CHECK(check_polygraph(history, TxnModel::serializable, TxnOrder::none, Budget{.stop = [] { return true; }})
            .outcome == Outcome3::unknown);
}

}  // namespace
}  // namespace wn::checkers::polygraph
