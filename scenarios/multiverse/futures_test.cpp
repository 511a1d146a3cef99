// What a forked child ran is a plan, and endings do not depend on how many children there are at once.
#include "scenarios/multiverse/futures.h"

#include <catch2/catch_test_macros.hpp>

#include "faults/plan/plan_check.h"
#include "scenarios/multiverse/outcomes.h"
#include "scenarios/multiverse/sample_run.h"
#include "scenarios/runner/run.h"

using namespace wn;
using namespace wn::scenarios;

namespace {

Digest replayed(const faults::Plan& plan) {
  auto result = run_plan(plan, {.record_history = false, .check = false});
  REQUIRE(result.has_value());
  return result->digest;
}

std::vector<Ending> futures_of(LiveRun& run, FutureRule rule, std::uint64_t count, unsigned jobs = 1) {
  auto endings = run_futures(run, {.rule = std::move(rule), .count = count, .jobs = jobs});
  REQUIRE(endings.has_value());
  return *std::move(endings);
}

}  // namespace

TEST_CASE("futures: each one replays as a plan to the digest that its child had") {
  for (const FutureFaults faults : {FutureFaults::keep, FutureFaults::resample}) {
    auto run = testing::stopped(testing::vote_forgotten(5), 4000);
    const FutureRule rule{.seed = 11, .faults = faults, .swarm = stock_swarm()};
    const auto endings = futures_of(*run, rule, 6);
    REQUIRE(endings.size() == 6);
    const SimTime at = run->now() - nanoseconds(1);
    for (const Ending& ending : endings) {
      const faults::Plan plan = future_plan(run->plan(), at, rule, ending.number);
      REQUIRE(faults::plan_check(plan).has_value());
      if (faults == FutureFaults::resample) CHECK(plan.faults != run->plan().faults);
      REQUIRE(replayed(plan).to_hex() == ending.digest);
    }
    CHECK(endings[0].digest != endings[1].digest);
    // The stopped run goes on as if nobody had looked.
    const faults::Plan plan = run->plan();
    CHECK(run->finish().digest == replayed(plan));
  }
}

TEST_CASE("futures: one process or three, the endings are the same") {
  auto run = testing::stopped(testing::vote_forgotten(6), 3000);
  const auto alone = futures_of(*run, {.seed = 3}, 6, 1);
  const auto many = futures_of(*run, {.seed = 3}, 6, 3);
  CHECK(alone == many);
  const Outcomes outcomes = outcomes_of(alone);
  std::uint64_t counted = 0;
  for (const OutcomeRow& row : outcomes.rows) counted += row.count;
  CHECK(counted == 6);
}

TEST_CASE("futures: the caller may have had enough, and a branch too many is refused") {
  auto run = testing::stopped(testing::vote_forgotten(6), 3000);
  FutureOptions options{.count = 50};
  options.on_ending = [](const Ending&) { return false; };
  const auto endings = run_futures(*run, options);
  REQUIRE(endings.has_value());
  CHECK(endings->size() == 1);
  for (std::size_t i = 0; i < faults::kBranchesMax; ++i) {
    REQUIRE(run->step());
    REQUIRE(run->reseed(i));
  }
  REQUIRE(run->step());
  CHECK(run_futures(*run, {.count = 1}).error().code == Errc::too_large);
}

TEST_CASE("outcomes: the interval holds its share, and says little of few") {
  const Share half = share_of(50, 100);
  CHECK(half.p == 0.5);
  CHECK((half.low > 0.40 && half.low < 0.41 && half.high > 0.59 && half.high < 0.60));
  const Share none = share_of(0, 20);
  CHECK(none.low == 0);
  CHECK((none.high > 0.15 && none.high < 0.17));
  CHECK(share_of(0, 0).high == 1);
}
