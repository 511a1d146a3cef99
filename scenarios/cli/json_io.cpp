#include "scenarios/cli/json_io.h"

#include "scenarios/cli/exploration_json.h"
#include "scenarios/cli/json_parts.h"
#include "scenarios/runner/run_json.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

Json counts(const FlatMap<std::string, std::uint64_t>& map) {
  Json out = Json::object();
  for (const auto& [name, count] : map) out[name] = count;
  return out;
}

Json size_json(const PlanSize& size) {
  return {{"nodes", size.nodes},
          {"faults", size.faults},
          {"operations", size.operations},
          {"deviations", size.deviations}};
}

Outcome3 outcome_named(const std::string& name, bool& known) {
  for (const Outcome3 o : {Outcome3::pass, Outcome3::fail, Outcome3::unknown}) {
    if (name == checkers::to_string(o)) return o;
  }
  known = false;
  return Outcome3::unknown;
}

// A reader of one flat object that remembers the first thing that is not as it should be.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  const std::string& wrong() const { return wrong_; }

  std::string text(const char* name) {
    const Json* at = find(name);
    if (at == nullptr) return {};
    if (!at->is_string()) return complain(name, "a string"), std::string();
    return at->get<std::string>();
  }
  // For fields that older files do not have.
  std::string text_or(const char* name, const std::string& otherwise) {
    return json_.contains(name) ? text(name) : otherwise;
  }
  std::uint64_t number(const char* name) {
    const Json* at = find(name);
    if (at == nullptr) return 0;
    if (!at->is_number_unsigned()) return complain(name, "a whole number, 0 or more"), 0;
    return at->get<std::uint64_t>();
  }
  Outcome3 outcome(const char* name) {
    bool known = true;
    const Outcome3 value = outcome_named(text(name), known);
    if (!known) complain(name, "pass, fail or unknown");
    return value;
  }
  FlatMap<std::string, std::uint64_t> map(const char* name) {
    FlatMap<std::string, std::uint64_t> out;
    const Json* at = find(name);
    if (at == nullptr) return out;
    if (!at->is_object()) return complain(name, "an object of counts"), out;
    for (const auto& [key, value] : at->items()) {
      if (!value.is_number_unsigned()) return complain(name, "an object of counts"), out;
      out[key] = value.get<std::uint64_t>();
    }
    return out;
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const Json* at = find(name);
    if (at == nullptr) return out;
    if (!at->is_array()) return complain(name, "a list of strings"), out;
    for (const Json& item : *at) {
      if (!item.is_string()) return complain(name, "a list of strings"), out;
      out.push_back(item.get<std::string>());
    }
    return out;
  }

 private:
  const Json* find(const char* name) {
    const auto at = json_.find(name);
    if (at != json_.end()) return &*at;
    complain(name, "to be there");
    return nullptr;
  }
  void complain(const char* name, const char* form) {
    if (wrong_.empty()) wrong_ = "expected \"" + std::string(name) + "\" to be " + form;
    if (std::string_view(form) == "to be there") wrong_ = "expected a field \"" + std::string(name) + "\"";
  }
  const Json& json_;
  std::string wrong_;
};

Error line_error(const std::string& file, std::uint32_t line, std::uint32_t column, std::string message) {
  return {.code = Errc::bad_input,
          .message = std::move(message),
          .at = {.file = file, .line = line, .column = column}};
}

}  // namespace

std::string to_line(const SeedResult& r) {
  const Json json{{"record", "seed"},
                  {"scenario", r.scenario},
                  {"seed", r.seed},
                  {"verdict", std::string(checkers::to_string(r.outcome))},
                  {"signature", r.signature},
                  {"digest", r.digest},
                  {"trouble", r.trouble},
                  {"wall_us", r.wall_us},
                  {"cpu_us", r.cpu_us},
                  {"simulated_us", r.simulated_us},
                  {"events", r.events},
                  {"messages", r.messages},
                  {"faults", r.faults},
                  {"operations_ok", r.operations_ok},
                  {"operations_fail", r.operations_fail},
                  {"operations_info", r.operations_info},
                  {"first_try_ok", r.first_try_ok},
                  {"sometimes", counts(r.sometimes)}};
  return dump(json, -1);
}

std::string to_line(const SweptScenario& s) {
  const Json json{{"record", "scenario"},   {"scenario", s.scenario},   {"config_hash", s.config_hash},
                  {"build_id", s.build_id}, {"sometimes", s.sometimes}, {"strategy", s.strategy},
                  {"folders", s.folders}};
  return dump(json, -1);
}

