// `worknode export`: what a run folder holds, or what a plan does when it runs, in other people's forms.
#include <fmt/format.h>

#include <fstream>

#include "checkers/history/history_io.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/export_parquet.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/export/perfetto.h"
#include "scenarios/runner/run.h"
#include "scenarios/workers/worker_pool.h"
#include "sim/trace/trace_file.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHistoryBytesMax = std::size_t{1} << 30;

std::string_view ending_of(ExportForm form) {
  switch (form) {
    case ExportForm::perfetto:
      return "trace.perfetto-trace";
    case ExportForm::edn:
      return "history.edn";
    case ExportForm::parquet:
      return "history.parquet";
    case ExportForm::jsonl:
      break;
  }
  return "history.jsonl";
}

// Where it goes when nobody says: into the run folder, or beside the plan.
std::string output_of(const StoredRun& stored, const ExportArguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  const fs::path folder = stored.folder.empty() ? stored.plan_file.parent_path() : stored.folder;
  return (folder / ending_of(arguments.form)).string();
}

// Runs the plan in a process of its own, which gives back what `take` makes of the run.
template <class Take>
Result<std::string> apart(const faults::Plan& plan, Take&& take) {
  WorkerPool pool(1, [&](std::string_view) { return take(plan); });
  if (auto sent = pool.submit(0, ""); !sent) return fail(sent.error());
  const auto answer = pool.wait(-1);
  if (!answer) return fail(Errc::internal, "a worker process gave no answer");
  if (answer->crashed)
    return fail(Errc::precondition, "the code under test dies in this run: " + answer->text);
  return answer->text;
}

Result<std::string> history_of(const StoredRun& stored) {
  const fs::path file = stored.folder / "history.jsonl";
  std::error_code ignored;
  if (!stored.folder.empty() && fs::exists(file, ignored)) return read_input(file.string(), kHistoryBytesMax);
  return apart(stored.plan, [](const faults::Plan& plan) {
    const auto run = run_plan(plan, {.check = false});
    return run ? run->history_jsonl : std::string();
  });
}

Result<void> stored_trace_to(const StoredRun& stored, std::ostream& out, bool& truncated) {
  std::ifstream in(stored.trace, std::ios::binary);
  auto reader = sim::TraceReader::open(in);
  if (!reader) return fail(reader.error());
  PerfettoWriter writer(stored.plan, out);
  TraceEvent event;
  for (;;) {
    const auto more = reader->next(event);
    if (!more) return fail(more.error());
    if (!*more) break;
    writer.on_event(event);
  }
  truncated = reader->footer().truncated;
  const SimTime end = truncated ? event.at : std::max(event.at, SimTime{stored.plan.duration.ns});
  if (writer.finish(end) != Errc::ok) return fail(Errc::io_error, "the trace cannot be written");
  return {};
}

Result<void> run_to(const StoredRun& stored, const std::string& file) {
  const auto told = apart(stored.plan, [&](const faults::Plan& plan) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    PerfettoWriter writer(plan, out);
    const auto run = run_plan(plan, {.record_history = false, .check = false, .sink = &writer});
    if (!run) return run.error().to_string();
    return std::string(writer.finish(SimTime{run->simulated_ns}) == Errc::ok ? ""
                                                                             : "the trace cannot be written");
  });
  if (!told) return fail(told.error());
  if (!told->empty()) return fail(Errc::io_error, *told);
  return {};
}

// Written aside, then renamed: the file is whole or not there.
Result<bool> write_perfetto(const StoredRun& stored, const std::string& output) {
  const std::string aside = output + ".part";
  bool truncated = false;
  Result<void> written;
  if (stored.trace.empty()) {
    written = run_to(stored, aside);
  } else {
    std::ofstream out(aside, std::ios::binary | std::ios::trunc);
    written = stored_trace_to(stored, out, truncated);
  }
  std::error_code error;
  if (written) fs::rename(aside, output, error);
  if (written && !error) return truncated;
  std::error_code ignored;
  fs::remove(aside, ignored);
  if (!written) return fail(written.error());
  return fail(Errc::io_error, output + ": " + error.message());
}

}  // namespace

Result<ExitCode> export_command(Console& console, const ExportArguments& arguments) {
  const auto stored = load_run_or_plan(arguments.input);
  if (!stored) return fail(stored.error());
  const std::string output = output_of(*stored, arguments);
  if (auto usable = check_output_path(output); !usable) return fail(usable.error());
  const bool binary = arguments.form == ExportForm::perfetto || arguments.form == ExportForm::parquet;
  if (binary && output == "-")
    return fail(Errc::invalid_argument, "worknode export: this form goes into a file: -o FILE");
  if (arguments.form == ExportForm::parquet) {
    if (auto written = write_parquet(arguments.input, output); !written) return fail(written.error());
  } else if (arguments.form == ExportForm::perfetto) {
    const auto truncated = write_perfetto(*stored, output);
    if (!truncated) return fail(truncated.error());
    if (*truncated) console.print("note: the stored trace was cut at its limit; so is this one\n");
  } else {
    auto history = history_of(*stored);
    if (!history) return fail(history.error());
    if (arguments.form == ExportForm::edn) {
      const auto read = checkers::read_history_text(*history, "history.jsonl");
      if (!read) return fail(read.error());
      history = checkers::write_edn(*read);
    }
    const bool same =
        !stored->folder.empty() && arguments.form == ExportForm::jsonl && arguments.output.empty();
    if (!same) {
      if (auto written = write_output(console, output, *history); !written) return fail(written.error());
    }
  }
  if (output != "-") console.print(output + "\n");
  return ExitCode::pass;
}

}  // namespace wn::scenarios
