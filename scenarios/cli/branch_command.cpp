#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "faults/plan/plan_io.h"
#include "faults/plan/time_text.h"
#include "scenarios/cli/branch_json.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/multiverse/on_sometimes.h"
#include "scenarios/runner/scenario_spec.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

struct Source {
  faults::Plan plan;
  FutureRule rule;
};

// A scenario has its own swarm; of a plan, that of its scenario where the file is still there.
Result<Source> load_source(const BranchArguments& arguments) {
  Source source;
  const FutureFaults faults = arguments.resample ? FutureFaults::resample : FutureFaults::keep;
  source.rule = {
      .seed = std::max<std::uint64_t>(arguments.seed, 1), .faults = faults, .swarm = stock_swarm()};
  if (std::filesystem::path(arguments.input).extension() == ".toml") {
    const auto scenario = load_scenario(arguments.input);
    if (!scenario) return fail(scenario.error());
    source.plan = make_plan(*scenario, arguments.seed);
    source.rule.swarm = scenario->spec->swarm;
    source.rule.seed = 1;
    return source;
  }
  const auto stored = load_run_or_plan(arguments.input);
  if (!stored) return fail(stored.error());
  source.plan = stored->plan;
  if (const auto scenario = load_scenario(stored->scenario); scenario)
    source.rule.swarm = scenario->spec->swarm;
  return source;
}

unsigned jobs_of(unsigned wanted) { return wanted == 0 ? available_cores() : wanted; }

std::string seconds_of(std::int64_t ns) { return fmt::format("{:.3f}s", static_cast<double>(ns) / 1e9); }

// The plans of failing futures: files, each replayed once to see that it is what the child ran.
class Shelf {
 public:
  Shelf(const BranchArguments& arguments, Console& console) : arguments_(arguments), console_(console) {}

  bool full() const { return kept_.size() >= arguments_.keep; }
  Result<void> keep(const faults::Plan& plan, const Ending& ending) {
    if (full()) return {};
    const std::filesystem::path folder = arguments_.out;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Errc::io_error, arguments_.out + ": " + error.message());
    const std::string name = fmt::format("{}-{}-{}.txtpb", plan.scenario, plan.seed, kept_.size());
    const std::string file = (folder / name).string();
    if (auto written = write_output(console_, file, faults::to_text(plan)); !written) return written;
    KeptFuture kept{
        .number = ending.number, .signature = ending.signature, .digest = ending.digest, .file = file};
    if (!ending.crashed) {
      const auto again = run_apart({.plan = plan, .trace = false, .tell = false});
      if (!again) return fail(again.error());
      kept.replays = again->digest == ending.digest;
    }
    if (!kept.replays) exit_ = ExitCode::nondeterminism;
    kept_.push_back(std::move(kept));
    return {};
  }
  const std::vector<KeptFuture>& kept() const { return kept_; }
  ExitCode exit() const { return exit_; }

 private:
  const BranchArguments& arguments_;
  Console& console_;
  std::vector<KeptFuture> kept_;
  ExitCode exit_ = ExitCode::pass;
};

ExitCode exit_of(const Outcomes& outcomes) {
  ExitCode code = ExitCode::pass;
  for (const OutcomeRow& row : outcomes.rows) code = worst(code, exit_code_of(row.outcome));
  return code;
}

std::string table(const BranchReport& report) {
  const Outcomes& outcomes = report.outcomes;
  std::string text = "   futures   share  first seen  outcome\n";
  for (const OutcomeRow& row : outcomes.rows) {
    const Share share = share_of(row.count, outcomes.failing.of);
    text += fmt::format("{:>10}  {:>5.1f}%  {:>10}  {}\n", row.count, 100 * share.p,
                        row.earliest_ns < 0 ? "" : seconds_of(row.earliest_ns),
                        row.signature.empty() ? std::string(to_string(row.outcome)) : row.signature);
  }
  const Share& p = outcomes.failing;
  text += fmt::format("P(fail) {:.1f}%  (95%: {:.1f}% to {:.1f}%), {} of {} futures\n", 100 * p.p,
                      100 * p.low, 100 * p.high, p.count, p.of);
  text += fmt::format("{:.1f} s, {:.0f} futures/s, {:.0f} simulated events/s\n", report.wall_seconds,
                      static_cast<double>(p.of) / std::max(report.wall_seconds, 1e-9),
                      static_cast<double>(outcomes.events) / std::max(report.wall_seconds, 1e-9));
  for (const KeptFuture& kept : report.kept) {
    text += fmt::format("  {}\n    worknode replay {}{}\n", kept.signature, kept.file,
                        kept.replays ? "" : "   (does NOT replay to its digest)");
  }
  return text;
}

