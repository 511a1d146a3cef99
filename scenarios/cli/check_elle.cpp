#include "scenarios/cli/check_elle.h"

#include "scenarios/elle_process/elle_process.h"

namespace wn::scenarios {
namespace {

Result<checkers::ElleOptions> elle_options(const CheckArguments& a) {
  checkers::ElleOptions options;
  if (a.model == "rw-register") {
    options.model = checkers::ElleModel::rw_register;
  } else if (a.model != "list-append") {
    return fail(Errc::unsupported, "Elle judges list-append and rw-register, not " + a.model);
  }
  if (!a.consistency.empty()) options.consistency_models = {a.consistency};
  options.wfr_keys = a.wfr_keys;
  options.sequential_keys = a.sequential_keys;
  options.linearizable_keys = a.linearizable_keys;
  options.plot_directory = a.elle_plots;
  return options;
}

// Everything that keeps Elle from a verdict is one line and no verdict; only what was asked wrongly is the
// caller's error.
Result<Judged> not_judged(Console& console, const std::string& file, const Error& error) {
  if (error.code == Errc::invalid_argument) return fail(error);
  console.complain("--checker elle: " + file + ": " + error.message + "; it was not judged");
  return error.code == Errc::not_found ? Judged::give_up : Judged::no;
}

}  // namespace

Result<ExitCode> check_with_elle(Console& console, const CheckArguments& a) {
  if (a.exact) return fail(Errc::invalid_argument, "--exact: Elle proves no pass; leave one of the two out");
  const auto options = elle_options(a);
  if (!options) {
    console.complain(options.error().message + "; nothing was judged");
    return ExitCode::inconclusive;
  }
  if (const auto jar = find_elle_jar(a.elle_jar); !jar) {
    console.complain("--checker elle: " + jar.error().message + "; nothing was judged");
    return ExitCode::inconclusive;
  }
  ElleSettings settings;
  settings.jar = a.elle_jar;
  if (a.time_limit) settings.check_ms = std::max<std::int64_t>(1, a.time_limit->ns / 1'000'000);
  ElleProcess elle(std::move(settings));
  return check_all(console, a,
                   [&](const checkers::History& history, CheckedHistory& checked) -> Result<Judged> {
                     auto answer = elle.ask(history, *options);
                     if (!answer) return not_judged(console, checked.file, answer.error());
                     checked.model = a.model;
                     checked.consistency = options->consistency_models.front();
                     checked.checker = "elle";
                     checked.verdict = std::move(answer->verdict);
                     if (!answer->plots_error.empty())
                       console.complain("--elle-plots: " + answer->plots_error);
                     return Judged::yes;
                   });
}

}  // namespace wn::scenarios
