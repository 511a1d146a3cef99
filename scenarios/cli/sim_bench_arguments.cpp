// The line of `worknode bench [NAME…]`. Sees CLI11, as arguments.cpp does.
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/parse_line.h"

namespace wn::scenarios {
namespace {

constexpr const char* kExample =
    "`worknode bench cluster` measures real servers instead, beside etcd and Redis: worknode bench cluster "
    "--help\n\nExample:\n  worknode bench seeds-raft seeds-realm --rounds 9 --json bench.json\n\n"
    "Exit codes: 0 measured, 1 a seed failed meanwhile, 2 bad usage or input, 6 an error of our own.";

}  // namespace

Result<Arguments> parse_sim_bench_arguments(int argc, const char* const* argv) {
  CLI::App app(
      "How fast this build simulates and judges on one core of this machine. Time is of the processor; each "
      "round runs the same seeds, scenarios in turn; medians.",
      "worknode bench");
  app.footer(kExample);
  SimBenchArguments out;
  std::string rounds, time;
  app.add_option("names", out.names,
                 "files of scenarios/bench without their ending, or scenario files (default: idle loaded "
                 "seeds-raft seeds-realm)")
      ->type_name("NAME|SCENARIO");
  app.add_option("--rounds", rounds, "how many samples of each (default 5)")->type_name("N");
  app.add_option(
         "--time", time,
         "for each scenario in its first round, at least one seed; the others repeat its seeds (default 1s)")
      ->type_name("TIME");
  app.add_option("--json", out.json, "write the result as JSON (- is standard output)")->type_name("FILE");
  if (auto answer = parse_line(app, argc - 1, argv + 1)) return *std::move(answer);
  if (!rounds.empty()) {
    const auto number = parse_number(rounds, "--rounds", 1, 1000);
    if (!number) return fail(number.error());
    out.rounds = static_cast<std::uint32_t>(*number);
  }
  if (!time.empty()) {
    const auto limit = parse_time_limit(time, "--time");
    if (!limit) return fail(limit.error());
    out.time = *limit;
  }
  return Arguments(std::move(out));
}

}  // namespace wn::scenarios
