#pragma once
// check_polygraph by some of its rules only. Private to this room and its tests.
#include "checkers/polygraph/constraints.h"
#include "checkers/polygraph/polygraph.h"

namespace wn::checkers::polygraph {

struct PolygraphWays {
  PolygraphRules rules;
  bool mini = true;  // false: mini-transactions go the long way, too
};
Verdict check_polygraph_by(const History& history, TxnModel model, TxnOrder order, const PolygraphWays& ways,
                           const Budget& budget, PolygraphStats* stats = nullptr);

}  // namespace wn::checkers::polygraph
