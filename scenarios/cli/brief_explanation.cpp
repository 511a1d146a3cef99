#include "scenarios/cli/brief_explanation.h"

#include <fmt/format.h>

#include "scenarios/cli/branch_json.h"
#include "scenarios/cli/explain_html.h"
#include "scenarios/cli/json_parts.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kInfluencesTold = 3;

ExplainOptions brief_options(unsigned jobs) {
  ExplainOptions options{.futures = 5, .points = 4, .faults_max = 2, .near_max = 0};
  options.futures_max = kBriefFuturesMax;
  options.only_sealing = true;
  options.jobs = jobs;
  return options;
}

std::string seconds_of(SimTime at) { return fmt::format("{:.3f}s", static_cast<double>(at.ns) / 1e9); }
double percent(const Share& share) { return 100 * share.p; }

std::string certain_text(const faults::Plan& plan, const Explanation& found) {
  if (found.curve.empty()) return {};
  const CurvePoint& last = found.curve.back();
  // Without a moment at which it becomes certain it was so at the first moment asked, or at none.
  if (!found.sealing && last.failing.p >= 0.95)
    return "    certain from the beginning: no one event decides it\n";
  if (!found.sealing) {
    return fmt::format("    never certain before it was seen: {:.0f}% at {}\n", percent(last.failing),
                       seconds_of(last.at));
  }
  const CurvePoint& before = found.sealing->before;
  const CurvePoint& after = found.sealing->after;
  const std::string shares =
      fmt::format("{:.0f}% before, {:.0f}% after", percent(before.failing), percent(after.failing));
  if (after.events - before.events > 1) {
    return fmt::format("    certain between event {} at {} and event {} at {}: {}\n", before.events,
                       seconds_of(before.at), after.events, seconds_of(after.at), shares);
  }
  std::string text = fmt::format("    certain with event {} at {}, not with event {} before it: {}\n",
                                 after.events, seconds_of(after.at), before.events, shares);
  const std::vector<std::string> words = words_of(plan, *found.sealing);
  return words.empty() ? text : text + "      " + words.front() + "\n";
}

std::string text_of(const faults::Plan& plan, const Explanation& found) {
  std::string text = fmt::format("  why, by {} futures with other dice:\n", found.futures);
  text += certain_text(plan, found);
  std::size_t told = 0;
  for (const Influence& influence : found.influences) {
    if (told++ == kInfluencesTold) break;
    text += fmt::format("    {:>3.0f}% fail, {:>3.0f}% without {}{}\n", percent(influence.with),
                        percent(influence.without), words_of(plan, influence),
                        influence.fails_without ? "" : " (this run passes without it)");
  }
  return text;
}

Json told(const reports::ReportExplanation& report) {
  Json curve = Json::array();
  for (const auto& p : report.curve) curve.push_back({p.at_ns, p.futures, p.failed});
  Json criticals = Json::array();
  for (const auto& c : report.criticals) criticals.push_back({{"event", c.event}, {"says", c.says}});
  Json ranking = Json::array();
  for (const auto& e : report.ranking)
    ranking.push_back({{"what", e.what}, {"at", e.at_ns}, {"effect", e.effect}});
  return {{"curve", curve}, {"criticals", criticals}, {"ranking", ranking}, {"says", report.says}};
}

reports::ReportExplanation heard(const Json& json) {
  reports::ReportExplanation out;
  for (const Json& p : json.at("curve"))
    out.curve.push_back({.at_ns = p.at(0), .futures = p.at(1), .failed = p.at(2)});
  for (const Json& c : json.at("criticals"))
    out.criticals.push_back({.event = c.at("event"), .says = c.at("says")});
  for (const Json& e : json.at("ranking"))
    out.ranking.push_back({.what = e.at("what"), .at_ns = e.at("at"), .effect = e.at("effect")});
  out.says = json.at("says").get<std::string>();
  return out;
}

std::string answer(const faults::Plan& plan, unsigned jobs) {
  const auto found = explain(plan, brief_options(jobs));
  if (!found || found->signature.empty()) return {};
  const Json json{{"text", text_of(plan, *found)},
                  {"json", explain_json(plan, *found)},
                  {"report", told(report_explanation(plan, *found))}};
  return dump(json, -1);
}

}  // namespace

std::optional<BriefExplanation> explain_briefly(const faults::Plan& plan, unsigned jobs) {
  WorkerPool pool(1, [&](std::string_view) { return answer(plan, jobs); });
  if (!pool.submit(0, "")) return std::nullopt;
  const auto reply = pool.wait(-1);
  if (!reply || reply->crashed || reply->text.empty()) return std::nullopt;
  const Json json = Json::parse(reply->text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return BriefExplanation{
      .text = json.at("text"), .json = json.at("json"), .report = heard(json.at("report"))};
}

std::string with_explanation(const std::string& run_json, const BriefExplanation& brief) {
  Json json = Json::parse(run_json, nullptr, false);
  if (!json.is_object()) return run_json;
  json["explanation"] = Json::parse(brief.json, nullptr, false);
  return page(json);
}

}  // namespace wn::scenarios
