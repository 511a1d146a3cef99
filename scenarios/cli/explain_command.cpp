#include <fmt/format.h>

#include "scenarios/cli/branch_json.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/explain_html.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kBarWidth = 40;
constexpr std::size_t kInfluencesTold = 10;

std::string seconds_of(SimTime at) { return fmt::format("{:.3f}s", static_cast<double>(at.ns) / 1e9); }

std::string curve_text(const Explanation& found) {
  std::string text = "P(failure) of the futures of each moment\n";
  for (const CurvePoint& point : found.curve) {
    const auto filled = static_cast<std::size_t>(point.failing.p * static_cast<double>(kBarWidth) + 0.5);
    text +=
        fmt::format("{:>11}  event {:>8}  {:>5.1f}%  {}\n", seconds_of(point.at), point.events,
                    100 * point.failing.p, std::string(filled, '#') + std::string(kBarWidth - filled, '.'));
  }
  return text;
}

std::string critical_text(const faults::Plan& plan, const char* what,
                          const std::optional<CriticalEvent>& event) {
  if (!event) return fmt::format("{}: no single event\n", what);
  std::string text =
      fmt::format("{}: event {} at {}: P(failure) {:.0f}% before, {:.0f}% after\n", what, event->after.events,
                  seconds_of(event->after.at), 100 * event->before.failing.p, 100 * event->after.failing.p);
  for (const std::string& line : words_of(plan, *event)) text += "      " + line + "\n";
  return text;
}

std::string influences_text(const faults::Plan& plan, const Explanation& found) {
  std::string text = "What mattered: P(failure) with it, without it\n";
  std::size_t told = 0;
  for (const Influence& influence : found.influences) {
    if (told++ == kInfluencesTold) {
      text += fmt::format("  ({} weaker ones left out; --json has them)\n",
                          found.influences.size() - kInfluencesTold);
      break;
    }
    text += fmt::format("  {:>+4.0f}%  {:>3.0f}% {:>3.0f}%  at {:>10}  {}{}\n", 100 * influence.effect(),
                        100 * influence.with.p, 100 * influence.without.p, seconds_of(influence.at),
                        words_of(plan, influence),
                        influence.fails_without ? "" : "   (the run passes without it)");
  }
  return text;
}

std::string text_of(const faults::Plan& plan, const Explanation& found) {
  std::string text = found.signature.empty()
                         ? fmt::format("{} seed {} passes\n", plan.scenario, plan.seed)
                         : fmt::format("{} seed {} fails: {}, seen at {}\n", plan.scenario, plan.seed,
                                       found.signature, seconds_of(found.failed_at));
  text += curve_text(found);
  text += critical_text(plan, "turned (over 50%)", found.turning);
  text += critical_text(plan, "sealed (over 95%)", found.sealing);
  text += influences_text(plan, found);
  text += fmt::format("{} futures{}\n", found.futures,
                      found.complete ? "" : "; the budget came first: not all was asked");
  return text;
}

}  // namespace

Result<ExitCode> explain_command(Console& console, const ExplainArguments& arguments) {
  for (const std::string& path : {arguments.json, arguments.html}) {
    if (auto usable = check_output_path(path); !usable) return fail(usable.error());
  }
  const auto stored = load_run_or_plan(arguments.input);
  if (!stored) return fail(stored.error());
  for (const std::string& note : differences(*stored)) console.complain(note);
  ExplainOptions options{.seed = arguments.seed, .futures = arguments.futures, .points = arguments.points};
  options.jobs = arguments.jobs == 0 ? available_cores() : arguments.jobs;
  options.time_limit = arguments.budget;
  options.progress = [&](const std::string& what) { console.bar("explaining: " + what); };
  const auto found = explain(stored->plan, options);
  console.clear_bar();
  if (!found) return fail(found.error());
  if (arguments.json != "-") console.print(text_of(stored->plan, *found));
  if (!arguments.json.empty()) {
    if (auto written = write_output(console, arguments.json, explain_json(stored->plan, *found)); !written)
      return fail(written.error());
  }
  if (!arguments.html.empty()) {
    const auto html = explain_html(stored->plan, *found, "worknode replay " + arguments.input);
    if (!html) return fail(html.error());
    if (auto written = write_output(console, arguments.html, *html); !written) return fail(written.error());
  }
  return found->signature.empty() ? ExitCode::pass : ExitCode::violation;
}

}  // namespace wn::scenarios