Result<ResultLine> parse_result_line(std::string_view text, const std::string& file, std::uint32_t line) {
  // Nesting deeper than ours is refused before it is parsed any further.
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= 4; };
  Json json;
  try {
    json = Json::parse(text, shallow);
  } catch (const Json::parse_error& error) {
    return fail(line_error(file, line, static_cast<std::uint32_t>(error.byte),
                           "expected one JSON object of a results file (chaos --results)"));
  }
  if (!json.is_object()) return fail(line_error(file, line, 1, "expected a JSON object of a results file"));
  Reader read(json);
  const std::string record = read.text("record");
  ResultLine out;
  if (record == "behaviours") {
    auto behaviours = behaviours_from(json);
    if (!behaviours) return fail(line_error(file, line, 1, behaviours.error().message));
    return ResultLine(*std::move(behaviours));
  }
  if (record == "scenario") {
    out = SweptScenario{.scenario = read.text("scenario"),
                        .config_hash = read.text("config_hash"),
                        .build_id = read.text("build_id"),
                        .sometimes = read.texts("sometimes"),
                        .strategy = read.text_or("strategy", "random"),
                        .folders = read.text_or("folders", "")};
  } else if (record == "seed") {
    out = SeedResult{.scenario = read.text("scenario"),
                     .seed = read.number("seed"),
                     .outcome = read.outcome("verdict"),
                     .signature = read.text("signature"),
                     .digest = read.text("digest"),
                     .trouble = read.text("trouble"),
                     .wall_us = read.number("wall_us"),
                     .cpu_us = read.number("cpu_us"),
                     .simulated_us = read.number("simulated_us"),
                     .events = read.number("events"),
                     .messages = read.number("messages"),
                     .faults = read.number("faults"),
                     .operations_ok = read.number("operations_ok"),
                     .operations_fail = read.number("operations_fail"),
                     .operations_info = read.number("operations_info"),
                     .first_try_ok = read.number("first_try_ok"),
                     .sometimes = read.map("sometimes"),
                     .print = {}};
  } else {
    return fail(line_error(file, line, 1, "expected \"record\" to be \"seed\" or \"scenario\""));
  }
  if (!read.wrong().empty()) return fail(line_error(file, line, 1, read.wrong()));
  return out;
}

std::string encode(const RunSummary& s) {
  const Json json{{"outcome", std::string(checkers::to_string(s.outcome))},
                  {"signature", s.signature},
                  {"digest", s.digest},
                  {"json", s.json},
                  {"story", s.story},
                  {"folder", s.folder},
                  {"report", s.report},
                  {"divergence", s.divergence},
                  {"notes", s.notes},
                  {"trouble", static_cast<unsigned>(s.trouble)},
                  {"trouble_text", s.trouble_text}};
  return dump(json, -1);
}

Result<RunSummary> decode_summary(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(Errc::internal, "a worker's summary is no JSON object");
  Reader read(json);
  RunSummary s{.outcome = read.outcome("outcome"),
               .signature = read.text("signature"),
               .digest = read.text("digest"),
               .json = read.text("json"),
               .story = read.text("story"),
               .folder = read.text("folder"),
               .report = read.text("report"),
               .divergence = read.text("divergence"),
               .notes = read.text("notes"),
               .trouble = static_cast<Errc>(read.number("trouble")),
               .trouble_text = read.text("trouble_text")};
  if (!read.wrong().empty()) return fail(Errc::internal, "a worker's summary: " + read.wrong());
  return s;
}

namespace {

// The figures; the series are in the run folder's convergence.json.
Json convergence_json(const RunResult& r) {
  if (!r.convergence) return nullptr;
  Json out = Json::parse(to_json(*r.convergence));
  out.erase("lag");
  for (Json& cut : out["cuts"]) {
    cut.erase("at_ns");
    cut.erase("missing");
  }
  return out;
}

// By mode; empty where there is no realm.
Json latency_json(const RunResult& r) {
  Json out = Json::object();
  for (const Latency& l : r.latency) {
    out[l.what] = {{"count", l.count},
                   {"p50_ms", static_cast<double>(l.p50_ns) / 1e6},
                   {"p99_ms", static_cast<double>(l.p99_ns) / 1e6}};
  }
  return out;
}

}  // namespace

