#include "scenarios/cli/branch_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "faults/plan/describe.h"
#include "scenarios/cli/json_parts.h"
#include "scenarios/cli/timeline.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kLinesMax = 12;  // of one event

Json share_json(const Share& share) {
  return {{"count", share.count}, {"of", share.of}, {"p", share.p}, {"low", share.low}, {"high", share.high}};
}

Json point_json(const CurvePoint& point) {
  return {{"time_ns", point.at.ns},     {"event", point.events},      {"p", point.failing.p},
          {"low", point.failing.low},   {"high", point.failing.high}, {"failing", point.failing.count},
          {"futures", point.failing.of}};
}

Json critical_json(const faults::Plan& plan, const std::optional<CriticalEvent>& event) {
  if (!event) return nullptr;
  return {{"time_ns", event->after.at.ns},
          {"event", event->after.events},
          {"before", point_json(event->before)},
          {"after", point_json(event->after)},
          {"words", words_of(plan, *event)}};
}

const char* kind_name(InfluenceKind kind) {
  switch (kind) {
    case InfluenceKind::fault:
      return "fault";
    case InfluenceKind::operation:
      return "operation";
    case InfluenceKind::message:
      return "message";
  }
  return "unknown";
}

Json influence_json(const faults::Plan& plan, const Influence& influence) {
  return {{"kind", kind_name(influence.kind)},
          {"id", influence.id},
          {"words", words_of(plan, influence)},
          {"time_ns", influence.at.ns},
          {"effect", influence.effect()},
          {"with", share_json(influence.with)},
          {"without", share_json(influence.without)},
          {"fails_without", influence.fails_without}};
}

template <class Items>
std::string described(const Items& items, std::uint32_t id) {
  const auto at = std::ranges::find_if(items, [id](const auto& item) { return item.id == id; });
  return at == items.end() ? std::string("unknown") : faults::describe(*at);
}

}  // namespace

std::string words_of(const faults::Plan& plan, const Influence& influence) {
  switch (influence.kind) {
    case InfluenceKind::fault:
      return described(plan.faults, influence.id);
    case InfluenceKind::operation:
      return described(plan.operations, influence.id);
    case InfluenceKind::message:
      return fmt::format("message {} on {}>{}, held up", influence.message, faults::node_name(influence.from),
                         faults::node_name(influence.to));
  }
  return {};
}

std::vector<std::string> words_of(const faults::Plan& plan, const CriticalEvent& event) {
  RunResult told;
  told.plan = plan;
  told.trace = event.trace;
  std::vector<std::string> lines;
  for (const TimelineLine& line : timeline_of(told, {.every_event = true, .operations_max = 0})) {
    // "#3 n1 …": the number counts from this event, which says nothing to a reader.
    const std::size_t space = line.text.starts_with('#') ? line.text.find(' ') + 1 : 0;
    if (lines.size() < kLinesMax) lines.push_back(line.text.substr(space));
  }
  return lines;
}

std::string branch_json(const faults::Plan& plan, const BranchReport& report) {
  Json rows = Json::array();
  for (const OutcomeRow& row : report.outcomes.rows) {
    rows.push_back({{"outcome", std::string(checkers::to_string(row.outcome))},
                    {"signature", row.signature},
                    {"futures", row.count},
                    {"example", row.example},
                    {"earliest_ns", row.earliest_ns}});
  }
  Json kept = Json::array();
  for (const KeptFuture& k : report.kept) {
    kept.push_back({{"future", k.number},
                    {"signature", k.signature},
                    {"digest", k.digest},
                    {"plan", k.file},
                    {"replays", k.replays}});
  }
  Json places = Json::array();
  for (const Place& p : report.places) {
    places.push_back({{"claim", p.claim},
                      {"depth", p.depth},
                      {"time_ns", p.at.ns},
                      {"event", p.events},
                      {"futures", p.futures},
                      {"failing", p.failing},
                      {"brought", p.brought}});
  }
  return page({{"scenario", plan.scenario},
               {"seed", plan.seed},
               {"time_ns", report.at_ns},
               {"event", report.at_event},
               {"fail", share_json(report.outcomes.failing)},
               {"outcomes", rows},
               {"events", report.outcomes.events},
               {"wall_seconds", report.wall_seconds},
               {"complete", report.complete},
               {"places", places},
               {"kept", kept}});
}

std::string explain_json(const faults::Plan& plan, const Explanation& found) {
  Json curve = Json::array();
  for (const CurvePoint& point : found.curve) curve.push_back(point_json(point));
  Json cliffs = Json::array();
  for (const Cliff& cliff : found.cliffs)
    cliffs.push_back({{"before", point_json(cliff.before)}, {"after", point_json(cliff.after)}});
  Json influences = Json::array();
  for (const Influence& influence : found.influences) influences.push_back(influence_json(plan, influence));
  return page({{"scenario", plan.scenario},
               {"seed", plan.seed},
               {"signature", found.signature},
               {"events", found.events},
               {"failed_at_ns", found.failed_at.ns},
               {"curve", curve},
               {"cliffs", cliffs},
               {"turning", critical_json(plan, found.turning)},
               {"sealing", critical_json(plan, found.sealing)},
               {"influences", influences},
               {"futures", found.futures},
               {"complete", found.complete}});
}

}  // namespace wn::scenarios
