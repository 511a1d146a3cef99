// Anomalies of the textbooks: which level each breaks, and which it keeps.
#include <catch2/catch_test_macros.hpp>

#include "checkers/levels/test_histories.h"

namespace wn::checkers::levels {
namespace {

// "" when it passes; what is wrong otherwise.
std::string wrong(const SmallTxns& txns, Level level) {
  const Verdict v = check_level(txn_history(txns), level, Budget{});
  if (v.outcome == Outcome3::pass) return "";
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.signature.starts_with(to_string(level)));
  return v.anomalies.empty() ? "?" : v.anomalies[0].type;
}
void is(const SmallTxns& txns, const std::string& rc, const std::string& ra, const std::string& cc) {
  CHECK(wrong(txns, Level::read_committed) == rc);
  CHECK(wrong(txns, Level::read_atomic) == ra);
  CHECK(wrong(txns, Level::causal) == cc);
}
void at_all_levels(const SmallTxns& txns, const std::string& what) { is(txns, what, what, what); }

TEST_CASE("levels: what no level allows to read") {
  at_all_levels({{.ops = {r(1, 9)}}}, "thin-air-read");
  at_all_levels(
      {{.process = 1, .ops = {w(1, 1)}, .outcome = Outcome::fail}, {.process = 2, .ops = {r(1, 1)}}}, "G1a");
  at_all_levels({{.process = 1, .ops = {w(1, 1), w(1, 2)}}, {.process = 2, .ops = {r(1, 1)}}}, "G1b");
  at_all_levels({{.ops = {w(1, 1), r(1, 0)}}}, "internal");
  at_all_levels({{.ops = {r(1, 1), w(1, 1)}}}, "future-read");
}

TEST_CASE("levels: two transactions that read from each other") {
  at_all_levels({{.process = 1, .ops = {w(1, 1), r(2, 2)}, .begin = 1, .end = 3},
                 {.process = 2, .ops = {w(2, 2), r(1, 1)}, .begin = 2, .end = 4}},
                "causality-cycle");
}

TEST_CASE("levels: a non-repeatable read is committed, and not atomic") {
  is({{.process = 1, .ops = {w(1, 1)}}, {.process = 2, .ops = {r(1, 0), r(1, 1)}}}, "", "non-repeatable-read",
     "initial-state-read");
}

TEST_CASE("levels: reads that go back within a transaction are not committed") {
  // x of T1, then y of T2 (who had overwritten x), then x of T1 again.
  is({{.process = 1, .ops = {w(1, 1)}},
      {.process = 1, .ops = {w(1, 2), w(2, 3)}},
      {.process = 2, .ops = {r(2, 3), r(1, 1)}}},
     "commit-order-cycle", "commit-order-cycle", "commit-order-cycle");
}

TEST_CASE("levels: a fractured read is not atomic") {
  is({{.process = 1, .ops = {w(1, 1), w(2, 2)}}, {.process = 2, .ops = {r(1, 0), r(2, 2)}}}, "",
     "initial-state-read", "initial-state-read");
}

TEST_CASE("levels: one's own write must be seen from read atomic on") {
  is({{.process = 1, .ops = {w(1, 1)}}, {.process = 1, .ops = {r(1, 0)}}}, "", "initial-state-read",
     "initial-state-read");
}

TEST_CASE("levels: an effect without its cause is atomic, and not causal") {
  is({{.process = 1, .ops = {w(1, 1)}},
      {.process = 2, .ops = {r(1, 1), w(2, 2)}},
      {.process = 3, .ops = {r(2, 2), r(1, 0)}}},
     "", "", "initial-state-read");
}

TEST_CASE("levels: lost updates, write skew and long forks are causal") {
  is({{.process = 1, .ops = {r(1, 0), w(1, 1)}}, {.process = 2, .ops = {r(1, 0), w(1, 2)}}}, "", "", "");
  is({{.process = 1, .ops = {r(1, 0), w(2, 1)}}, {.process = 2, .ops = {r(2, 0), w(1, 2)}}}, "", "", "");
  is({{.process = 1, .ops = {w(1, 1)}},
      {.process = 2, .ops = {w(2, 2)}},
      {.process = 3, .ops = {r(1, 1), r(2, 0)}},
      {.process = 4, .ops = {r(2, 2), r(1, 0)}}},
     "", "", "");
}

TEST_CASE("levels: two sessions that see two writes in two orders break atomicity by the commit order") {
  is({{.process = 1, .ops = {w(1, 1)}},
      {.process = 2, .ops = {w(1, 2)}},
      {.process = 3, .ops = {r(1, 1)}},
      {.process = 3, .ops = {r(1, 2)}},
      {.process = 4, .ops = {r(1, 2)}},
      {.process = 4, .ops = {r(1, 1)}}},
     "", "", "commit-order-cycle");
}

TEST_CASE("levels: an info transaction counts when it was seen, and not otherwise") {
  is({{.process = 1, .ops = {w(1, 1), w(2, 2)}, .outcome = Outcome::info},
      {.process = 2, .ops = {r(1, 0), r(2, 0)}}},
     "", "", "");
  is({{.process = 1, .ops = {w(1, 1), w(2, 2)}, .outcome = Outcome::info},
      {.process = 2, .ops = {r(1, 1), r(2, 0)}}},
     "initial-state-read", "initial-state-read", "initial-state-read");
}

TEST_CASE("levels: what cannot be decided is refused") {
  const auto refused = [](const SmallTxns& txns) {
    for (const Level level : {Level::read_committed, Level::read_atomic, Level::causal})
      CHECK(check_level(txn_history(txns), level, Budget{}).outcome == Outcome3::unknown);
  };
  refused(
      {{.process = 1, .ops = {w(1, 1)}}, {.process = 2, .ops = {w(1, 1)}}, {.process = 3, .ops = {r(1, 1)}}});
  refused({{.process = 1, .ops = {w(1, 0)}}, {.process = 2, .ops = {r(1, 0)}}});
  HistoryRecorder recorder;
  const auto cas =
      recorder.invoke(1, Function::cas, recorder.atoms().number(1), recorder.atoms().number(2), 1, kNil);
  recorder.complete(cas, Outcome::ok, 2);
  CHECK(check_level(recorder.history(), Level::causal, Budget{}).outcome == Outcome3::unknown);
}

TEST_CASE("levels: a small budget is an honest unknown") {
  const History h = txn_history({{.process = 1, .ops = {w(1, 1)}}, {.process = 2, .ops = {r(1, 1)}}});
  CHECK(check_level(h, Level::causal, Budget{.bytes = 1}).outcome == Outcome3::unknown);
  CHECK(check_level(h, Level::causal, Budget{}).outcome == Outcome3::pass);
}

TEST_CASE("levels: lists are read by their last element") {
  HistoryRecorder recorder;
  Interner& atoms = recorder.atoms();
  const Atom key = atoms.number(1);
  for (const int v : {1, 2}) {
    const auto h = recorder.invoke_txn(1, {{.append = true, .key = key, .value = atoms.number(v)}}, v);
    recorder.complete_txn(h, Outcome::ok, v, {{.append = true, .key = key, .value = atoms.number(v)}});
  }
  for (const std::vector<Atom>& seen :
       {std::vector<Atom>{atoms.number(1), atoms.number(2)}, {atoms.number(1)}}) {
    const auto h = recorder.invoke_txn(2, {{.key = key}}, 5);
    recorder.complete_txn(h, Outcome::ok, 6, {{.key = key, .list = seen}});
  }
  CHECK(check_level(recorder.history(), Level::read_committed, Budget{}).outcome == Outcome3::pass);
  CHECK(check_level(recorder.history(), Level::causal, Budget{}).signature == "causal: commit-order-cycle");
}

}  // namespace
}  // namespace wn::checkers::levels
