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
  out["sometimes"] = Json::object();
  for (const auto& [name, count] : result.sometimes) out["sometimes"][name] = count;
  out["build"] = build_id();
  // Explanations may quote bytes from a plan: whatever is not UTF-8 is replaced, never thrown on.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wn::scenarios
