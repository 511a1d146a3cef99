#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "checkers/causal/causal.h"
#include "checkers/history/history_io.h"
#include "checkers/isolation/isolation.h"
#include "checkers/linearizability/linearizability.h"
#include "checkers/sequential/sequential.h"
#include "checkers/session/session.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/json_io.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

constexpr std::array<std::string_view, 11> kModels{
    "register",       "cas-register", "kv",      "set",         "queue",      "stack",
    "priority-queue", "lock",         "counter", "list-append", "rw-register"};
constexpr std::array<std::string_view, 20> kConsistencies{"linearizable",
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
                                                          "strong-snapshot-isolation",
                                                          "causal-convergence",
                                                          "session",
                                                          "read-your-writes",
                                                          "monotonic-reads",
                                                          "monotonic-writes",
                                                          "writes-follow-reads"};

template <std::size_t N>
std::string joined(const std::array<std::string_view, N>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

struct Judge {
  enum class Way : std::uint8_t { strict_serializable, linearizable, sequential, causal, session };
  Way way = Way::strict_serializable;
  checkers::ModelName model{};  // linearizable
  bool convergent = false;      // causal
  std::uint8_t guarantees = 0;  // session
};

std::uint8_t guarantees_of(std::string_view consistency) {
  using checkers::Guarantee;
  if (consistency == "session") return checkers::kAllGuarantees;
  if (consistency == "read-your-writes") return static_cast<std::uint8_t>(Guarantee::read_your_writes);
  if (consistency == "monotonic-reads") return static_cast<std::uint8_t>(Guarantee::monotonic_reads);
  if (consistency == "monotonic-writes") return static_cast<std::uint8_t>(Guarantee::monotonic_writes);
  if (consistency == "writes-follow-reads") return static_cast<std::uint8_t>(Guarantee::writes_follow_reads);
  return 0;
}

// What is judged without real time. Keys of a realm have the shapes that their names tell, so a realm's
// history goes as kv.
std::optional<Judge> weak(const CheckArguments& a) {
  const bool registers = a.model == "register" || a.model == "kv";
  if (a.consistency == "sequential" && (registers || a.model == "counter"))
    return Judge{.way = Judge::Way::sequential};
  if (!registers) return std::nullopt;
  if (a.consistency == "causal" || a.consistency == "causal-convergence")
    return Judge{.way = Judge::Way::causal, .convergent = a.consistency == "causal-convergence"};
  if (const std::uint8_t guarantees = guarantees_of(a.consistency); guarantees != 0)
    return Judge{.way = Judge::Way::session, .guarantees = guarantees};
  return std::nullopt;
}

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
  if (a.consistency == "linearizable" && model) {
    return std::optional<Judge>(Judge{.way = Judge::Way::linearizable, .model = *model});
  }
  if (const auto judge = weak(a)) return judge;
  console.complain(
      fmt::format("no native checker judges model {} for {}; nothing was judged", a.model, a.consistency));
  return std::optional<Judge>();
}

bool has_local_keys(const checkers::History& history) {
  return std::ranges::any_of(history.operations, [&](const checkers::Operation& op) {
    return history.atoms.kind(op.key) == checkers::Interner::Kind::text &&
           checkers::parse_key(history.atoms.text_of(op.key)).mode == checkers::KeyMode::local;
  });
}

checkers::Verdict judged(const checkers::History& history, const Judge& judge, const CheckArguments& a) {
  switch (judge.way) {
    case Judge::Way::strict_serializable:
      break;
    case Judge::Way::linearizable:
      return checkers::check_linearizable(history, judge.model, {.steps = a.steps, .bytes = a.memory_bytes});
    case Judge::Way::sequential:
      return checkers::check_sequential(history, {.all_keys = !has_local_keys(history), .steps = a.steps});
    case Judge::Way::causal: {
      checkers::CausalFacts facts;
      facts.convergent = judge.convergent;
      facts.cells_max = a.memory_bytes / 4;
      return checkers::check_causal(history, facts);
    }
    case Judge::Way::session: {
      checkers::SessionFacts facts;
      facts.guarantees = judge.guarantees;
      facts.cells_max = a.memory_bytes / 4;
      return checkers::check_session(history, facts);
    }
  }
  return checkers::check_strict_serializable(history);
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
  checked.verdict = judged(*history, judge, a);
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
