// The page of a sweep: sums out of results, and one file that asks nobody for anything.
#include "scenarios/cli/sweep_report.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

SeedResult one(const char* scenario, std::uint64_t seed, Outcome3 outcome, std::uint64_t wall_us) {
  return {.scenario = scenario,
          .seed = seed,
          .outcome = outcome,
          .signature = outcome == Outcome3::fail ? "</script><b>stale" : "",
          .digest = "d",
          .wall_us = wall_us,
          .events = 100};
}

TEST_CASE("sweep page: it has the sums of its results, whatever their order") {
  SweepTotals totals;
  totals.add(SweptScenario{.scenario = "a/x.toml", .sometimes = {"never seen"}});
  std::vector<SeedResult> seeds;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    seeds.push_back(one(seed % 2 == 0 ? "a/x.toml" : "a/y.toml", 999 - seed,
                        seed % 100 == 0 ? Outcome3::fail : Outcome3::pass, 1000 + seed * 100));
  }
  seeds.push_back(seeds.front());  // shards may overlap
  for (const SeedResult& seed : seeds) totals.add(seed);
  const reports::SweepPage page = sweep_page(totals, seeds, "b");
  CHECK(page.seeds == 1000);
  CHECK(page.failed == 10);
  REQUIRE(page.scenarios.size() == 2);
  CHECK(page.scenarios[0].events == 50'000);
  CHECK(page.scenarios[0].wall_us + page.scenarios[1].wall_us == totals.core_us());
  CHECK(page.scenarios[0].missing == std::vector<std::string>{"never seen"});
  CHECK(page.found.size() <= kPagePointsMax + 2);
  CHECK(page.found.back() == std::pair<std::uint64_t, std::uint64_t>(1000, 10));
  std::uint64_t counted = 0;
  for (const auto& bin : page.durations) counted += bin.seeds;
  CHECK(counted == 1000);
  CHECK(page.groups.at(0).replay == "worknode run a/x.toml --seed 99");

  const std::string html = reports::sweep_html(page);
  CHECK(html.find("</script><b>") == std::string::npos);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("}) {
    CHECK(html.find(outside) == std::string::npos);
  }
  CHECK_FALSE(reports::sweep_html({}).empty());
  CHECK(sweep_page({}, {}, "").durations.empty());
}

TEST_CASE("sweep page: a failing seed of a strategy is replayed from the plan that it left") {
  SweptScenario about{.scenario = "a/x.toml", .strategy = "portfolio", .folders = "runs"};
  SweepTotals totals;
  totals.add(about);
  totals.add(one("a/x.toml", 17, Outcome3::fail, 5));
  CHECK(sweep_page(totals, {}, "b").groups.at(0).replay == "worknode replay runs/x/portfolio-17");
  about.folders.clear();
  CHECK(replay_command(about, 17).find("--no-folders") != std::string::npos);
  about.strategy = "random";
  CHECK(replay_command(about, 17) == "worknode run a/x.toml --seed 17");
}

TEST_CASE("sweep page: behaviours are drawn as they were found, and a failure rate is never said to be 0") {
  SweepTotals totals;
  std::vector<SeedResult> seeds;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    explore::Fingerprint print;
    print.behaviours.push_back({.id = static_cast<std::uint32_t>(std::min<std::uint64_t>(seed, 9))});
    seeds.push_back(one("a/x.toml", seed, Outcome3::pass, 1000));
    seeds.back().print = explore::encode(print);
    totals.add(seeds.back());
  }
  CHECK(totals.behaviours() == 10);
  const reports::SweepPage::Scenario scenario = sweep_page(totals, seeds, "").scenarios.at(0);
  REQUIRE_FALSE(scenario.curve.empty());
  CHECK(scenario.curve.back().behaviours == 10);
  CHECK(scenario.curve.front().behaviours < 10);
  CHECK((scenario.failure_rate_bound > 0.05 && scenario.failure_rate_bound < 0.15));
}

}  // namespace
}  // namespace wn::scenarios
