#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "faults/plan/plan_io.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/drift/skeleton.h"
#include "scenarios/runner/run.h"
#include "scenarios/shrink/forked_oracle.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

// Beside the catalog. Errors: a name that is no plain file name, or no catalog to be seen.
Result<std::string> regression_path(const std::string& name) {
  const bool plain = !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain) return fail(Errc::invalid_argument, "--regression: expected a name of a-z, 0-9 and -");
  const auto catalog = find_catalog();
  if (!catalog)
    return fail(Errc::invalid_argument, "--regression: no scenarios/catalog beside which to keep it");
  return (catalog->parent_path() / "regressions" / (name + ".txtpb")).string();
}

// What the small plan came to, beside it. A plan whose run crashes has its signature alone.
Result<void> keep_skeleton(Console& console, const faults::Plan& plan, const std::string& signature,
                           const std::string& output) {
  WorkerPool pool(1, [&](std::string_view) {
    const auto run = run_plan(plan, {.record_trace = true});
    return run ? drift::to_text(drift::skeleton_of(plan, run->trace, run->signature)) : std::string();
  });
  if (auto sent = pool.submit(0, ""); !sent) return fail(sent.error());
  const auto answer = pool.wait(-1);
  const bool whole = answer && !answer->crashed && !answer->text.empty();
  const std::string text = whole ? answer->text : drift::to_text({.signature = signature});
  const std::string path = std::filesystem::path(output).replace_extension(".skeleton").string();
  return write_output(console, path, text);
}

}  // namespace

Result<ExitCode> shrink_command(Console& console, const ShrinkArguments& arguments) {
  const auto stored = load_run_or_plan(arguments.input);
  if (!stored) return fail(stored.error());
  std::string output = arguments.output.empty() ? (stored->plan_file.parent_path() / "shrunk.txtpb").string()
                                                : arguments.output;
  if (!arguments.regression.empty()) {
    auto path = regression_path(arguments.regression);
    if (!path) return fail(path.error());
    output = *std::move(path);
  }
  for (const std::string& path : {output, arguments.json}) {
    if (auto usable = check_output_path(path); !usable) return fail(usable.error());
  }
  for (const std::string& note : differences(*stored)) console.complain(note);
  const auto judgement = judge_apart(stored->plan);
  if (!judgement) return fail(judgement.error());
  if (judgement->outcome == checkers::Outcome3::unknown) {
    console.complain(arguments.input +
                     ": the checkers are inconclusive about this plan, so there is nothing to shrink");
    return ExitCode::inconclusive;
  }
  if (judgement->signatures.empty()) {
    return fail({.code = Errc::bad_input,
                 .message = "expected a plan that fails, but all its claims pass",
                 .at = {.file = arguments.input}});
  }
  const std::string& signature = judgement->signatures.front();
  ForkedOracle oracle(signature, {.jobs = arguments.jobs == 0 ? available_cores() : arguments.jobs,
                                  .seconds_max = static_cast<double>(arguments.time_limit.ns) / 1e9});
  ShrinkOptions options;
  if (arguments.steps > 0) options.steps_max = arguments.steps;
  options.progress = [&](const ShrinkProgress& p) {
    console.bar(fmt::format("shrinking: {} candidates, {:.0f} s, now {}", p.steps, oracle.seconds(),
                            to_words(p.size)));
  };
  const auto result = shrink_plan(stored->plan, oracle, options);
  console.clear_bar();
  if (!oracle.trouble().empty()) return fail(Errc::io_error, oracle.trouble());
  if (!result) return fail(result.error());
  const double seconds = oracle.seconds();
  if (auto written = write_output(console, output, faults::to_text(result->plan)); !written)
    return fail(written.error());
  if (!arguments.regression.empty()) {
    if (auto kept = keep_skeleton(console, result->plan, signature, output); !kept) return fail(kept.error());
  }
  const auto summary = run_apart({.plan = result->plan,
                                  .scenario = stored->scenario,
                                  .config_hash = stored->config_hash,
                                  .replay = "worknode replay " + output,
                                  .from = result->before,
                                  .shrink_seconds = seconds,
                                  .seed = stored->plan.seed});
  if (!summary) return fail(summary.error());
  if (!arguments.json.empty()) {
    const ShrinkFacts facts{.input = arguments.input,
                            .output = output,
                            .signature = signature,
                            .before = result->before,
                            .after = result->after,
                            .steps = result->steps,
                            .seconds = seconds,
                            .complete = result->complete};
    if (auto written = write_output(console, arguments.json, shrink_json(facts)); !written)
      return fail(written.error());
  }
  if (arguments.json != "-" && output != "-") console.print(summary->story);
  return exit_code_of(summary->outcome);
}

}  // namespace wn::scenarios
