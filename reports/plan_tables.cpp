#include "reports/plan_tables.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "faults/plan/time_text.h"

namespace wn::reports {
namespace {

using faults::format_duration;

std::string or_default(Duration d) { return d.ns == 0 ? "default" : format_duration(d); }
std::string or_default(std::uint64_t n) { return n == 0 ? "default" : std::to_string(n); }
std::string yes_no(bool b) { return b ? "yes" : "no"; }

PlanGroup run_group(const faults::Plan& plan) {
  PlanGroup g{"Run", {}};
  g.rows = {{"scenario", plan.scenario},
            {"seed", std::to_string(plan.seed)},
            {"duration", format_duration(plan.duration)},
            {"faults freeze at", faults::format_moment(plan.freeze_at)},
            {"operations", std::to_string(plan.operations.size())},
            {"faults", std::to_string(plan.faults.size())},
            {"scheduler deviations", std::to_string(plan.deviations.size())},
            {"model", plan.model_name}};
  std::string claims;
  for (const std::string& claim : plan.claims) claims += (claims.empty() ? "" : ", ") + claim;
  g.rows.emplace_back("claims", claims);
  return g;
}

PlanGroup system_group(const faults::SystemPlan& s) {
  return {
      "System",
      {{"planted defect", std::string(to_string(s.defect))},
       {"election timeout", or_default(s.election_timeout_min) + " to " + or_default(s.election_timeout_max)},
       {"heartbeat", or_default(s.heartbeat_interval)},
       {"lease reads", yes_no(s.lease_reads)},
       {"clock drift margin",
        or_default(s.clock_drift_margin_ppm) + (s.clock_drift_margin_ppm ? " ppm" : "")},
       {"snapshot every", or_default(s.snapshot_every_entries)},
       {"client timeout", or_default(s.client_timeout)},
       {"client retry", or_default(s.client_retry)}}};
}

PlanGroup network_group(const faults::Plan& plan) {
  const faults::NetworkPlan& n = plan.network;
  return {"Network and disk",
          {{"latency",
            "at least " + format_duration(n.latency_min) + ", mean " + format_duration(n.latency_mean)},
           {"tail", std::to_string(n.tail_ppm) + " ppm, " + std::to_string(n.tail_factor) + " times as long"},
           {"loss", std::to_string(n.loss_ppm) + " ppm"},
           {"duplicates", std::to_string(n.duplicate_ppm) + " ppm"},
           {"bandwidth", n.bandwidth_bytes_per_second == 0
                             ? "unlimited"
                             : std::to_string(n.bandwidth_bytes_per_second) + " bytes/s"},
           {"disk read", format_duration(plan.disk.read_mean)},
           {"disk write", format_duration(plan.disk.write_mean)},
           {"disk sync", format_duration(plan.disk.sync_mean)}}};
}

PlanGroup model_group(const faults::FaultModel& m) {
  return {"Fault model",
          {{"servers down at once", std::to_string(m.crashed_max)},
           {"servers with a bad disk", std::to_string(m.disk_faulty_max)},
           {"partitions", yes_no(m.partitions)},
           {"power loss of all", yes_no(m.power_loss_of_all)},
           {"clock drift", std::to_string(m.clock_drift_ppm_max) + " ppm"},
           {"wall clock skew", format_duration(m.wall_skew_max)},
           {"membership changes", yes_no(m.membership)},
           {"wiped disks", yes_no(m.wipe)},
           {"never healed", yes_no(m.unhealed)},
           {"sync lies", yes_no(m.sync_lies)},
           {"servers that lie", std::to_string(m.byzantine_max)}}};
}

PlanGroup node_group(const faults::Plan& plan) {
  PlanGroup g{"Clocks at the start", {}};
  constexpr std::size_t kRowsMax = 24;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == faults::NodeRole::client || node.role == faults::NodeRole::admin) continue;
    if (g.rows.size() == kRowsMax) break;
    g.rows.emplace_back(
        "n" + std::to_string(node.id.value) + " " + std::string(faults::to_string(node.role)),
        "wall " + format_duration(node.wall_offset) + ", drift " + std::to_string(node.drift_ppm) + " ppm");
  }
  return g;
}

}  // namespace

std::vector<PlanGroup> plan_groups(const faults::Plan& plan) {
  return {run_group(plan), system_group(plan.system), network_group(plan), model_group(plan.model),
          node_group(plan)};
}

std::string fault_name(const faults::Fault& fault) {
  std::string name(faults::to_string(fault.kind));
  if (fault.kind == faults::FaultKind::membership || !fault.nodes.empty()) {
    for (std::size_t i = 0; i < fault.nodes.size() && i < 5; ++i) {
      name += (i == 0 ? " n" : ",n") + std::to_string(fault.nodes[i].value);
    }
    if (fault.nodes.size() > 5) name += ",…";
  }
  if (!fault.label.empty() && fault.label != name) name += " (" + fault.label + ")";
  return name;
}

std::vector<std::uint32_t> fault_touches(const faults::Fault& fault, const faults::Plan& plan) {
  std::vector<std::uint32_t> out;
  for (const NodeId node : fault.nodes) out.push_back(node.value);
  for (const faults::Link& link : fault.links) {
    out.push_back(link.from.value);
    out.push_back(link.to.value);
  }
  if (faults::is_packet(fault.kind) && fault.links.empty()) {
    for (const faults::NodePlan& node : plan.nodes) out.push_back(node.id.value);
  }
  std::ranges::sort(out);
  const auto rest = std::ranges::unique(out);
  out.erase(rest.begin(), rest.end());
  return out;
}

}  // namespace wn::reports
