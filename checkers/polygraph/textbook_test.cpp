#include <catch2/catch_test_macros.hpp>

#include "checkers/levels/test_histories.h"
#include "checkers/polygraph/polygraph.h"

namespace wn::checkers::polygraph {
namespace {

using levels::r;
using levels::SmallTxns;
using levels::w;

void is(const SmallTxns& txns, TxnModel model, TxnOrder order, bool holds) {
  const Verdict v = check_polygraph(levels::txn_history(txns), model, order, Budget{});
  INFO(v.signature << "\n" << v.explanation);
  CHECK(v.outcome == (holds ? Outcome3::pass : Outcome3::fail));
}
void is(const SmallTxns& txns, bool si, bool serializable) {
  is(txns, TxnModel::snapshot_isolation, TxnOrder::none, si);
  is(txns, TxnModel::serializable, TxnOrder::none, serializable);
}

TEST_CASE("polygraph: anomalies of the textbooks") {
  // Write skew, lost update, long fork, read skew; blind writes in between.
  is({{.process = 1, .ops = {r(1, 0), w(2, 1)}}, {.process = 2, .ops = {r(2, 0), w(1, 2)}}}, true, false);
  is({{.process = 1, .ops = {r(1, 0), w(1, 1)}}, {.process = 2, .ops = {r(1, 0), w(1, 2)}}}, false, false);
  is({{.process = 1, .ops = {w(1, 1)}},
      {.process = 2, .ops = {w(2, 2)}},
      {.process = 3, .ops = {r(1, 1), r(2, 0)}},
      {.process = 4, .ops = {r(2, 2), r(1, 0)}}},
     false, false);
  is({{.process = 1, .ops = {w(1, 1), w(2, 2)}}, {.process = 2, .ops = {r(1, 0), r(2, 2)}}}, false, false);
  is({{.process = 1, .ops = {w(1, 1)}}, {.process = 2, .ops = {w(1, 2)}}, {.process = 3, .ops = {r(1, 1)}}},
     true, true);
}

TEST_CASE("polygraph: two readers that see two blind writes in two orders") {
  // Each order of the writes has a cycle of its own.
  const SmallTxns txns = {
      {.process = 1, .ops = {w(1, 1)}},          {.process = 2, .ops = {w(1, 2)}},
      {.process = 3, .ops = {r(1, 1), w(3, 3)}}, {.process = 4, .ops = {r(3, 3), r(1, 2), w(4, 4)}},
      {.process = 5, .ops = {r(1, 2), w(5, 5)}}, {.process = 6, .ops = {r(5, 5), r(1, 1)}}};
  is(txns, false, false);
  const Verdict v =
      check_polygraph(levels::txn_history(txns), TxnModel::serializable, TxnOrder::none, Budget{});
  CHECK(v.explanation.find("And if") != std::string::npos);
}

TEST_CASE("polygraph: what was before counts as it is asked for") {
  const SmallTxns stale = {
      {.process = 1, .ops = {w(1, 1)}}, {.process = 1, .ops = {w(1, 2)}}, {.process = 2, .ops = {r(1, 1)}}};
  is(stale, TxnModel::serializable, TxnOrder::none, true);
  is(stale, TxnModel::serializable, TxnOrder::session, true);
  is(stale, TxnModel::serializable, TxnOrder::real_time, false);
  is(stale, TxnModel::snapshot_isolation, TxnOrder::real_time, false);
  const SmallTxns own = {{.process = 1, .ops = {w(1, 1)}}, {.process = 1, .ops = {r(1, 0)}}};
  is(own, TxnModel::serializable, TxnOrder::none, true);
  is(own, TxnModel::serializable, TxnOrder::session, false);
  is(own, TxnModel::snapshot_isolation, TxnOrder::session, false);
}

TEST_CASE("polygraph: an info transaction may have happened or not") {
  is({{.process = 1, .ops = {w(1, 1)}, .outcome = Outcome::info}, {.process = 2, .ops = {r(1, 1)}}}, true,
     true);
  is({{.process = 1, .ops = {w(1, 1)}, .outcome = Outcome::info}, {.process = 2, .ops = {r(1, 0)}}}, true,
     true);
  is({{.process = 1, .ops = {w(1, 1)}, .outcome = Outcome::fail}, {.process = 2, .ops = {r(1, 1)}}}, false,
     false);
}

}  // namespace
}  // namespace wn::checkers::polygraph
