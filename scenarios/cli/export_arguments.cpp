// The line of `worknode export`. Sees CLI11, as arguments.cpp does.
#include "scenarios/cli/export_arguments.h"

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/parse_line.h"

namespace wn::scenarios {
namespace {

constexpr const char* kExample =
    "Example:\n  worknode export runs/raft-light/7 --to perfetto -o raft.perfetto-trace\n"
    "  then open it at https://ui.perfetto.dev\n\n"
    "Exit codes: 0 written, 1 the code under test dies in this run, 2 bad usage or input, 6 an error of our "
    "own.";

Result<Arguments> checked(const std::string& form, ExportArguments& out) {
  if (form == "perfetto") {
    out.form = ExportForm::perfetto;
  } else if (form == "edn") {
    out.form = ExportForm::edn;
  } else if (form == "jsonl") {
    out.form = ExportForm::jsonl;
  } else if (form == "parquet") {
    out.form = ExportForm::parquet;
  } else {
    return fail(Errc::invalid_argument,
                "worknode export: --to: expected perfetto, edn, jsonl or parquet, got \"" +
                    form.substr(0, 60) + "\"");
  }
  return Arguments(std::move(out));
}

}  // namespace

Result<Arguments> parse_export_arguments(int argc, const char* const* argv) {
  CLI::App app("Write what a run did in a form that other people's tools read.", "worknode export");
  ExportArguments out;
  std::string form;
  app.add_option("input", out.input, "run folder or plan (.txtpb); a plan is run first")
      ->required()
      ->type_name("RUN|PLAN");
  app.add_option(
         "--to", form,
         "perfetto: every event, with a track a node and arrows for messages; edn, jsonl: the history as\n"
         "Jepsen's tools read it; parquet: the history as a table (needs the Python package)")
      ->required()
      ->type_name("FORM");
  app.add_option("-o,--output", out.output, "file to write (default: beside the input; - is standard output)")
      ->type_name("FILE");
  app.footer(kExample);
  if (auto answer = parse_line(app, argc - 1, argv + 1)) return *std::move(answer);
  return checked(form, out);
}

}  // namespace wn::scenarios
