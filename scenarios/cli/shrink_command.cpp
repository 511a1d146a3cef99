#include <fmt/format.h>

#include <filesystem>

#include "faults/plan/plan_io.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/shrink/forked_oracle.h"

namespace wn::scenarios {

Result<ExitCode> shrink_command(Console& console, const ShrinkArguments& arguments) {
  const auto stored = load_run_or_plan(arguments.input);
  if (!stored) return fail(stored.error());
  const std::string output = arguments.output.empty()
                                 ? (stored->plan_file.parent_path() / "shrunk.txtpb").string()
                                 : arguments.output;
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
