#include "checkers/convergence/convergence.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

class Tale {
 public:
  Tale()
      : checker_({.freeze_at = SimTime{0},
                  .end = SimTime{seconds(60).ns},
                  .replicas = {NodeId{1}, NodeId{2}, NodeId{3}}}) {}
  Tale& digest(std::uint32_t node, std::uint64_t clock, std::uint64_t state, std::int64_t second = 1) {
    return tell(node, TraceKind::realm_digest, {clock, state, 0, 0, 0}, second);
  }
  Tale& update(std::uint32_t node, std::uint64_t origin, std::uint64_t counter, std::int64_t second) {
    return tell(node, TraceKind::realm_update, {origin, counter, 0, 0, 0}, second);
  }
  Tale& tell(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field, std::int64_t second) {
    checker_.on_event(
        {.at = SimTime{seconds(second).ns}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  Verdict verdict() const { return checker_.verdict(); }
  std::string signature() const { return verdict().signature; }

 private:
  ConvergenceChecker checker_;
};

TEST_CASE("convergence: replicas that know and are the same pass") {
  CHECK(Tale().digest(1, 7, 70).digest(2, 7, 70).digest(3, 7, 70).verdict().outcome == Outcome3::pass);
}

TEST_CASE("convergence: equal knowledge with different states is found, at any time and between any two") {
  const Verdict v = Tale().digest(1, 7, 70).digest(1, 8, 80).digest(2, 7, 71, 5).digest(2, 8, 80).verdict();
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.signature == "convergence: equal knowledge, different states");
  CHECK(v.events == std::vector<std::uint64_t>{0, 2});
  CHECK(v.at_ns == seconds(5).ns);
  // A replica is held to what it was itself before a restart.
  CHECK(!Tale().digest(1, 7, 70).digest(1, 7, 71).signature().empty());
}

TEST_CASE("convergence: what differs at the end is found once writing has ceased for long enough") {
  const char* differ = "convergence: replicas differ when all is over";
  CHECK(Tale().digest(1, 7, 70).digest(2, 8, 80).signature() == differ);
  CHECK(Tale().digest(1, 7, 70).update(2, 2, 5, 56).digest(2, 8, 80, 56).signature() == differ);
  const Verdict late = Tale().digest(1, 7, 70).update(2, 2, 5, 58).digest(2, 8, 80, 58).verdict();
  CHECK(late.outcome == Outcome3::pass);
  CHECK(late.explanation.starts_with("vacuous: "));
  // Hearing of an old write is no new write.
  CHECK(Tale().update(2, 2, 5, 3).digest(1, 7, 70).update(1, 2, 5, 58).digest(2, 8, 80, 58).signature() ==
        differ);
}

TEST_CASE(
    "convergence: what still differs when the bound is over is found, though all are equal at the end") {
  const char* late = "convergence: replicas still differ after the bound";
  // The last write is at 10 s, the bound 3 s; whatever happens next shows the time.
  const auto tale = [] { return Tale().update(1, 1, 1, 10).digest(1, 7, 70, 10).digest(2, 8, 80, 10); };
  CHECK(tale()
            .digest(3, 9, 90, 12)
            .digest(2, 7, 70, 13)
            .digest(3, 7, 70, 13)
            .digest(1, 7, 70, 20)
            .signature()
            .empty());
  CHECK(tale().digest(1, 7, 70, 14).digest(2, 7, 70, 15).digest(1, 7, 70, 20).signature() == late);
  // Replica 2 has taken something in since it told its state: what it is now is not known.
  CHECK(tale().update(2, 1, 1, 12).digest(1, 7, 70, 14).digest(2, 7, 70, 15).signature().empty());
  CHECK(tale().tell(2, TraceKind::node_crashed, {}, 12).digest(1, 7, 70, 14).signature().empty());
  // A later write begins the quiet time anew.
  CHECK(tale().update(3, 3, 1, 12).digest(2, 7, 70, 14).digest(1, 7, 70, 20).signature().empty());
}

TEST_CASE("convergence: replicas that are gone, stopped or cut off are not compared at the end") {
  CHECK(Tale()
            .digest(1, 7, 70)
            .digest(2, 7, 70)
            .digest(3, 8, 80)
            .tell(3, TraceKind::node_crashed, {}, 2)
            .signature()
            .empty());
  CHECK(Tale()
            .digest(1, 7, 70)
            .digest(2, 7, 70)
            .digest(3, 8, 80)
            .tell(3, TraceKind::store_refused, {}, 2)
            .signature()
            .empty());
  CHECK(Tale().digest(1, 7, 70).digest(2, 7, 70).digest(4, 8, 80).signature().empty());
  CHECK(Tale().digest(1, 7, 70).verdict().explanation.starts_with("vacuous: "));
}

}  // namespace
}  // namespace wn::checkers