std::string run_json(const RunResult& r, const RunFacts& facts) {
  Json claims = Json::array();
  for (const auto& claim : r.claims) claims.push_back(verdict_json(claim));
  const double simulated = static_cast<double>(r.simulated_ns) / 1e9;
  return page(
      {{"scenario", facts.scenario},
       {"seed", r.plan.seed},
       {"digest", r.digest.to_hex()},
       {"verdict", std::string(checkers::to_string(r.outcome))},
       {"signature", r.signature},
       {"claims", claims},
       {"simulated_seconds", simulated},
       {"wall_seconds", r.wall_seconds},
       {"events", r.stats.events},
       {"messages", r.stats.messages_sent},
       {"messages_delivered", r.stats.messages_delivered},
       {"messages_dropped", r.stats.messages_dropped},
       {"disk_operations", r.stats.disk_operations},
       {"faults", r.stats.faults_begun},
       {"restarts", r.stats.restarts},
       {"operations", {{"ok", r.operations_ok}, {"fail", r.operations_fail}, {"info", r.operations_info}}},
       {"first_try_ok", r.first_try_ok},
       {"size", size_json(size_of(r.plan))},
       {"convergence", convergence_json(r)},
       {"latency", latency_json(r)},
       {"sometimes", counts(r.sometimes)},
       {"build_id", facts.build_id},
       {"config_hash", facts.config_hash},
       {"folder", facts.folder}});
}

std::string chaos_json(const SweepTotals& totals, const std::string& build_id, double wall_seconds) {
  const std::vector<Failure> failures = totals.failures();
  Json failed = Json::array();
  for (const Failure& f : failures) {
    Json item{{"seed", f.seed}, {"scenario", f.scenario}, {"signature", f.signature}, {"plan", f.files.plan}};
    item["shrunk_plan"] = f.files.shrunk_plan;
    item["shrunk"] = f.files.shrunk ? size_json(*f.files.shrunk) : Json(nullptr);
    failed.push_back(std::move(item));
  }
  Json groups = Json::array();
  for (const Group& g : totals.groups(failures)) {
    groups.push_back({{"signature", g.signature},
                      {"count", g.count},
                      {"scenario", g.lowest->scenario},
                      {"lowest_seed", g.lowest->seed}});
  }
  Json scenarios = Json::array();
  Json sometimes = Json::object();
  for (const ScenarioTotals& s : totals.scenarios()) {
    scenarios.push_back({{"scenario", s.about.scenario},
                         {"config_hash", s.about.config_hash},
                         {"seeds", s.seeds},
                         {"passed", s.passed},
                         {"failed", s.failed},
                         {"sometimes_missing", s.missing()}});
    sometimes[s.about.scenario] = counts(s.sometimes);
  }
  Json diverging = Json::array();
  for (const SeedResult& r : totals.diverging())
    diverging.push_back({{"scenario", r.scenario}, {"seed", r.seed}});
  Json out{{"seeds", totals.seeds()},
           {"passed", totals.passed()},
           {"failed", failed},
           {"groups", groups},
           {"unknown", totals.unknown()},
           {"troubles", totals.troubles()},
           {"run_twice", totals.twice()},
           {"nondeterministic", diverging},
           {"seeds_per_core_hour", totals.seeds_per_core_hour()},
           {"events_per_second", totals.events_per_second()},
           {"events", totals.events()},
           {"simulated_seconds", static_cast<double>(totals.simulated_us()) / 1e6},
           {"core_seconds", static_cast<double>(totals.core_us()) / 1e6},
           {"operations_ok", totals.operations_ok()},
           {"strategy", totals.strategy()},
           {"exploration", exploration_json(totals)},
           {"scenarios", scenarios},
           {"sometimes", sometimes},
           {"build_id", build_id},
           {"exit_code", static_cast<int>(totals.exit_code())}};
  // A merge has no wall time of its own: its totals are the same for any sharding.
  if (wall_seconds > 0) out["wall_seconds"] = wall_seconds;
  return page(out);
}

std::string list_json(const std::string& what, const std::vector<ListItem>& items) {
  Json list = Json::array();
  for (const ListItem& item : items) list.push_back({{"name", item.name}, {"about", item.about}});
  return page({{what, list}});
}

std::string shrink_json(const ShrinkFacts& f) {
  return page({{"input", f.input},
               {"plan", f.output},
               {"signature", f.signature},
               {"before", size_json(f.before)},
               {"shrunk", size_json(f.after)},
               {"steps", f.steps},
               {"seconds", f.seconds},
               {"complete", f.complete}});
}

std::string replay_json(const ReplayFacts& f, const std::string& run) {
  Json json{{"input", f.input},
            {"digest", f.digest},
            {"stored_digest", f.stored_digest},
            {"same", f.stored_digest.empty() ? Json(nullptr) : Json(f.stored_digest == f.digest)},
            {"divergence", f.divergence},
            {"notes", f.notes}};
  json["run"] = Json::parse(run, nullptr, false);
  return page(json);
}

std::string string_field(std::string_view text, const std::string& name) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return {};
  return json[name].get<std::string>();
}

}  // namespace wn::scenarios
