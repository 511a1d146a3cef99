// worknode bench [NAME…]: how fast this build simulates and judges on one core of this machine.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/json_parts.h"
#include "scenarios/cli/seed_runner.h"
#include "scenarios/cli/sweep.h"
#include "scenarios/runner/build_info.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeedsOfASampleMax = 100'000;

// What the same seeds came to in one round.
struct Sample {
  double cpu_seconds = 0;
  double simulated_seconds = 0;
  std::uint64_t events = 0;
  std::uint64_t operations = 0;
  std::uint64_t failed = 0;
};

struct Spread {
  double median = 0, least = 0, greatest = 0;
};

// REQUIRES !samples.empty().
template <class Value>
Spread spread_of(const std::vector<Sample>& samples, const Value& value) {
  std::vector<double> all;
  for (const Sample& sample : samples) all.push_back(value(sample));
  std::ranges::sort(all);
  const std::size_t half = all.size() / 2;
  return {all.size() % 2 == 1 ? all[half] : (all[half - 1] + all[half]) / 2, all.front(), all.back()};
}

struct Figures {
  std::string name, title;
  std::uint64_t seeds = 0;  // of a sample
  std::vector<Sample> samples;

  Spread simulated_rate() const {
    return spread_of(samples, [](const Sample& s) { return s.simulated_seconds / s.cpu_seconds; });
  }
  Spread event_rate() const {
    return spread_of(samples, [](const Sample& s) { return static_cast<double>(s.events) / s.cpu_seconds; });
  }
  Spread seeds_per_core_hour() const {
    return spread_of(samples,
                     [&](const Sample& s) { return 3600 * static_cast<double>(seeds) / s.cpu_seconds; });
  }
  std::uint64_t failed() const { return samples.front().failed; }  // the same in every round
};

Result<Scenario> find_bench(const std::string& name) {
  std::error_code error;
  if (fs::is_regular_file(name, error)) return load_scenario(name);
  const auto catalog = find_catalog();
  const fs::path folder = catalog ? catalog->parent_path() / "bench" : fs::path();
  if (!catalog || !fs::is_directory(folder, error))
    return fail(Errc::not_found, "scenarios/bench: not found here or beside the program");
  if (fs::is_regular_file(folder / (name + ".toml"), error)) return load_scenario(folder / (name + ".toml"));
  const auto files = find_scenarios(folder);
  if (!files) return fail(files.error());
  std::string names;
  for (const fs::path& file : *files) names += " " + file.stem().string();
  return fail(Errc::invalid_argument, "worknode bench: no scenario \"" + name.substr(0, 60) +
                                          "\"; expected a file, cluster, or one of:" + names);
}

// The sums of one sweep of one scenario on one worker.
class SampleListener final : public SweepListener {
 public:
  void on_result(const SweepTask& task, const SeedResult& result) override {
    if (task.again) return;
    if (!result.trouble.empty()) trouble = result.trouble;
    sample.cpu_seconds += std::max<double>(1, static_cast<double>(result.cpu_us)) * 1e-6;
    sample.simulated_seconds += static_cast<double>(result.simulated_us) * 1e-6;
    sample.events += result.events;
    sample.operations += result.operations_ok;
    sample.failed += result.failed() ? 1 : 0;
  }
  void on_tick(std::uint64_t, std::uint64_t) override {}

  Sample sample;
  std::string trouble;
};

// The first round finds how many seeds fill the time; the others repeat those.
Result<void> take_sample(const std::vector<Scenario>& scenario, Duration time, Figures& figures) {
  const bool first = figures.samples.empty();
  const SweepOptions options{
      .seeds = {.first = 0, .count = first ? kSeedsOfASampleMax : figures.seeds},
      .seconds_max = first ? static_cast<double>(time.ns) * 1e-9 : 0,
  };
  SampleListener listener;
  const auto end =
      run_sweep(options, {figures.name}, seed_runner(scenario, {.fingerprint = false}), listener);
  if (!end) return fail(end.error());
  if (!listener.trouble.empty()) return fail(Errc::internal, figures.name + ": " + listener.trouble);
  if (first) figures.seeds = end->done;
  figures.samples.push_back(listener.sample);
  return {};
}

