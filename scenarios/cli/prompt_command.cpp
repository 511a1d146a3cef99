#include "scenarios/cli/prompt_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "runtime/base/time_text.h"
#include "scenarios/cli/timeline.h"
#include "scenarios/runner/run.h"
#include "scenarios/travel/prompt.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kStoryLinesMax = 60;

// What happened up to a moment, told by a run in a process of its own.
Result<std::string> story_until(const faults::Plan& plan, SimTime until) {
  WorkerPool pool(1, [&](std::string_view) {
    std::string text;
    const auto run = run_plan(plan, {.record_trace = true});
    if (!run) return text;
    for (const TimelineLine& line : shortened(timeline_of(*run, {.until_ns = until.ns}), kStoryLinesMax))
      text += to_text(line) + "\n";
    return text.empty() ? std::string("  nothing has happened yet\n") : text;
  });
  if (auto sent = pool.submit(0, ""); !sent) return fail(sent.error());
  const auto answer = pool.wait(-1);
  if (!answer || answer->crashed) return fail(Errc::internal, "the run that was to tell it died");
  return answer->text;
}

}  // namespace

bool wants_prompt(const ReplayArguments& arguments) {
  if (arguments.prompt) return true;
  const bool person = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  return person && arguments.until && !arguments.verify && !arguments.all && arguments.json.empty();
}

Result<ExitCode> prompt_command(Console& console, const ReplayArguments& arguments, const StoredRun& stored) {
  const auto walking = [&](const travel::Position& at) {
    console.bar(fmt::format("walking: event {}, {}", at.event, format_duration(at.at - SimTime{})));
  };
  auto traveller = travel::Traveller::make(stored.plan, {.progress = walking});
  if (!traveller) return fail(traveller.error());
  travel::Prompt prompt(**traveller,
                        {.story = [&](SimTime until) { return story_until(stored.plan, until); }});
  const bool person = ::isatty(STDIN_FILENO) == 1;
  bool refused = false;
  const auto obey = [&](const std::string& line) {
    const std::string answer = prompt.obey(line);
    console.clear_bar();
    refused = refused || answer.starts_with("error: ");
    console.print(answer);
  };
  if (arguments.until) {
    if (auto there = (*traveller)->go_to(SimTime{arguments.until->ns}); !there) return fail(there.error());
    obey("where");
    obey("nodes");
  }
  if (person) console.print("`help` lists the commands\n");
  std::string line;
  while (!prompt.over()) {
    if (person) console.print(prompt.mark());
    std::fflush(stdout);
    if (!std::getline(std::cin, line)) break;
    obey(line);
  }
  if (person && !prompt.over()) console.print("\n");
  return refused && !person ? ExitCode::bad_input : ExitCode::pass;
}

}  // namespace wn::scenarios
