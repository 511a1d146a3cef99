#include <catch2/catch_test_macros.hpp>

#include "checkers/levels/test_naive.h"

namespace wn::checkers::levels {
namespace {

constexpr TxnModel kModels[] = {TxnModel::snapshot_isolation, TxnModel::serializable};
constexpr TxnOrder kOrders[] = {TxnOrder::none, TxnOrder::session, TxnOrder::real_time};

TEST_CASE("mini-transactions: verdicts are those of the definitions") {
  std::uint64_t decided = 0;
  std::uint64_t rejected = 0;
  const std::uint64_t rounds = fuzz_rounds(4'000);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    Draw draw = Random(21).at("levels.mini", 0, i);
    RandomShape shape{.txns_max = 4, .ops_max = 2, .keys = 2, .odd_ppm = 0, .reads_before_writes = true};
    shape.faults = i % 3 == 0;
    if (i % 3 == 2) shape.keys = 3;
    const SmallTxns txns = random_txns(draw, shape);
    const History history = txn_history(txns);
    for (const TxnModel model : kModels) {
      for (const TxnOrder order : kOrders) {
        const Verdict v = check_mini(history, model, order, Budget{});
        if (v.outcome == Outcome3::unknown) continue;
        const bool holds = model == TxnModel::serializable ? Naive(txns).serializable(order)
                                                           : Naive(txns).snapshot_isolation(order);
        ++decided;
        rejected += holds ? 0 : 1;
        if ((v.outcome == Outcome3::pass) == holds) continue;
        INFO(told(history) << to_string(model, order) << " " << v.signature << "\n" << v.explanation);
        REQUIRE((v.outcome == Outcome3::pass) == holds);
      }
    }
  }
  CHECK(decided > rounds);
  CHECK(rejected > decided / 10);
  CHECK(rejected < decided * 9 / 10);
}

TEST_CASE("mini-transactions: a write without a read is not decided here") {
  const Verdict v = check_mini(txn_history({{.ops = {w(1, 1)}}, {.ops = {r(1, 1)}}}), TxnModel::serializable,
                               TxnOrder::none, Budget{});
  CHECK(v.outcome == Outcome3::unknown);
  CHECK(v.signature == "mini: a write without a read");
}

TEST_CASE("mini-transactions: write skew is snapshot isolation, and not serializable") {
  const History skew =
      txn_history({{.process = 1, .ops = {r(1, 0), r(2, 0), w(1, 1)}, .begin = 1, .end = 3},
                   {.process = 2, .ops = {r(1, 0), r(2, 0), w(2, 2)}, .begin = 2, .end = 4}});
  CHECK(check_mini(skew, TxnModel::snapshot_isolation, TxnOrder::real_time, Budget{}).outcome ==
        Outcome3::pass);
  const Verdict v = check_mini(skew, TxnModel::serializable, TxnOrder::none, Budget{});
  CHECK(v.signature == "serializable: G2");
  REQUIRE(v.anomalies.size() == 1);
  CHECK(v.anomalies[0].links.size() == 2);
}

TEST_CASE("mini-transactions: a stale read breaks real time alone") {
  const History stale =
      txn_history({{.process = 1, .ops = {r(1, 0), w(1, 1)}}, {.process = 2, .ops = {r(1, 0)}}});
  CHECK(check_mini(stale, TxnModel::serializable, TxnOrder::session, Budget{}).outcome == Outcome3::pass);
  CHECK(check_mini(stale, TxnModel::serializable, TxnOrder::real_time, Budget{}).signature ==
        "strict-serializable: G-single-realtime");
  CHECK(check_mini(stale, TxnModel::snapshot_isolation, TxnOrder::real_time, Budget{}).outcome ==
        Outcome3::fail);
}

TEST_CASE("mini-transactions: a lost update breaks both") {
  const History lost = txn_history({{.process = 1, .ops = {r(1, 0), w(1, 1)}, .begin = 1, .end = 3},
                                    {.process = 2, .ops = {r(1, 0), w(1, 2)}, .begin = 2, .end = 4}});
  CHECK(check_mini(lost, TxnModel::snapshot_isolation, TxnOrder::none, Budget{}).signature ==
        "snapshot-isolation: lost-update");
  CHECK(check_mini(lost, TxnModel::serializable, TxnOrder::none, Budget{}).signature ==
        "serializable: lost-update");
}

}  // namespace
}  // namespace wn::checkers::levels