Result<std::vector<Figures>> measure(Console& console, const SimBenchArguments& arguments,
                                     const std::vector<std::vector<Scenario>>& scenarios) {
  const Stopwatch clock;
  std::vector<Figures> all(scenarios.size());
  const std::uint64_t samples = std::uint64_t{arguments.rounds} * all.size();
  for (std::uint64_t i = 0; i < samples; ++i) {
    console.bar(progress_text(i, samples, "samples", 0, clock.seconds()));
    const std::vector<Scenario>& scenario = scenarios[i % all.size()];
    Figures& figures = all[i % all.size()];
    figures.name = scenario.front().path.stem().string();
    figures.title = scenario.front().title;
    if (auto taken = take_sample(scenario, arguments.time, figures); !taken) return fail(taken.error());
  }
  console.clear_bar();
  return all;
}

std::string table(const std::vector<Figures>& all) {
  std::string out =
      fmt::format("{:<16} {:>5} {:>22} {:>14} {:>16} {:>22}\n", "scenario", "seeds",
                  "simulated s/s of a core", "events/s", "seeds/core-hour", "(least … greatest)");
  for (const Figures& f : all) {
    const Spread hour = f.seeds_per_core_hour();
    out += fmt::format("{:<16} {:>5} {:>22.0f} {:>14.0f} {:>16.0f} {:>22}{}\n", f.name, f.seeds,
                       f.simulated_rate().median, f.event_rate().median, hour.median,
                       fmt::format("{:.0f} … {:.0f}", hour.least, hour.greatest),
                       f.failed() == 0 ? "" : fmt::format("  {} FAILED", f.failed()));
  }
  return out;
}

Json json_of(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"greatest", spread.greatest}};
}

std::string bench_json(const std::vector<Figures>& all, const SimBenchArguments& arguments) {
  Json out;
  out["build"] = build_id();
  out["rounds"] = arguments.rounds;
  out["benches"] = Json::array();
  for (const Figures& f : all) {
    out["benches"].push_back({{"name", f.name},
                              {"title", f.title},
                              {"seeds", f.seeds},
                              {"failed", f.failed()},
                              {"events", f.samples.front().events},
                              {"operations_ok", f.samples.front().operations},
                              {"simulated_seconds", f.samples.front().simulated_seconds},
                              {"simulated_seconds_per_core_second", json_of(f.simulated_rate())},
                              {"events_per_core_second", json_of(f.event_rate())},
                              {"seeds_per_core_hour", json_of(f.seeds_per_core_hour())}});
  }
  return page(out);
}

}  // namespace

Result<ExitCode> sim_bench_command(Console& console, const SimBenchArguments& arguments) {
  if (const auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  std::vector<std::string> names = arguments.names;
  if (names.empty()) names = {"idle", "loaded", "seeds-raft", "seeds-realm"};
  std::vector<std::vector<Scenario>> scenarios;
  for (const std::string& name : names) {
    auto found = find_bench(name);
    if (!found) return fail(found.error());
    scenarios.push_back({*std::move(found)});
  }
  const auto figures = measure(console, arguments, scenarios);
  if (!figures) return fail(figures.error());
  if (arguments.json != "-") console.print(table(*figures));
  if (!arguments.json.empty()) {
    if (const auto written = write_output(console, arguments.json, bench_json(*figures, arguments)); !written)
      return fail(written.error());
  }
  const bool failed = std::ranges::any_of(*figures, [](const Figures& f) { return f.failed() != 0; });
  return failed ? ExitCode::violation : ExitCode::pass;
}

}  // namespace wn::scenarios
