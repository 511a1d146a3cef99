#include "scenarios/cli/explain_html.h"

#include <fmt/format.h>

#include <utility>

#include "reports/html.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/message_names.h"

namespace wn::scenarios {
namespace {

void add_critical(const faults::Plan& plan, const char* what, const std::optional<CriticalEvent>& event,
                  reports::ReportExplanation& out) {
  if (!event) return;
  const std::vector<std::string> words = words_of(plan, *event);
  out.criticals.push_back({.event = event->trace_position,
                           .says = fmt::format("{}: P(failure) {:.0f}% before, {:.0f}% after. {}", what,
                                               100 * event->before.failing.p, 100 * event->after.failing.p,
                                               words.empty() ? "" : words.front())});
}

}  // namespace

reports::ReportExplanation report_explanation(const faults::Plan& plan, const Explanation& found) {
  reports::ReportExplanation out;
  for (const CurvePoint& point : found.curve)
    out.curve.push_back({.at_ns = point.at.ns, .futures = point.failing.of, .failed = point.failing.count});
  add_critical(plan, "turned", found.turning, out);
  if (!found.turning || !found.sealing || found.turning->after.events != found.sealing->after.events)
    add_critical(plan, "sealed", found.sealing, out);
  for (const Influence& influence : found.influences)
    out.ranking.push_back(
        {.what = words_of(plan, influence), .at_ns = influence.at.ns, .effect = influence.effect()});
  out.says =
      fmt::format("From {} futures, resampled at {} moments of this run.", found.futures, found.curve.size());
  return out;
}

Result<std::string> explain_html(const faults::Plan& plan, const Explanation& found,
                                 const std::string& replay) {
  auto run = run_plan(plan, {.record_trace = true});
  if (!run) return fail(std::move(run).error());
  auto input = reports::report_input(*std::move(run));
  if (!input) return fail(std::move(input).error());
  input->explanation = report_explanation(plan, found);
  input->replay_command = replay;
  input->build_id = std::string(build_id());
  return reports::render_html(*input);
}

}  // namespace wn::scenarios
