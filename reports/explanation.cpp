#include "reports/explanation.h"

#include <algorithm>
#include <span>

namespace wn::reports {
namespace {

template <class T>
std::span<const T> first_of(const std::vector<T>& all, std::size_t most) {
  return {all.data(), std::min(all.size(), most)};
}

}  // namespace

void put_branches(JsonText& json, const faults::Plan& plan) {
  json.key("branches");
  json.begin_array();
  for (const faults::BranchPlan& branch : first_of(plan.branches, kExplanationRowsMax)) {
    json.begin_object();
    json.field("at_ns", branch.at.ns);
    json.field("seed", std::to_string(branch.seed));
    json.end_object();
  }
  json.end_array();
}

void put_explanation(JsonText& json, const ReportExplanation& e, std::uint64_t first) {
  if (e.empty()) return;
  json.key("explanation");
  json.begin_object();
  json.field("says", e.says);
  json.key("curve");
  json.begin_array();
  for (const auto& point : first_of(e.curve, kExplanationPointsMax)) {
    json.begin_array();
    json.number(point.at_ns);
    json.unsigned_number(point.futures);
    json.unsigned_number(std::min(point.failed, point.futures));
    json.end_array();
  }
  json.end_array();
  json.key("criticals");
  json.begin_array();
  for (const auto& critical : first_of(e.criticals, kExplanationRowsMax)) {
    if (critical.event < first) continue;
    json.begin_object();
    json.field("event", critical.event - first);
    json.field("says", critical.says);
    json.end_object();
  }
  json.end_array();
  json.key("ranking");
  json.begin_array();
  for (const auto& effect : first_of(e.ranking, kExplanationRowsMax)) {
    json.begin_object();
    json.field("what", effect.what);
    json.field("at_ns", effect.at_ns);
    json.field("effect", effect.effect);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace wn::reports
