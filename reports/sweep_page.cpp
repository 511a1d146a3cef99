#include "reports/sweep_page.h"

#include <algorithm>
#include <span>

#include "reports/assets.h"
#include "reports/document.h"
#include "reports/encode.h"

namespace wn::reports {
namespace {

template <class T, class Put>
void put_list(JsonText& json, std::string_view name, const std::vector<T>& all, std::size_t most,
              const Put& put) {
  json.key(name);
  json.begin_array();
  for (const T& item : std::span(all.data(), std::min(all.size(), most))) put(item);
  json.end_array();
}

void put_scenario(JsonText& json, const SweepPage::Scenario& s) {
  json.begin_object();
  json.field("name", s.name);
  json.field("strategy", s.strategy);
  json.field("seeds", s.seeds);
  json.field("passed", s.passed);
  json.field("failed", s.failed);
  json.field("wall_us", s.wall_us);
  json.field("events", s.events);
  json.field("bound", s.failure_rate_bound);
  put_list(json, "sometimes", s.sometimes, s.sometimes.size(), [&](const auto& claim) {
    json.begin_array();
    json.string(claim.first);
    json.unsigned_number(claim.second);
    json.end_array();
  });
  put_list(json, "missing", s.missing, s.missing.size(), [&](const std::string& name) { json.string(name); });
  put_list(json, "curve", s.curve, s.curve.size(), [&](const SweepPage::Point& point) {
    json.begin_array();
    json.unsigned_number(point.seed);
    json.real(point.behaviours);
    json.end_array();
  });
  json.end_object();
}

void put_failures(JsonText& json, const SweepPage& page) {
  put_list(json, "groups", page.groups, kSweepGroupsMax, [&](const SweepPage::Group& group) {
    json.begin_object();
    json.field("signature", group.signature);
    json.field("count", group.count);
    json.field("scenario", group.scenario);
    json.field("seed", std::to_string(group.seed));
    json.field("replay", group.replay);
    json.end_object();
  });
  put_list(json, "failures", page.failures, kSweepFailuresMax, [&](const SweepPage::Failure& failure) {
    json.begin_array();
    json.string(failure.scenario);
    json.string(std::to_string(failure.seed));
    json.string(failure.signature);
    json.end_array();
  });
  put_list(json, "troubles", page.troubles, kSweepTroublesMax,
           [&](const std::string& text) { json.string(text); });
}

std::string page_data(const SweepPage& page) {
  JsonText json;
  json.begin_object();
  json.field("title", page.title);
  json.field("build_id", page.build_id);
  json.field("seeds", page.seeds);
  json.field("passed", page.passed);
  json.field("failed", page.failed);
  json.field("unknown", page.unknown);
  json.field("troubled", page.troubled);
  json.field("nondeterministic", page.nondeterministic);
  json.field("twice", page.twice);
  json.field("events", page.events);
  json.field("operations_ok", page.operations_ok);
  json.field("core_seconds", page.core_seconds);
  json.field("simulated_seconds", page.simulated_seconds);
  put_list(json, "scenarios", page.scenarios, page.scenarios.size(),
           [&](const SweepPage::Scenario& s) { put_scenario(json, s); });
  put_failures(json, page);
  put_list(json, "found", page.found, page.found.size(), [&](const auto& point) {
    json.begin_array();
    json.unsigned_number(point.first);
    json.unsigned_number(point.second);
    json.end_array();
  });
  put_list(json, "durations", page.durations, page.durations.size(), [&](const SweepPage::Bin& bin) {
    json.begin_array();
    json.real(bin.seconds);
    json.unsigned_number(bin.seeds);
    json.end_array();
  });
  json.end_object();
  return json.text();
}

}  // namespace

std::string sweep_html(const SweepPage& page) {
  const std::string data = page_data(page);
  return html_document({.title = page.title,
                        .styles = {k_report_css, k_sweep_css},
                        .body = k_sweep_html,
                        .data = data,
                        .scripts = {k_sweep_js}});
}

}  // namespace wn::reports
