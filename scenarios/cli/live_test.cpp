// The live view of a sweep: values in, lines out; and the bytes that draw them.
#include <catch2/catch_test_macros.hpp>

#include "scenarios/cli/live_board.h"
#include "scenarios/cli/live_view.h"
#include "scenarios/cli/screen.h"

namespace wn::scenarios {
namespace {

LiveFrame some_frame() {
  return {
      .seconds = 11,
      .jobs = 2,
      .done = 412,
      .total = 1000,
      .passed = 407,
      .failed = 4,
      .unknown = 1,
      .rates = {10, 20, 30, 40, 37, 38, 36, 40},
      .scenarios = {{.name = "a/raft-light.toml", .done = 206, .total = 500},
                    {.name = "a/raft-swarm.toml", .done = 206, .total = 500, .failed = 4}},
      .failures = {
          {.signature = "linearizability: stale read",
           .count = 3,
           .scenario = "a/raft-swarm.toml",
           .seed = 24},
          {.signature = "crash: entry == nullptr", .count = 1, .scenario = "a/raft-swarm.toml", .seed = 31}}};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

TEST_CASE("live: a sweep's frame is these lines") {
  CHECK(joined(live_lines(some_frame(), {.columns = 100, .rows = 30, .color = false, .unicode = false})) ==
        "############.................. 412/1000 seeds  41%  ETA 16s  11s  2 jobs\n"
        "407 pass   4 fail   1 unknown\n"
        "seeds/s   :=+#*#*#  38.2\n"
        "failures\n"
        "       3 x linearizability: stale read   seed 24 of raft-swarm\n"
        "       1 x crash: entry == nullptr   seed 31 of raft-swarm\n"
        "scenarios\n"
        "  raft-swarm ####........ 206/500  4 fail\n"
        "  raft-light ####........ 206/500\n");
  LiveFrame counted = some_frame();
  counted.behaviours = 81;
  counted.new_behaviours = {40, 20, 10, 5, 3, 2, 1, 0};
  CHECK(live_lines(counted, {.columns = 100, .rows = 30})[3] == "new       █▅▃▂▂▁▁▁  81 behaviours");
}

TEST_CASE("live: no line is wider than the terminal and none more than its rows, at any size") {
  LiveFrame frame = some_frame();
  for (std::uint64_t i = 0; i < 40; ++i) {
    frame.failures.push_back(
        {.signature = "ünïcode “wide” signature \x1b[2J " + std::string(i * 5, 'x'), .count = 1});
    frame.scenarios.push_back({.name = "dir/" + std::string(i * 3, 'n') + ".toml", .done = i, .total = 40});
  }
  frame.rates.assign(kLiveSamplesMax, 3.5);
  for (unsigned columns = 24; columns <= 200; columns += 7) {
    for (const unsigned rows : {2U, 3U, 5U, 8U, 24U, 60U, 200U}) {
      for (const bool color : {false, true}) {
        const auto lines = live_lines(frame, {.columns = columns, .rows = rows, .color = color});
        REQUIRE(lines.size() <= rows - 1);
        for (const std::string& line : lines) REQUIRE(visible_width(line) <= columns - 1);
        for (const std::string& line : lines) REQUIRE(line.find("\x1b[2J") == std::string::npos);
      }
    }
  }
  // What found no room is counted: shown and not shown are all.
  const auto lines = live_lines(frame, {.columns = 120, .rows = 24});
  std::size_t shown = 0, more = 0;
  for (const std::string& line : lines) {
    shown += line.find(" x ") != std::string::npos ? 1 : 0;
    if (more == 0 && line.starts_with("  and ")) more = std::stoul(line.substr(6));
  }
  CHECK(shown + more == frame.failures.size());
}

TEST_CASE("live: a frame of nothing yet has no division by it") {
  const auto lines = live_lines({}, {.columns = 80, .rows = 24, .unicode = false});
  CHECK(lines[0] == "................ 0/0 seeds  0s  1 job");
  CHECK(sparkline({}, 10, true).empty());
  CHECK(sparkline({0, 0}, 10, false) == "__");
  CHECK(sparkline({1, 2, 3, 4}, 2, false) == "+#");
}

TEST_CASE("live: the board counts what the sweep says, whatever the shard") {
  const std::vector<std::string> names{"a", "b", "c"};
  for (std::uint32_t of = 1; of <= 7; ++of) {
    std::vector<std::uint64_t> all(names.size(), 0);
    for (std::uint32_t index = 1; index <= of; ++index) {
      const SweepOptions options{
          .scenarios = 3, .seeds = {.first = 5, .count = 11}, .shard = {.index = index, .of = of}};
      const auto tasks = tasks_by_scenario(options);
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += tasks[i];
    }
    CHECK(all == std::vector<std::uint64_t>(3, 11));
  }
  LiveBoard board({.scenarios = 3, .seeds = {.first = 0, .count = 200}, .jobs = 4}, names);
  SeedResult bad{.outcome = checkers::Outcome3::fail, .signature = "s"};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    bad.signature = "s" + std::to_string(seed % 250);
    board.add({.scenario = 1, .seed = seed}, bad, static_cast<double>(seed) / 3);
    board.add({.scenario = 1, .seed = seed, .again = true}, bad, static_cast<double>(seed) / 3);
  }
  board.add({.scenario = 0, .seed = 1}, {.trouble = "t"}, 100);
  const LiveFrame frame = board.frame(301, 600, 100.5);
  CHECK(frame.failed == 300);
  CHECK(frame.troubled == 1);
  CHECK(frame.failures.size() == kLiveSignaturesMax + 1);
  CHECK(frame.failures[0].signature == "other signatures");
  CHECK(frame.failures[0].count + 200 + 50 == 300);
  CHECK(frame.failures[1].count == 2);
  CHECK(frame.failures[1].seed == 0);
  CHECK(frame.rates == std::vector<double>(kLiveSamplesMax, 3));
  CHECK(frame.scenarios[1].done == 300);
}

TEST_CASE("screen: a region is written over in place, and what it no longer needs is cleared") {
  CHECK(redraw_bytes({}, {"a", "b"}, 80) == "\ra\x1b[K\nb\x1b[K");
  CHECK(redraw_bytes({1, 1}, {"c", "d"}, 80) == "\r\x1b[1Ac\x1b[K\nd\x1b[K");
  CHECK(redraw_bytes({1, 1, 1}, {"e"}, 80) == "\r\x1b[2Ae\x1b[K\x1b[J");
  CHECK(redraw_bytes({1, 1}, {}, 80) == "\r\x1b[1A\x1b[J");
  // The terminal became narrower: the old lines stand in two rows each now.
  CHECK(redraw_bytes({79, 79}, {"f", "g"}, 40) == "\r\x1b[3Af\x1b[K\ng\x1b[K\x1b[J");
}

}  // namespace
}  // namespace wn::scenarios
