#include "scenarios/cli/exploration_json.h"

#include "scenarios/cli/json_io.h"

namespace wn::scenarios {
namespace {

using explore::Behaviours;
using explore::Sample;

// Hashes, and of each the runs that had it and the lowest seed.
Json sample_json(const Sample& sample) {
  Json items = Json::array();
  for (const auto& [hash, item] : sample.items()) items.push_back({hash, item.runs, item.first});
  return {{"limit", sample.limit()}, {"items", std::move(items)}};
}

bool number(const Json& json, const char* name, std::uint64_t& to) {
  const auto at = json.find(name);
  if (at == json.end() || !at->is_number_unsigned()) return false;
  to = at->get<std::uint64_t>();
  return true;
}

bool sample_from(const Json& json, const char* name, Sample& to) {
  const auto at = json.find(name);
  std::uint64_t limit = 0;
  if (at == json.end() || !at->is_object() || !number(*at, "limit", limit)) return false;
  const auto items = at->find("items");
  if (items == at->end() || !items->is_array() || items->size() > explore::kKept) return false;
  to.lower_limit(limit);
  for (const Json& item : *items) {
    if (!item.is_array() || item.size() != 3) return false;
    for (const Json& n : item) {
      if (!n.is_number_unsigned()) return false;
    }
    to.add(item[0].get<std::uint64_t>(), item[1].get<std::uint64_t>(), item[2].get<std::uint64_t>());
  }
  return true;
}

Json scenario_json(const ScenarioTotals& scenario) {
  const Behaviours& seen = scenario.seen;
  Json curve = Json::array();
  double last = 0;
  std::uint64_t from = seen.lowest();
  for (const explore::CurvePoint& point : seen.curve()) {
    const double seeds = static_cast<double>(point.seed + 1 - from);
    curve.push_back({{"seed", point.seed},
                     {"behaviours", point.behaviours},
                     {"new_per_1000_seeds", seeds > 0 ? (point.behaviours - last) * 1000 / seeds : 0},
                     {"order_classes", point.classes}});
    last = point.behaviours;
    from = point.seed + 1;
  }
  return {{"scenario", scenario.about.scenario},
          {"strategy", scenario.about.strategy},
          {"runs", seen.runs()},
          {"behaviours", seen.behaviours().distinct()},
          {"behaviours_exact", seen.behaviours().exact()},
          {"behaviours_seen_once", seen.behaviours().seen_in(1)},
          {"behaviours_unseen_at_least", seen.unseen()},
          {"new_behaviours_expected_in_next_seed", seen.new_in_next_run()},
          {"order_classes", seen.classes().distinct()},
          {"new_order_class_chance", seen.new_class_chance()},
          {"failure_rate_at_most_95", explore::failure_rate_bound(scenario.failed, scenario.seeds)},
          {"sometimes_uncovered", scenario.missing()},
          {"curve", std::move(curve)}};
}

}  // namespace

Json exploration_json(const SweepTotals& totals) {
  Json out = Json::array();
  for (const ScenarioTotals& scenario : totals.scenarios()) {
    if (scenario.seen.runs() > 0) out.push_back(scenario_json(scenario));
  }
  return out;
}

std::string to_line(const SweptBehaviours& b) {
  return dump({{"record", "behaviours"},
               {"scenario", b.scenario},
               {"runs", b.seen.runs()},
               {"lowest", b.seen.lowest()},
               {"highest", b.seen.highest()},
               {"behaviours", sample_json(b.seen.behaviours())},
               {"classes", sample_json(b.seen.classes())}},
              -1);
}

Result<SweptBehaviours> behaviours_from(const Json& json) {
  SweptBehaviours out;
  std::uint64_t runs = 0, lowest = 0, highest = 0;
  Sample behaviours, classes;
  const auto scenario = json.find("scenario");
  const bool whole = scenario != json.end() && scenario->is_string() && number(json, "runs", runs) &&
                     number(json, "lowest", lowest) && number(json, "highest", highest) &&
                     sample_from(json, "behaviours", behaviours) && sample_from(json, "classes", classes);
  if (!whole) return fail(Errc::bad_input, "expected a record of behaviours as chaos --results writes it");
  out.scenario = scenario->get<std::string>();
  out.seen = Behaviours::of(runs, lowest, highest, std::move(behaviours), std::move(classes));
  return out;
}

}  // namespace wn::scenarios
