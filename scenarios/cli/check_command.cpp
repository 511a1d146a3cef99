#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "checkers/history/history_io.h"
#include "checkers/isolation/isolation.h"
#include "checkers/linearizability/linearizability.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/json_io.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

constexpr std::array<std::string_view, 11> kModels{
    "register",       "cas-register", "kv",      "set",         "queue",      "stack",
    "priority-queue", "lock",         "counter", "list-append", "rw-register"};
constexpr std::array<std::string_view, 14> kConsistencies{"linearizable",
                                                          "strict-serializable",
                                                          "serializable",
                                                          "snapshot-isolation",
                                                          "sequential",
                                                          "strong-serializable",
                                                          "repeatable-read",
                                                          "read-committed",
                                                          "read-uncommitted",
                                                          "causal",
                                                          "monotonic-atomic-view",
                                                          "cursor-stability",
                                                          "strong-session-serializable",
                                                          "strong-snapshot-isolation"};

template <std::size_t N>
std::string joined(const std::array<std::string_view, N>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

struct Judge {
  std::optional<checkers::ModelName> linearizable;  // else strict serializability
};

// nullopt: a known name that this build cannot judge; the reason is said.
Result<std::optional<Judge>> choose(Console& console, CheckArguments& a) {
  if (a.checker != "native" && a.checker != "elle") {
    return fail(Errc::invalid_argument, "--checker: expected native or elle, got \"" + a.checker + "\"");
  }
  if (std::ranges::find(kModels, a.model) == kModels.end()) {
    return fail(Errc::invalid_argument,
                "--model: expected one of " + joined(kModels) + ", got \"" + a.model + "\"");
  }
  if (a.consistency.empty())
    a.consistency = a.model == "list-append" ? "strict-serializable" : "linearizable";
  if (std::ranges::find(kConsistencies, a.consistency) == kConsistencies.end()) {
    return fail(Errc::invalid_argument, "--consistency: expected one of " + joined(kConsistencies) +
                                            ", got \"" + a.consistency + "\"");
  }
  if (a.checker == "elle") {
    console.complain("--checker elle: this build has no Elle (it needs a JVM); nothing was judged");
    return std::optional<Judge>();
  }
  const bool strict = a.consistency == "strict-serializable" || a.consistency == "strong-serializable";
  if (strict && a.model == "list-append") return std::optional<Judge>(Judge{});
  const auto model = checkers::model_named(a.model);
  if (a.consistency == "linearizable" && model) return std::optional<Judge>(Judge{.linearizable = *model});
  console.complain(
      fmt::format("no native checker judges model {} for {}; nothing was judged", a.model, a.consistency));
  return std::optional<Judge>();
}

Result<CheckedHistory> check_one(const std::string& file, const CheckArguments& a, const Judge& judge) {
  const Stopwatch clock;
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return fail({.code = Errc::bad_input,
                 .message = "expected a history file, got a directory",
                 .at = {.file = file}});
  }
  const auto history = checkers::read_history_file(file);
  if (!history) return fail(history.error());
  CheckedHistory checked{
      .file = file, .model = a.model, .consistency = a.consistency, .operations = history->operations.size()};
  checked.verdict = judge.linearizable
                        ? checkers::check_linearizable(*history, *judge.linearizable,
                                                       {.steps = a.steps, .bytes = a.memory_bytes})
                        : checkers::check_strict_serializable(*history);
  checked.seconds = clock.seconds();
  return checked;
}

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

Result<ExitCode> check_command(Console& console, const CheckArguments& given) {
  CheckArguments arguments = given;
  if (auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  const auto judge = choose(console, arguments);
  if (!judge) return fail(judge.error());
  if (!*judge) return ExitCode::inconclusive;
  std::vector<CheckedHistory> all;
  Outcome3 outcome = Outcome3::pass;
  for (const std::string& file : arguments.histories) {
    auto checked = check_one(file, arguments, **judge);
    if (!checked) return fail(checked.error());
    const checkers::Verdict& verdict = checked->verdict;
    outcome = checkers::worst(outcome, verdict.outcome);
    if (arguments.json != "-") {
      console.print(fmt::format("{}  {}   {} operations, {} {}, {:.2f} s{}{}\n",
                                upper(checkers::to_string(verdict.outcome)), file, checked->operations,
                                arguments.model, arguments.consistency, checked->seconds,
                                verdict.signature.empty() ? "" : "   ", verdict.signature));
      if (verdict.outcome != Outcome3::pass && !verdict.explanation.empty()) {
        console.print("  " + verdict.explanation + "\n");
      }
    }
    if (verdict.outcome == Outcome3::fail) console.annotate(file, verdict.signature);
    all.push_back(*std::move(checked));
  }
  if (!arguments.json.empty()) {
    if (auto written = write_output(console, arguments.json, check_json(all, outcome)); !written) {
      return fail(written.error());
    }
  }
  return exit_code_of(outcome);
}

}  // namespace wn::scenarios
