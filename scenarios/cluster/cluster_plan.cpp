#include "scenarios/cluster/cluster_plan.h"

#include <algorithm>
#include <array>
#include <map>

#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "scenarios/cluster/net_plan.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::cluster {
namespace {

using faults::Fault;
using faults::FaultKind;
using scenarios::ScenarioSpec;

// Bounds that a scenario gives for its own number of servers hold for fewer in proportion to what quorums
// stand.
void fit_model(faults::FaultModel& model, std::uint32_t before, std::uint32_t after) {
  const auto fit = [&](std::uint32_t& bound, std::uint32_t share) {
    const std::uint32_t whole = (before - 1) / share;
    if (bound <= whole) bound = std::min(bound, (after - 1) / share);
    bound = std::min(bound, after);
  };
  fit(model.crashed_max, 2);
  fit(model.disk_faulty_max, 2);
  fit(model.byzantine_max, 3);
}

void shorten(ScenarioSpec& spec, Duration duration) {
  const auto scaled = [&](Duration d) {
    return Duration{static_cast<std::int64_t>(static_cast<double>(d.ns) * static_cast<double>(duration.ns) /
                                              static_cast<double>(spec.duration.ns))};
  };
  const Duration quiet = std::min({spec.freeze, std::max(scaled(spec.freeze), kQuietMin), duration});
  for (scenarios::WorkloadSpec& workload : spec.workloads) {
    workload.start = scaled(workload.start);
    workload.stop = scaled(workload.stop);
  }
  spec.swarm.start = SimTime{scaled(Duration{spec.swarm.start.ns}).ns};
  spec.freeze = quiet;
  spec.duration = duration;
}

const char* refusal(const Fault& fault, const Abilities& can) {
  if (faults::is_packet(fault.kind) && !can.packets) return "packets pass as they are here";
  if (faults::is_disk(fault.kind) && !can.disks) return "disks are the machine's own here";
  if (faults::is_clock(fault.kind) && !can.clocks) return "clocks are the machine's own here";
  if (fault.kind == FaultKind::power_loss && !can.power) return "the machine's power is not ours";
  if (faults::is_byzantine(fault.kind) && !can.byzantine) return "servers here are honest";
  return nullptr;
}

void drop_faults(ClusterPlan& out, const Abilities& can) {
  std::map<std::string, std::uint32_t> why;
  std::erase_if(out.plan.faults, [&](const Fault& fault) {
    const char* reason = refusal(fault, can);
    if (reason == nullptr) return false;
    ++why[std::string(faults::to_string(fault.kind)) + ": " + reason];
    ++out.dropped;
    return true;
  });
  for (const auto& [reason, count] : why) out.notes.push_back(std::to_string(count) + " left out, " + reason);
}

void tell_differences(ClusterPlan& out) {
  faults::Plan& plan = out.plan;
  if (!plan.deviations.empty()) {
    out.notes.push_back(std::to_string(plan.deviations.size()) +
                        " left out, deviations: the order of events is the machine's own");
    out.dropped += static_cast<std::uint32_t>(plan.deviations.size());
    plan.deviations.clear();
  }
  if (plan.network.wan_latency != Duration{})
    out.notes.emplace_back("sites: all nodes are on one machine, as near to each other as that");
  if (plan.network.loss_ppm != 0 || plan.network.duplicate_ppm != 0)
    out.notes.emplace_back("network: its everyday loss and duplication are the machine's own");
}

}  // namespace

Result<ClusterPlan> cluster_plan(const scenarios::Scenario& scenario, const PlanRequest& request,
                                 const Abilities& abilities) {
  ScenarioSpec spec = *scenario.spec;
  const std::uint32_t servers = request.servers == 0 ? spec.topology.servers : request.servers;
  if (servers + spec.topology.spares > kClusterServersMax)
    return fail(Errc::invalid_argument, "--nodes: expected at most " + std::to_string(kClusterServersMax) +
                                            " servers on one machine, got " + std::to_string(servers));
  if (request.duration && *request.duration > spec.duration)
    return fail(Errc::invalid_argument, "--duration: expected at most the scenario's own");
  fit_model(spec.model, spec.topology.servers, servers);
  spec.topology.servers = servers;
  if (spec.system.group_replicas > servers) spec.system.group_replicas = servers - (1 - servers % 2);
  if (request.duration) shorten(spec, *request.duration);

  scenarios::Scenario changed = scenario;
  changed.spec = std::make_shared<const ScenarioSpec>(std::move(spec));
  ClusterPlan out{.plan = scenarios::make_plan(changed, request.seed), .notes = {}, .dropped = 0};
  drop_faults(out, abilities);
  tell_differences(out);
  if (auto checked = faults::plan_check(out.plan); !checked) return fail(checked.error());
  return out;
}

void keep_history_claims(ClusterPlan& plan) {
  std::string gone;
  std::erase_if(plan.plan.claims, [&](const std::string& claim) {
    constexpr std::array<std::string_view, 6> kOfHistories{"linearizability", "isolation", "durability",
                                                           "sequential",      "session",   "causal"};
    if (std::ranges::find(kOfHistories, claim) != kOfHistories.end()) return false;
    gone += (gone.empty() ? "" : ", ") + claim;
    return true;
  });
  if (!gone.empty()) plan.notes.push_back("not judged, without the servers' traces: " + gone);
}

}  // namespace wn::cluster
