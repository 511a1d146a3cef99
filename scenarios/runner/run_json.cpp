#include "scenarios/runner/run_json.h"

#include <nlohmann/json.hpp>

#include "scenarios/runner/build_info.h"

namespace wn::scenarios {
namespace {

using Json = nlohmann::ordered_json;

Json claim_json(const checkers::Verdict& verdict) {
  Json out;
  out["claim"] = verdict.claim;
  out["verdict"] = checkers::to_string(verdict.outcome);
  if (!verdict.signature.empty()) out["signature"] = verdict.signature;
  if (!verdict.explanation.empty()) out["explanation"] = verdict.explanation;
  if (!verdict.operations.empty()) out["operations"] = verdict.operations;
  if (!verdict.events.empty()) out["events"] = verdict.events;
  if (verdict.at_ns >= 0) out["at_ns"] = verdict.at_ns;
  return out;
}

}  // namespace

std::string to_json(const checkers::ConvergenceLag& lag) {
  const auto group_json = [](const std::vector<NodeId>& nodes) {
    Json out = Json::array();
    for (const NodeId node : nodes) out.push_back(node.value);
    return out;
  };
  const auto time_json = [](std::int64_t ns) { return ns < 0 ? Json() : Json(ns); };
  Json out;
  out["replicas"] = group_json(lag.replicas);
  out["missing_most"] = lag.missing_most;
  out["converged_after_freeze_ns"] = time_json(lag.converged_after_freeze_ns);
  Json& series = out["lag"] = {{"at_ns", Json::array()},
                               {"replicas_behind", Json::array()},
                               {"updates_missing", Json::array()},
                               {"missing", Json::array()}};
  for (const checkers::LagPoint& point : lag.points) {
    series["at_ns"].push_back(point.at_ns);
    series["replicas_behind"].push_back(point.replicas_behind);
    series["updates_missing"].push_back(point.updates_missing);
    series["missing"].push_back(point.missing);
  }
  out["cuts"] = Json::array();
  for (const checkers::CutDivergence& divergence : lag.cuts) {
    Json cut;
    cut["fault"] = divergence.cut.fault;
    cut["begin_ns"] = divergence.cut.begin.ns;
    cut["end_ns"] = divergence.cut.end == SimTime::max() ? Json() : Json(divergence.cut.end.ns);
    cut["groups"] = Json::array();
    for (const std::vector<NodeId>& group : divergence.cut.groups) cut["groups"].push_back(group_json(group));
    cut["missing_most"] = divergence.missing_most;
    cut["healed_after_ns"] = time_json(divergence.healed_after_ns);
    cut["at_ns"] = Json::array();
    cut["missing"] = Json::array();
    for (const checkers::DivergencePoint& point : divergence.points) {
      cut["at_ns"].push_back(point.at_ns);
      cut["missing"].push_back(point.missing);
    }
    out["cuts"].push_back(std::move(cut));
  }
  return out.dump() + "\n";
}

std::string to_json(const RunResult& result) {
  Json out;
  out["scenario"] = result.plan.scenario;
  out["seed"] = result.plan.seed;
  out["digest"] = result.digest.to_hex();
  out["verdict"] = checkers::to_string(result.outcome);
  out["signature"] = result.signature;
  out["claims"] = Json::array();
  for (const checkers::Verdict& verdict : result.claims) out["claims"].push_back(claim_json(verdict));
  out["simulated_seconds"] = static_cast<double>(result.simulated_ns) / 1e9;
  out["wall_seconds"] = result.wall_seconds;
  out["events"] = result.stats.events;
  out["messages"] = result.stats.messages_delivered;
  out["faults"] = result.stats.faults_begun;
  out["operations"] = {{"ok", result.operations_ok},
                       {"fail", result.operations_fail},
                       {"info", result.operations_info},
                       {"first_try_ok", result.first_try_ok}};
  for (const Latency& l : result.latency) {
    out["latency"][l.what] = {{"count", l.count},
                              {"p50_ms", static_cast<double>(l.p50_ns) / 1e6},
                              {"p99_ms", static_cast<double>(l.p99_ns) / 1e6}};
  }
  out["sometimes"] = Json::object();
  for (const auto& [name, count] : result.sometimes) out["sometimes"][name] = count;
  out["build"] = build_id();
  // Explanations may quote bytes from a plan: whatever is not UTF-8 is replaced, never thrown on.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wn::scenarios
