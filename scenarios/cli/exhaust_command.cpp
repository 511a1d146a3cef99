// worknode exhaust: all states of a model, or why not, and how fast.
#include <fmt/format.h>

#include <ctime>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/json_parts.h"

namespace wn::scenarios {
namespace {

using exhaustive::Ending;

struct Run {
  exhaustive::Explored explored;
  double seconds = 0;  // of the processor

  double rate(std::uint64_t of) const { return seconds > 0 ? static_cast<double>(of) / seconds : 0; }
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string words_of(const Run& run) {
  const auto& found = run.explored.findings;
  // A covering search knows no layers, hence no depth.
  const std::string shape = found.kinds == 0 ? fmt::format("{} steps deep", found.depth)
                                             : fmt::format(
                                                   "{} explored (the others can do no more than these), "
                                                   "{} clusters but for their messages",
                                                   found.explored, found.kinds);
  std::string out = fmt::format(
      "{}: {} states, {} transitions, {}\n{:.1f} CPU seconds, {:.0f} states/s, {:.0f} "
      "transitions/s, "
      "{} MiB, {} steps of real code\n",
      exhaustive::to_string(found.ending), found.states, found.transitions, shape, run.seconds,
      run.rate(found.states), run.rate(found.transitions), found.bytes >> 20, run.explored.core_steps);
  for (const std::string& part : run.explored.parts) out += "  " + part + "\n";
  if (found.claim == nullptr) return out;
  out += fmt::format("\nVIOLATION {}\n{} way there, {} steps:\n", found.claim,
                     found.shortest ? "A shortest" : "A", found.path.size());
  for (std::size_t i = 0; i < run.explored.story.size(); ++i) {
    out += fmt::format("{:3}. {}\n", i + 1, run.explored.story[i]);
  }
  return out;
}

Json scope_of(const ExhaustArguments& arguments) {
  if (arguments.model == "crdt") {
    const auto& s = arguments.scopes.crdt;
    std::string types = "all";
    for (const auto& [name, type] : exhaustive::kCrdtTypes) {
      if (!s.every_type && type == s.type) types = name;
    }
    return {{"type", types},
            {"nodes", s.replicas},
            {"commands", s.operations},
            {"joins", s.joins},
            {"gaps", s.gaps},
            {"symmetry", s.symmetry},
            {"defect", std::string(to_string(s.defect))}};
  }
  if (arguments.model == "capability") {
    const auto& s = arguments.scopes.capability;
    return {{"links", s.links},
            {"revocations", s.revocations},
            {"uses", s.uses},
            {"defect", std::string(to_string(s.defect))}};
  }
  const auto& s = arguments.scopes.raft;
  return {{"nodes", s.nodes},
          {"terms", s.terms},
          {"commands", s.commands},
          {"crashes", s.crashes},
          {"heartbeats", s.heartbeats},
          {"reads", s.reads},
          {"in_flight", s.in_flight},
          {"network", s.duplicates ? "repeat" : "once"},
          {"link", s.one_a_link ? "one" : "many"},
          {"pre_vote", s.pre_vote},
          {"check_quorum", s.check_quorum},
          {"cover", s.cover},
          {"symmetry", s.symmetry},
          {"defect", std::string(to_string(s.defect))}};
}

std::string json_of(const ExhaustArguments& arguments, const Run& run) {
  const auto& found = run.explored.findings;
  Json json{{"model", arguments.model},
            {"scope", scope_of(arguments)},
            {"ending", exhaustive::to_string(found.ending)},
            {"states", found.states},
            {"transitions", found.transitions},
            {"depth", found.depth},
            {"explored", found.explored},
            {"kinds", found.kinds},
            {"layers", found.layers},
            {"bytes", found.bytes},
            {"cpu_seconds", run.seconds},
            {"states_per_second", run.rate(found.states)},
            {"transitions_per_second", run.rate(found.transitions)},
            {"core_steps", run.explored.core_steps}};
  if (!run.explored.parts.empty()) json["parts"] = run.explored.parts;
  if (found.claim != nullptr) {
    json["claim"] = found.claim;
    json["counterexample"] = run.explored.story;
    json["script"] = run.explored.script;
  }
  return page(json);
}

ExitCode code_of(Ending ending) {
  if (ending == Ending::complete) return ExitCode::pass;
  return ending == Ending::violated ? ExitCode::violation : ExitCode::inconclusive;
}

}  // namespace

Result<ExitCode> exhaust_command(Console& console, const ExhaustArguments& arguments) {
  for (const std::string& file : {arguments.json, arguments.script}) {
    if (const auto usable = check_output_path(file); !usable) return fail(usable.error());
  }
  const double start = cpu_seconds();
  exhaustive::Limits limits{
      .states = arguments.states, .bytes = arguments.memory_bytes, .depth = arguments.depth};
  if (arguments.time_limit) {
    const double end = start + static_cast<double>(arguments.time_limit->ns) / 1e9;
    limits.stop = [end] { return cpu_seconds() > end; };
  }
  Run run{.explored = exhaustive::explore(arguments.model, arguments.scopes, limits)};
  run.seconds = cpu_seconds() - start;
  if (arguments.json != "-" && arguments.script != "-") console.print(words_of(run));
  if (!arguments.json.empty()) {
    if (const auto written = write_output(console, arguments.json, json_of(arguments, run)); !written)
      return fail(written.error());
  }
  if (!arguments.script.empty() && run.explored.findings.ending == Ending::violated) {
    if (const auto written = write_output(console, arguments.script, run.explored.script); !written)
      return fail(written.error());
  }
  return code_of(run.explored.findings.ending);
}

}  // namespace wn::scenarios
