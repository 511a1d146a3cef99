// The lines of `worknode branch` and `worknode explain`. Sees CLI11, as arguments.cpp does.
#include "scenarios/cli/branch_arguments.h"

#include "faults/plan/time_text.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/parse_line.h"
#include "scenarios/multiverse/explain.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr const char* kBranchExample =
    "Examples:\n"
    "  worknode branch runs/latest --at 12.4s --futures 1000\n"
    "  worknode branch plan.txtpb --at-event 5000 --faults resample\n"
    "  worknode branch scenarios/catalog/fast/raft-light.toml --seed 7 --on-sometimes --budget 30s\n\n"
    "Exit codes: 0 no future fails, 1 one does, 2 bad usage, 3 inconclusive ones at most, 4 a failing future "
    "does\n"
    "not replay to its digest, 6 error of our own.";
constexpr const char* kExplainExample =
    "Example:\n  worknode explain runs/latest --html why.html\n\n"
    "Exit codes: 0 the run passes (the curve is told all the same), 1 it fails and is explained, 2 bad "
    "usage,\n"
    "6 error of our own.";

struct Raw {
  std::string seed, at, at_event, futures, points, faults = "keep", jobs, budget, keep;
};

template <class T>
Result<void> take(const std::string& text, const char* what, std::uint64_t low, std::uint64_t high, T& out) {
  if (text.empty()) return {};
  const auto value = parse_number(text, what, low, high);
  if (!value) return fail(value.error());
  out = static_cast<T>(*value);
  return {};
}

Result<void> take_time(const std::string& text, const char* what, Duration& out) {
  if (text.empty()) return {};
  const auto value = parse_time_limit(text, what);
  if (!value) return fail(value.error());
  out = *value;
  return {};
}

constexpr std::uint64_t kAnyNumber = UINT64_MAX;

Result<Arguments> checked(const Raw& raw, BranchArguments& out) {
  std::uint64_t at_event = 0;
  Duration at;
  for (const auto& taken :
       {take(raw.seed, "--seed", 0, kAnyNumber, out.seed),
        take(raw.at_event, "--at-event", 1, kAnyNumber, at_event),
        take(raw.futures, "--futures", 1, kFuturesMax, out.futures),
        take(raw.jobs, "--jobs", 1, kJobsMax, out.jobs), take(raw.keep, "--keep", 0, 1000, out.keep),
        take_time(raw.budget, "--budget", out.budget), take_time(raw.at, "--at", at)}) {
    if (!taken) return fail(taken.error());
  }
  if (!raw.at.empty()) out.at = at;
  if (!raw.at_event.empty()) out.at_event = at_event;
  const int wheres = (out.at ? 1 : 0) + (out.at_event ? 1 : 0) + (out.on_sometimes ? 1 : 0);
  if (wheres != 1)
    return fail(Errc::invalid_argument,
                "worknode branch: expected one of --at, --at-event and --on-sometimes");
  if (raw.faults != "keep" && raw.faults != "resample")
    return fail(Errc::invalid_argument, "--faults: expected keep or resample, got \"" + raw.faults + "\"");
  out.resample = raw.faults == "resample";
  return Arguments(std::move(out));
}

Result<Arguments> checked(const Raw& raw, ExplainArguments& out) {
  for (const auto& taken :
       {take(raw.seed, "--seed", 0, kAnyNumber, out.seed),
        take(raw.futures, "--futures", 1, kFuturesMax, out.futures),
        take(raw.points, "--points", 2, kPointsMax, out.points),
        take(raw.jobs, "--jobs", 1, kJobsMax, out.jobs), take_time(raw.budget, "--budget", out.budget)}) {
    if (!taken) return fail(taken.error());
  }
  return Arguments(std::move(out));
}

template <class Line>
Result<Arguments> parse(CLI::App& app, int argc, const char* const* argv, const Raw& raw, Line& line) {
  if (auto answer = parse_line(app, argc - 1, argv + 1)) return *std::move(answer);
  return checked(raw, line);
}

}  // namespace

Result<Arguments> parse_branch_arguments(int argc, const char* const* argv) {
  CLI::App app("Stop a run, fork it, and see how many of its futures fail.", "worknode branch");
  app.footer(kBranchExample);
  BranchArguments out;
  Raw raw;
  app.add_option("input", out.input, "a run folder, a plan (.txtpb) or a scenario (.toml)")
      ->required()
      ->type_name("RUN|PLAN|SCENARIO");
  app.add_option("--at", raw.at, "behind all events up to this simulated time")->type_name("TIME");
  app.add_option("--at-event", raw.at_event, "behind so many events")->type_name("N");
  app.add_flag("--on-sometimes", out.on_sometimes,
               "wherever a \"sometimes\" claim first comes true, again and again");
  app.add_option("--futures", raw.futures, "how many (default 1000; 32 a place with --on-sometimes)")
      ->type_name("N");
  app.add_option("--faults", raw.faults, "those ahead: keep (default), or resample inside the fault model")
      ->type_name("WORD");
  app.add_option("--seed", raw.seed, "of the scenario; of the futures of a run or plan (default 1)")
      ->type_name("S");
  app.add_option("--jobs", raw.jobs, "processes at once (default: the processors)")->type_name("J");
  app.add_option("--budget", raw.budget, "wall time of --on-sometimes (default 60s)")->type_name("TIME");
  app.add_option("--out", out.out, "where failing futures are stored as plans (default futures)")
      ->type_name("DIR");
  app.add_option("--keep", raw.keep, "how many of them at most (default 10)")->type_name("N");
  app.add_option("--json", out.json, "write the result as JSON (- is standard output)")->type_name("FILE");
  return parse(app, argc, argv, raw, out);
}

Result<Arguments> parse_explain_arguments(int argc, const char* const* argv) {
  CLI::App app("When was a failure still avoidable, what decided it, and what mattered.", "worknode explain");
  app.footer(kExplainExample);
  ExplainArguments out;
  Raw raw;
  app.add_option("input", out.input, "a run folder or a plan (.txtpb)")->required()->type_name("RUN|PLAN");
  app.add_option("--futures", raw.futures, "of each probability (default 40)")->type_name("N");
  app.add_option("--points", raw.points, "of the curve (default 16)")->type_name("K");
  app.add_option("--seed", raw.seed, "of the family of futures (default 1)")->type_name("S");
  app.add_option("--jobs", raw.jobs, "processes at once (default: the processors)")->type_name("J");
  app.add_option("--budget", raw.budget, "wall time, after which the rest is left out (default 300s)")
      ->type_name("TIME");
  app.add_option("--json", out.json, "write the result as JSON (- is standard output)")->type_name("FILE");
  app.add_option("--html", out.html, "write the curve and the tables as one HTML page")->type_name("FILE");
  return parse(app, argc, argv, raw, out);
}

}  // namespace wn::scenarios
