// worknode: the command line. Reads the arguments, hands over to a command, and turns what comes back into
// one line and an exit code.
#include <sodium.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>

#include "scenarios/cli/commands.h"
#include "scenarios/divergence/probe.h"
#include "scenarios/runner/run.h"

namespace wn::scenarios {
namespace {

Result<ExitCode> dispatch(Console& console, const Arguments& arguments) {
  struct Visitor {
    Console& console;
    Result<ExitCode> operator()(const HelpArguments& a) const {
      return console.print(a.text), ExitCode::pass;
    }
    Result<ExitCode> operator()(const RunArguments& a) const { return run_command(console, a); }
    Result<ExitCode> operator()(const ChaosArguments& a) const { return chaos_command(console, a); }
    Result<ExitCode> operator()(const MergeArguments& a) const { return merge_command(console, a); }
    Result<ExitCode> operator()(const ReplayArguments& a) const { return replay_command(console, a); }
    Result<ExitCode> operator()(const ShrinkArguments& a) const { return shrink_command(console, a); }
    Result<ExitCode> operator()(const CheckArguments& a) const { return check_command(console, a); }
    Result<ExitCode> operator()(const ReportArguments& a) const { return report_command(console, a); }
    Result<ExitCode> operator()(const ListArguments& a) const { return list_command(console, a); }
    Result<ExitCode> operator()(const DemoArguments& a) const { return demo_command(console, a); }
    Result<ExitCode> operator()(const NodeArguments& a) const { return node_command(console, a); }
    Result<ExitCode> operator()(const ClusterArguments& a) const { return cluster_command(console, a); }
    Result<ExitCode> operator()(const ExhaustArguments& a) const { return exhaust_command(console, a); }
    Result<ExitCode> operator()(const ClientArguments& a) const { return client_command(console, a); }
    Result<ExitCode> operator()(const BenchArguments& a) const { return bench_command(console, a); }
    Result<ExitCode> operator()(const SimBenchArguments& a) const { return sim_bench_command(console, a); }
    Result<ExitCode> operator()(const BranchArguments& a) const { return branch_command(console, a); }
    Result<ExitCode> operator()(const ExplainArguments& a) const { return explain_command(console, a); }
    Result<ExitCode> operator()(const ExportArguments& a) const { return export_command(console, a); }
  };
  return std::visit(Visitor{console}, arguments);
}

constexpr std::size_t kErrorLineMax = 600;

// An error is one short line, whatever is in it.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > kErrorLineMax) text = text.substr(0, kErrorLineMax) + "…";
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

// The line of the file with its caret is for a person at a terminal; a log gets the one line.
ExitCode complain(Console& console, const Error& error) {
  const std::string text = error.to_string();
  const std::size_t end = std::min(text.find("\n  "), text.size());
  console.complain(one_line(text.substr(0, end)));
  if (console.is_terminal() && end < text.size()) console.complain(text.substr(end + 1));
  return exit_code_of(error.code);
}

ExitCode run_program(Console& console, int argc, const char* const* argv) {
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments) return complain(console, arguments.error());
  const auto found = dispatch(console, *arguments);
  ExitCode code = found ? *found : complain(console, found.error());
  if (auto finished = console.finish(); !finished) code = worst(code, complain(console, finished.error()));
  return code;
}

}  // namespace
}  // namespace wn::scenarios

int main(int argc, char** argv) {
  using wn::scenarios::ExitCode;
  wn::scenarios::prepare_process();
  wn::scenarios::Console console;
  if (sodium_init() <
      0) {  // once, before anything hashes or signs: it chooses the fastest code for this machine
    console.complain("worknode: libsodium cannot begin");
    return static_cast<int>(ExitCode::own_error);
  }
  try {
    // One run for the experiments of scenarios/divergence, which start this program anew for each.
    if (argc > 1 && std::string_view(argv[1]) == "divergence-probe") {
      return wn::divergence::probe_main(
          {argv + 2, argv + argc}, [](const wn::faults::Plan& plan, wn::sim::TraceSink& sink) {
            static_cast<void>(
                wn::scenarios::run_plan(plan, {.record_history = false, .check = false, .sink = &sink}));
          });
    }
    return static_cast<int>(wn::scenarios::run_program(console, argc, argv));
  } catch (const std::exception& error) {
    // Out of memory, or a library that broke its word: told in one line, like everything else.
    console.complain(std::string("worknode: internal error: ") + error.what());
    return static_cast<int>(ExitCode::own_error);
  }
}
