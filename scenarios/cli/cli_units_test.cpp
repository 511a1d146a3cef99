// The parts of the command line that need no process: values, totals, XML, JSON lines, exit codes.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/check.h"
#include "runtime/base/random.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/exit_code.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/junit.h"
#include "scenarios/cli/sweep.h"
#include "scenarios/cli/totals_text.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

TEST_CASE("cli: seeds are a count or a range, and nothing else") {
  CHECK(parse_seeds("200")->count == 200);
  CHECK(parse_seeds("200")->first == 0);
  CHECK(parse_seeds("10..19")->first == 10);
  CHECK(parse_seeds("10..19")->count == 10);
  CHECK(parse_seeds("7..7")->count == 1);
  CHECK(parse_seeds("18446744073709551615..18446744073709551615")->count == 1);
  for (const char* bad : {"0", "", "-1", "9..1", "1..", "..1", "1..2..3", "1e9", "99999999999999999999",
                          "0..18446744073709551615", "5 ", "0x10"}) {
    const auto parsed = parse_seeds(bad);
    CHECK_FALSE(parsed.has_value());
    CHECK(parsed.error().code == Errc::invalid_argument);
    CHECK(parsed.error().to_string().find('\n') == std::string::npos);
  }
}

TEST_CASE("cli: shards, limits and amounts are checked whole") {
  CHECK(parse_shard("2/4")->index == 2);
  for (const char* bad : {"0/4", "5/4", "1", "1/0", "/", "a/b", "1/2/3"})
    CHECK_FALSE(parse_shard(bad).has_value());
  CHECK(*parse_time_limit("60s", "--time-limit") == seconds(60));
  for (const char* bad : {"0s", "-1s", "60", "never", "9999h", "s"}) {
    CHECK_FALSE(parse_time_limit(bad, "--time-limit").has_value());
  }
  CHECK(*parse_bytes("2GiB", "--memory") == 2ULL << 30);
  for (const char* bad : {"0", "GiB", "99999999999GiB", "-1MiB"})
    CHECK_FALSE(parse_bytes(bad, "--memory").has_value());
}

TEST_CASE("cli: the worst exit code wins, and an unknown never hides a violation") {
  using enum ExitCode;
  CHECK(worst(violation, inconclusive) == violation);
  CHECK(worst(inconclusive, nothing_selected) == inconclusive);
  CHECK(worst(nondeterminism, violation) == nondeterminism);
  CHECK(worst(own_error, nondeterminism) == own_error);
  CHECK(worst(pass, nothing_selected) == nothing_selected);
}