Result<BranchReport> at_one_moment(Console& console, const BranchArguments& arguments, const Source& source,
                                   Shelf& shelf) {
  auto run = LiveRun::make(source.plan, {.record_history = false});
  if (!run) return fail(run.error());
  if (arguments.at) (*run)->run_until(SimTime{arguments.at->ns});
  if (arguments.at_event && !(*run)->run_to_event(*arguments.at_event)) {
    return fail(Errc::invalid_argument, fmt::format("--at-event: the run has {} events", (*run)->events()));
  }
  if (arguments.at && arguments.at->ns > source.plan.duration.ns)
    return fail(Errc::invalid_argument, "--at: the run ends at " + seconds_of(source.plan.duration.ns));
  (*run)->settle();
  BranchReport report{.at_ns = (*run)->now().ns - 1, .at_event = (*run)->events()};
  Stopwatch watch;
  std::uint64_t done = 0;
  std::uint64_t failing = 0;
  FutureOptions options{.rule = source.rule, .jobs = jobs_of(arguments.jobs)};
  options.count = arguments.futures == 0 ? 1000 : arguments.futures;
  options.on_ending = [&](const Ending& ending) {
    failing += ending.outcome == Outcome3::fail ? 1 : 0;
    console.bar(progress_text(++done, options.count, "futures", failing, watch.seconds()));
    return true;
  };
  const auto endings = run_futures(**run, options);
  console.clear_bar();
  if (!endings) return fail(endings.error());
  report.wall_seconds = watch.seconds();
  report.outcomes = outcomes_of(*endings);
  // The first of each signature, then more of them.
  std::set<std::string> told;
  for (const bool again : {false, true}) {
    for (const Ending& ending : *endings) {
      if (ending.outcome != Outcome3::fail || shelf.full()) continue;
      if (told.insert(ending.signature).second == again) continue;
      const auto plan = future_plan((*run)->plan(), SimTime{report.at_ns}, source.rule, ending.number);
      if (auto kept = shelf.keep(plan, ending); !kept) return fail(kept.error());
    }
  }
  return report;
}

Result<BranchReport> on_sometimes(Console& console, const BranchArguments& arguments, const Source& source,
                                  Shelf& shelf) {
  Stopwatch watch;
  SometimesOptions options{
      .rule = source.rule, .jobs = jobs_of(arguments.jobs), .time_limit = arguments.budget};
  if (arguments.futures != 0) options.futures = arguments.futures;
  options.progress = [&](std::uint64_t futures, std::uint64_t claims, std::uint64_t failing) {
    console.bar(fmt::format("{} futures, {} claims came true, {} failing, {:.0f} s", futures, claims, failing,
                            watch.seconds()));
  };
  auto explored = branch_on_sometimes(source.plan, options);
  console.clear_bar();
  if (!explored) return fail(explored.error());
  BranchReport report{.outcomes = explored->outcomes, .wall_seconds = watch.seconds()};
  report.places = explored->places;
  report.complete = explored->complete;
  for (const FoundFailure& found : explored->found) {
    if (auto kept = shelf.keep(found.plan, found.ending); !kept) return fail(kept.error());
  }
  return report;
}

std::string places_text(const BranchReport& report) {
  std::string text = "  depth        at     event  futures  failing  claim\n";
  for (const Place& place : report.places) {
    text += fmt::format("{:>7}  {:>8}  {:>8}  {:>7}  {:>7}  {}\n", place.depth, seconds_of(place.at.ns),
                        place.events, place.futures, place.failing, place.claim);
  }
  if (!report.complete) text += "  (the budget came first: not every place has had its futures)\n";
  return text;
}

}  // namespace

Result<ExitCode> branch_command(Console& console, const BranchArguments& arguments) {
  if (auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  if (auto usable = check_output_folder(arguments.out); !usable) return fail(usable.error());
  const auto source = load_source(arguments);
  if (!source) return fail(source.error());
  Shelf shelf(arguments, console);
  auto report = arguments.on_sometimes ? on_sometimes(console, arguments, *source, shelf)
                                       : at_one_moment(console, arguments, *source, shelf);
  if (!report) return fail(report.error());
  report->kept = shelf.kept();
  if (arguments.json != "-") {
    if (arguments.on_sometimes)
      console.print(places_text(*report));
    else
      console.print(fmt::format("{} seed {} branched at {} (event {})\n", source->plan.scenario,
                                source->plan.seed, seconds_of(report->at_ns), report->at_event));
    console.print(table(*report));
  }
  if (!arguments.json.empty()) {
    if (auto written = write_output(console, arguments.json, branch_json(source->plan, *report)); !written)
      return fail(written.error());
  }
  return worst(exit_of(report->outcomes), shelf.exit());
}

}  // namespace wn::scenarios
