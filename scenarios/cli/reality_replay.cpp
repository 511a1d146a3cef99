#include "scenarios/cli/reality_replay.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "faults/plan/names.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/json_parts.h"
#include "scenarios/reality/model_rules.h"
#include "scenarios/reality/reexecution.h"
#include "scenarios/reality/tape.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/admin_process.h"
#include "sim/network/passage.h"
#include "sim/trace/trace_file.h"

namespace wn::scenarios {
namespace {

using reality::ModelRules;
using reality::Rule;

constexpr std::size_t kEventsMax = 4'000'000;  // as many as a run folder keeps

struct Read {
  std::vector<TraceEvent> events;
  bool truncated = false;
};

Result<Read> read_trace(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  auto reader = sim::TraceReader::open(in);
  if (!reader) return fail(reader.error());
  Read out;
  TraceEvent event;
  for (;;) {
    const auto next = reader->next(event);
    if (!next) return fail(next.error());
    if (!*next) break;
    if (out.events.size() == kEventsMax)
      return fail(Errc::too_large, "a trace of more than 4,000,000 events");
    out.events.push_back(event);
  }
  out.truncated = reader->footer().truncated;
  return out;
}

std::string tell_rules(const ModelRules& rules) {
  std::string text, unjudged;
  for (const auto& [rule, broken] : rules.broken()) {
    text += fmt::format("  {:<14} {} of {} broken, first: {}\n", to_string(rule), broken.times,
                        rules.judged().at(rule), broken.first.to_string());
  }
  std::string kept;
  for (auto rule = Rule::time; rule <= Rule::unsynced;
       rule = static_cast<Rule>(static_cast<std::uint8_t>(rule) + 1)) {
    const auto times = rules.judged().find(rule);
    std::string& where = times == rules.judged().end() ? unjudged : kept;
    if (rules.broken().contains(rule)) continue;
    where += (where.empty() ? "" : ", ") + std::string(to_string(rule));
    if (times != rules.judged().end()) where += fmt::format(" ({})", times->second);
  }
  if (!kept.empty()) text += "  kept:       " + kept + "\n";
  if (!unjudged.empty()) text += "  not judged: " + unjudged + " (the trace has no such events)\n";
  return text;
}

struct Again {
  std::string text;
  std::optional<reality::Parting> parting;
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> handlers;  // done again as they were
};

class Silent final : public OperationListener {
  void on_invoke(std::uint32_t, const faults::Operation&) override {}
  void on_complete(std::uint32_t, const faults::Operation&, const OperationResult&) override {}
};

// Commands are not on the tape: they are what the plan's faults ask an operator for.
std::optional<Bytes> command_in(const faults::Plan& plan, std::uint64_t bytes, std::uint64_t checksum) {
  for (const faults::Fault& fault : plan.faults) {
    if (!faults::is_service(fault.kind)) continue;
    Bytes command = encode_admin_command(fault);
    if (command.size() == bytes && sim::trace_checksum(command.view()) == checksum) return command;
  }
  return std::nullopt;
}

std::string seconds_of(SimTime at) { return fmt::format("{:.3f} s", static_cast<double>(at.ns) / 1e9); }

// Handler by handler, for recordings that have them.
Again from_tape(const faults::Plan& plan, const Read& trace) {
  reality::Tape tape(plan, trace.events);
  Silent silent;
  tape.run(
      make_plain_system(plan, &silent, [&tape] { return tape.now(); }),
      [&plan](std::uint64_t bytes, std::uint64_t checksum) { return command_in(plan, bytes, checksum); });
  Again out{.text = {}, .parting = tape.parting(), .messages = {}, .handlers = tape.handlers()};
  out.text = fmt::format("re-executed from its tape: {} of {} handlers and {} of what they did, to {}\n",
                         tape.handlers(), tape.handlers_recorded(), tape.events(), seconds_of(tape.until()));
  out.text += out.parting ? "  the model parts " + out.parting->to_string() + "\n"
                          : std::string("  the model does the same, to the end\n");
  return out;
}

// Messages are the only thing that ties a recording to the model's time.
Result<Again> again(const faults::Plan& plan, const Read& trace, bool real) {
  if (reality::Tape::has_handlers(trace.events)) return from_tape(plan, trace);
  Again out;
  const reality::RecordedPlan recorded = reality::recorded_plan(plan, trace.events);
  if (recorded.messages == 0) {
    out.text = "not re-executed: the trace has no messages, so nothing says how long they took\n";
    return out;
  }
  out.messages = recorded.messages;
  const auto run = run_plan(recorded.plan, {.record_trace = true, .check = false});
  if (!run) return fail(run.error());
  out.parting = reality::first_parting(trace.events, run->trace, {.times = !real, .physics = !real});
  out.text = fmt::format(
      "re-executed with {} recorded passages ({} never arrived; {} second copies and {} alterations left "
      "out{}), "
      "{} faults at other times than planned\n",
      recorded.messages, recorded.lost, recorded.copies, recorded.altered,
      recorded.cut ? "; messages beyond the first 100,000 take the least time" : "", recorded.moved);
  out.text += out.parting ? "  the model parts " + out.parting->to_string() + "\n"
                          : std::string("  the model does the same, to the end\n");
  return out;
}

}  // namespace

bool is_real(const StoredRun& stored) {
  std::error_code error;
  return !stored.folder.empty() && std::filesystem::exists(stored.folder / "real.json", error);
}

Result<ExitCode> replay_against_model(Console& console, const ReplayArguments& arguments,
                                      const StoredRun& stored) {
  if (stored.trace.empty())
    return fail(
        {.code = Errc::bad_input, .message = "no trace.bin beside it", .at = {.file = arguments.input}});
  const bool real = is_real(stored);
  const auto trace = read_trace(stored.trace);
  if (!trace) return fail(trace.error());
  ModelRules rules(stored.plan, {.real = real});
  for (const TraceEvent& event : trace->events) rules.on_event(event);
  const auto second = again(stored.plan, *trace, real);
  if (!second) return fail(second.error());
  const auto& first = rules.first();
  if (!arguments.json.empty()) {
    Json json{{"input", arguments.input},
              {"real", real},
              {"events", rules.events()},
              {"truncated", trace->truncated},
              {"impossible", first ? Json(first->to_string()) : Json(nullptr)}};
    json["rules"] = Json::object();
    for (const auto& [rule, times] : rules.judged()) {
      const auto broken = rules.broken().find(rule);
      json["rules"][std::string(to_string(rule))] = {
          {"judged", times}, {"broken", broken == rules.broken().end() ? 0 : broken->second.times}};
    }
    json["re_executed_messages"] = second->messages ? Json(*second->messages) : Json(nullptr);
    json["re_executed_handlers"] = second->handlers ? Json(*second->handlers) : Json(nullptr);
    json["parting"] = second->parting ? Json(second->parting->to_string()) : Json(nullptr);
    if (auto written = write_output(console, arguments.json, page(json)); !written)
      return fail(written.error());
  }
  if (arguments.json != "-") {
    console.print(fmt::format("{}: {} events of a run {}\n", arguments.input, rules.events(),
                              real ? "on real machines" : "of the simulator"));
    if (trace->truncated) console.print("note: the trace was cut at its limit\n");
    console.print(first ? "the model could not have done this:\n  " + first->to_string() + "\n"
                        : std::string("nothing that the model could not have done\n"));
    console.print(tell_rules(rules));
    console.print(second->text);
  }
  return first ? ExitCode::violation : ExitCode::pass;
}

}  // namespace wn::scenarios