SeedResult result_of(const std::string& scenario, std::uint64_t seed) {
  const Random random(seed);
  SeedResult r;
  r.scenario = scenario;
  r.seed = seed;
  r.digest = std::to_string(random.at("digest").u64());
  r.wall_us = 1000 + random.at("wall").below(1000);
  r.events = random.at("events").below(100'000);
  r.sometimes["a leader changed"] = random.at("sometimes").below(2);
  const auto kind = random.at("outcome").below(10);
  if (kind == 0) r.outcome = Outcome3::unknown;
  if (kind == 1 || kind == 2) {
    r.outcome = Outcome3::fail;
    r.signature = kind == 1 ? "linearizability: stale read" : "raft-safety: two leaders in one term";
  }
  return r;
}

TEST_CASE("cli: any sharding and any order gives the same totals") {
  SweepTotals forwards, backwards, overlapping;
  for (std::uint64_t seed = 0; seed < 300; ++seed)
    forwards.add(result_of(seed % 2 ? "a.toml" : "b.toml", seed));
  for (std::uint64_t seed = 300; seed-- > 0;) backwards.add(result_of(seed % 2 ? "a.toml" : "b.toml", seed));
  CHECK(chaos_json(forwards, "build", 0) == chaos_json(backwards, "build", 0));
  CHECK(totals_text(forwards, 0) == totals_text(backwards, 0));
  CHECK(junit_xml(forwards) == junit_xml(backwards));
  CHECK(forwards.seeds() == 300);
  CHECK(forwards.passed() + forwards.failed() + forwards.unknown() == 300);
  CHECK(forwards.exit_code() == ExitCode::violation);
  // The groups name the lowest seed.
  const auto failures = forwards.failures();
  for (const Group& group : forwards.groups(failures)) {
    for (const Failure& f : failures) {
      if (f.signature == group.signature) CHECK(f.seed >= group.lowest->seed);
    }
  }
}

TEST_CASE("cli: a seed that comes twice with two digests is nondeterminism") {
  SweepTotals totals;
  totals.add(result_of("a.toml", 5));
  totals.add(result_of("a.toml", 5));
  CHECK(totals.seeds() == 1);
  CHECK(totals.twice() == 1);
  CHECK(totals.nondeterministic() == 0);
  SeedResult other = result_of("a.toml", 5);
  other.digest += "x";
  totals.add(other);
  CHECK(totals.nondeterministic() == 1);
  CHECK(totals.exit_code() == ExitCode::nondeterminism);
}

TEST_CASE("cli: a claim that never came true fails a sweep that was long enough to expect it") {
  SweepTotals totals;
  totals.add(SweptScenario{.scenario = "a.toml", .sometimes = {"snapshot installed", "a leader changed"}});
  for (std::uint64_t seed = 0; seed < kSometimesSeedsMin; ++seed) {
    CHECK(totals.exit_code() == (seed == 0 ? ExitCode::nothing_selected : ExitCode::pass));
    SeedResult r;
    r.scenario = "a.toml";
    r.seed = seed;
    r.sometimes["a leader changed"] = 1;
    totals.add(r);
  }
  CHECK(totals.exit_code() == ExitCode::violation);
  CHECK(totals_text(totals, 0).find("sometimes: snapshot installed never happened in 20 seeds") !=
        std::string::npos);
}

TEST_CASE("cli: result lines survive the round trip, hostile text included") {
  SeedResult r = result_of("dir/with \"quotes\"\n.toml", 7);
  r.signature = "crash: a\\b \x01 \xff";
  const auto line = to_line(r);
  CHECK(line.find('\n') == std::string::npos);
  const auto parsed = parse_result_line(line, "f", 1);
  REQUIRE(parsed.has_value());
  const auto& back = std::get<SeedResult>(*parsed);
  CHECK(back.seed == 7);
  CHECK(back.scenario == r.scenario);
  CHECK(back.sometimes == r.sometimes);
  CHECK(to_line(back).size() > 0);
}

TEST_CASE("cli: a line that is no result is refused with its place") {
  for (const char* bad :
       {"", "{", "[]", "null", "{\"record\":\"seed\"}", "{\"record\":\"other\"}", "{\"record\":7}",
        "\xff\xfe\x00", "{\"record\":\"scenario\",\"scenario\":\"a\",\"config_hash\":1}"}) {
    const auto parsed = parse_result_line(bad, "r.jsonl", 12);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().to_string().starts_with("r.jsonl:12:"));
  }
  const std::string deep = "{\"record\":" + std::string(100'000, '[');
  CHECK_FALSE(parse_result_line(deep, "r.jsonl", 1).has_value());
}

TEST_CASE("cli: XML stays valid whatever the text") {
  CHECK(xml_escaped("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
  CHECK(xml_escaped(std::string("\x01\xff", 2)) == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(xml_escaped("é") == "é");
  CHECK(xml_escaped("\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("cli: shards split a sweep without gap or overlap, and every shard compares something") {
  SweepOptions options{.scenarios = 3, .seeds = {.first = 5, .count = 10}};
  CHECK(task_count(options) == 30);
  CHECK(task_at(options, 0).seed == 5);
  CHECK(task_at(options, 4).scenario == 1);
  CHECK(task_at(options, 29).seed == 14);

  class Counter final : public SweepListener {
   public:
    void on_result(const SweepTask& task, const SeedResult& result) override {
      totals.add(result);
      again += task.again ? 1U : 0U;
    }
    void on_tick(std::uint64_t, std::uint64_t) override {}
    SweepTotals totals;
    unsigned again = 0;
  };
  const SeedRunner runner = [](const SweepTask& task) {
    return result_of("", task.seed * 10 + task.scenario);
  };
  const std::vector<std::string> names{"a", "b", "c"};
  Counter whole;
  REQUIRE(run_sweep(options, names, runner, whole).has_value());
  CHECK(whole.totals.seeds() == 30);
  CHECK(whole.totals.nondeterministic() == 0);
  CHECK(whole.again >= 1);
  Counter parts;
  for (std::uint32_t shard = 1; shard <= 4; ++shard) {
    options.shard = {.index = shard, .of = 4};
    options.jobs = shard;
    const unsigned before = parts.again;
    const auto end = run_sweep(options, names, runner, parts);
    REQUIRE(end.has_value());
    CHECK(end->done == end->total);
    CHECK(parts.again > before);
  }
  CHECK(parts.totals.seeds() == 30);
  CHECK(parts.totals.passed() == whole.totals.passed());
}

TEST_CASE("cli: a crashing seed is a failing seed, and a seed that answers differently is nondeterminism") {
  class Keeper final : public SweepListener {
   public:
    void on_result(const SweepTask&, const SeedResult& result) override { totals.add(result); }
    void on_tick(std::uint64_t, std::uint64_t) override {}
    SweepTotals totals;
  };
  const SeedRunner crashing = [](const SweepTask& task) {
    WN_CHECK_NE(task.seed, std::uint64_t{3});
    return SeedResult{};
  };
  Keeper crash;
  const std::vector<std::string> names{"a"};
  REQUIRE(run_sweep({.seeds = {.first = 0, .count = 6}, .jobs = 2}, names, crashing, crash).has_value());
  CHECK(crash.totals.seeds() == 6);
  CHECK(crash.totals.failed() == 1);
  CHECK(crash.totals.failures().front().signature.find("CHECK failed") != std::string::npos);

  const SeedRunner random = [calls = 0](const SweepTask&) mutable {
    SeedResult r;
    r.digest = std::to_string(++calls);
    return r;
  };
  Keeper differs;
  REQUIRE(run_sweep({.seeds = {.first = 0, .count = 4}, .jobs = 1}, names, random, differs).has_value());
  CHECK(differs.totals.exit_code() == ExitCode::nondeterminism);
}

TEST_CASE("cli: progress says how far, how fast and how long") {
  CHECK(progress_text(50, 100, "seeds", 2, 10) ==
        "[############............] 50/100 5.0 seeds/s  2 failing  ETA 10 s");
  CHECK(progress_text(0, 0, "seeds", 0, 0).find("0/0") != std::string::npos);
}

}  // namespace
}  // namespace wn::scenarios
