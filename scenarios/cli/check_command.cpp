#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "checkers/explain/explain.h"
#include "checkers/explain/picture.h"
#include "checkers/history/duplicate_writes.h"
#include "checkers/history/history_io.h"
#include "checkers/portfolio/portfolio.h"
#include "scenarios/cli/check_elle.h"
#include "scenarios/cli/check_follow.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/json_io.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

Result<void> draw(Console& console, const CheckArguments& a, const checkers::History& history,
                  const CheckedHistory& checked) {
  if (a.picture.empty()) return {};
  const bool html = a.picture.ends_with(".html");
  const std::string title = checked.file + ": " + checked.model + ", " + checked.consistency;
  return write_output(console, a.picture,
                      html ? checkers::verdict_html(history, checked.verdict, title)
                           : checkers::verdict_svg(history, checked.verdict));
}

Result<checkers::History> read(const std::string& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return fail({.code = Errc::bad_input,
                 .message = "expected a history file, got a directory",
                 .at = {.file = file}});
  }
  return checkers::read_history_file(file);
}

struct One {
  CheckedHistory checked;
  std::string prose;  // that a person asked for, if any
  Judged judged = Judged::yes;
};

Result<One> check_one(Console& console, const std::string& file, const CheckArguments& a,
                      const JudgeOne& judge) {
  const Stopwatch whole;
  const auto history = read(file);
  if (!history) return fail(history.error());
  One one{.checked = {.file = file, .operations = history->operations.size()}};
  one.checked.read_seconds = whole.seconds();
  const Stopwatch clock;
  auto judged = judge(*history, one.checked);
  if (!judged) return fail(judged.error());
  one.judged = *judged;
  if (one.judged != Judged::yes) return one;
  one.checked.seconds = clock.seconds();
  if (auto drawn = draw(console, a, *history, one.checked); !drawn) return fail(drawn.error());
  const checkers::Verdict& verdict = one.checked.verdict;
  one.prose = a.explain ? checkers::explain(*history, verdict) : verdict.explanation;
  return one;
}

void tell(Console& console, const CheckedHistory& checked, std::string prose) {
  const checkers::Verdict& verdict = checked.verdict;
  console.print(fmt::format("{}  {}   {} operations, {} {}, read {:.2f} s, judged {:.3f} s{}{}\n",
                            shouted(verdict.outcome), checked.file, checked.operations, checked.model,
                            checked.consistency, checked.read_seconds, checked.seconds,
                            verdict.signature.empty() ? "" : "   ", verdict.signature));
  if (verdict.outcome == Outcome3::pass || prose.empty()) return;
  while (prose.ends_with('\n')) prose.pop_back();
  std::string indented = "  ";
  for (const char c : prose) indented += c == '\n' ? std::string("\n  ") : std::string(1, c);
  console.print(indented + "\n");
}

// Transactions whose values repeat say nothing: better told with the lines than as an unknown.
Result<void> unique(const checkers::History& history, const checkers::Judge& judge,
                    const CheckedHistory& checked) {
  using Kind = checkers::Judge::Kind;
  const bool transactions =
      judge.kind() == Kind::isolation || judge.kind() == Kind::level || judge.kind() == Kind::polygraph;
  if (!transactions || checked.verdict.outcome != Outcome3::unknown) return {};
  const auto twice = checkers::find_duplicate_writes(history);
  if (!twice) return {};
  return fail({.code = Errc::bad_input,
               .message = checkers::describe(history, *twice),
               .at = {.file = checked.file, .line = static_cast<std::uint32_t>(twice->second_line)}});
}

Result<void> usable(const CheckArguments& a) {
  if (auto ok = check_output_path(a.json); !ok) return ok;
  if (a.checker != "native" && a.checker != "elle") {
    return fail(Errc::invalid_argument, "--checker: expected native or elle, got \"" + a.checker + "\"");
  }
  if (a.follow && (a.histories.size() != 1 || a.checker == "elle" || !a.picture.empty())) {
    return fail(Errc::invalid_argument,
                "--follow: expected one history, the native checker and no --picture");
  }
  if (a.picture.empty()) return {};
  if (!a.picture.ends_with(".svg") && !a.picture.ends_with(".html")) {
    return fail(Errc::invalid_argument,
                "--picture: expected a file that ends in .svg or .html, got \"" + a.picture + "\"");
  }
  if (a.histories.size() > 1) {
    return fail(Errc::invalid_argument,
                "--picture: expected one history, got " + std::to_string(a.histories.size()));
  }
  return check_output_path(a.picture);
}

}  // namespace

Result<ExitCode> check_all(Console& console, const CheckArguments& arguments, const JudgeOne& judge) {
  std::vector<CheckedHistory> all;
  Outcome3 outcome = Outcome3::pass;
  for (const std::string& file : arguments.histories) {
    auto checked = check_one(console, file, arguments, judge);
    if (!checked) return fail(checked.error());
    if (checked->judged != Judged::yes) outcome = checkers::worst(outcome, Outcome3::unknown);
    if (checked->judged == Judged::give_up) break;
    if (checked->judged == Judged::no) continue;
    CheckedHistory& one = checked->checked;
    outcome = checkers::worst(outcome, one.verdict.outcome);
    if (arguments.json != "-") tell(console, one, std::move(checked->prose));
    if (one.verdict.outcome == Outcome3::fail) console.annotate(file, one.verdict.signature);
    all.push_back(std::move(one));
  }
  if (!arguments.json.empty()) {
    if (auto written = write_output(console, arguments.json, check_json(all, outcome)); !written) {
      return fail(written.error());
    }
  }
  return exit_code_of(outcome);
}

Result<ExitCode> check_command(Console& console, const CheckArguments& arguments) {
  if (auto ok = usable(arguments); !ok) return fail(ok.error());
  if (arguments.checker == "elle") return check_with_elle(console, arguments);
  const auto judge = checkers::Judge::choose(
      {.model = arguments.model, .consistency = arguments.consistency, .exact = arguments.exact});
  if (!judge) {
    if (judge.error().code != Errc::unsupported) return fail(judge.error());
    console.complain(judge.error().message + "; nothing was judged");
    return ExitCode::inconclusive;
  }
  if (arguments.follow) return check_following(console, arguments, *judge);
  return check_all(console, arguments,
                   [&](const checkers::History& history, CheckedHistory& checked) -> Result<Judged> {
                     checked.model = judge->model();
                     checked.consistency = judge->consistency();
                     checked.checker = std::string(judge->checker());
                     const Stopwatch clock;
                     checked.verdict = judge->judge(history, judge_options(arguments, clock));
                     if (auto fine = unique(history, *judge, checked); !fine) return fail(fine.error());
                     return Judged::yes;
                   });
}

}  // namespace wn::scenarios
