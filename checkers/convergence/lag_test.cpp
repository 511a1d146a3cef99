#include "checkers/convergence/lag.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

// Three replicas, ten seconds, a sample each second, frozen after seven.
class Tale {
 public:
  explicit Tale(std::vector<Cut> cuts = {})
      : meter_({.replicas = {NodeId{1}, NodeId{2}, NodeId{3}},
                .freeze_at = at(7000),
                .end = at(10'000),
                .samples = 10,
                .cuts = std::move(cuts)}) {}
  static SimTime at(std::int64_t ms) { return SimTime{ms * 1'000'000}; }
  Tale& update(std::int64_t ms, std::uint32_t node, std::uint64_t origin, std::uint64_t counter) {
    return tell(ms, node, TraceKind::realm_update, {origin, counter, 0, 0, 0});
  }
  Tale& restart(std::int64_t ms, std::uint32_t node, std::uint64_t updates, bool rebased = false) {
    return tell(ms, node, TraceKind::realm_restored, {node, 0, updates, rebased ? 1ULL : 0ULL, 0});
  }
  ConvergenceLag result() const { return meter_.result(); }

 private:
  Tale& tell(std::int64_t ms, std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    meter_.on_event({.at = at(ms), .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  LagMeter meter_;
};

std::vector<std::uint64_t> missing(const ConvergenceLag& lag) {
  std::vector<std::uint64_t> out;
  for (const LagPoint& point : lag.points) out.push_back(point.updates_missing);
  return out;
}

TEST_CASE("lag: a replica is behind by what another has and it has not, until it has it") {
  const ConvergenceLag lag = Tale()
                                 .update(500, 1, 1, 1)
                                 .update(1500, 2, 1, 1)
                                 .update(1600, 1, 1, 2)
                                 .update(2500, 3, 1, 1)
                                 .update(2600, 3, 1, 2)
                                 .update(3500, 2, 1, 2)
                                 .result();
  CHECK(missing(lag) == std::vector<std::uint64_t>{2, 3, 1, 0, 0, 0, 0, 0, 0, 0});
  CHECK(lag.points[1].replicas_behind == 2);
  CHECK(lag.points[1].missing == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(lag.missing_most == 3);
  CHECK(lag.converged_after_freeze_ns == 0);
}

TEST_CASE("lag: what is known at the freeze is measured, what is written later is not") {
  const ConvergenceLag lag =
      Tale().update(6500, 1, 1, 1).update(7500, 2, 1, 1).update(8500, 3, 1, 1).update(8600, 2, 2, 1).result();
  CHECK(lag.converged_after_freeze_ns == 2'000'000'000);
  CHECK(Tale().update(6500, 1, 1, 1).result().converged_after_freeze_ns == kNotYet);
}

TEST_CASE("lag: a restart takes back what had not reached the disk, an image gives what others know") {
  const ConvergenceLag lag =
      Tale().update(500, 1, 1, 1).update(600, 1, 1, 2).restart(1500, 1, 1).update(2500, 2, 1, 1).result();
  CHECK(missing(lag)[0] == 4);
  CHECK(missing(lag)[1] == 2);
  CHECK(missing(lag)[2] == 1);
  const ConvergenceLag anew = Tale()
                                  .update(500, 1, 1, 1)
                                  .update(600, 2, 2, 1)
                                  .update(700, 3, 2, 1)
                                  .restart(1500, 1, 1, true)
                                  .result();
  CHECK(missing(anew)[1] == 0);
}

TEST_CASE("lag: a partition's groups diverge, and are healed when all know what anybody knew at its end") {
  const Cut cut{.fault = 4,
                .begin = Tale::at(1000),
                .end = Tale::at(4000),
                .groups = {{NodeId{1}, NodeId{2}}, {NodeId{3}}}};
  const ConvergenceLag lag = Tale({cut})
                                 .update(1500, 1, 1, 1)
                                 .update(1600, 2, 1, 1)
                                 .update(2500, 3, 3, 1)
                                 .update(2600, 3, 3, 2)
                                 .update(4500, 3, 1, 1)
                                 .update(5500, 1, 3, 1)
                                 .update(5501, 1, 3, 2)
                                 .update(5502, 2, 3, 1)
                                 .update(5503, 2, 3, 2)
                                 .result();
  REQUIRE(lag.cuts.size() == 1);
  const CutDivergence& divergence = lag.cuts.front();
  CHECK(divergence.missing_most == 2);
  CHECK(divergence.healed_after_ns == 2'000'000'000);
  REQUIRE(divergence.points.size() == 6);  // from 1 s to 6 s
  CHECK(divergence.points[1].missing == std::vector<std::uint64_t>{0, 1});
  CHECK(divergence.points[2].missing == std::vector<std::uint64_t>{2, 1});
  CHECK(divergence.points[5].missing == std::vector<std::uint64_t>{0, 0});
  Cut for_ever = cut;
  for_ever.end = SimTime::max();
  CHECK(Tale({for_ever}).update(1500, 1, 1, 1).result().cuts.front().healed_after_ns == kNotYet);
}

}  // namespace
}  // namespace wn::checkers
