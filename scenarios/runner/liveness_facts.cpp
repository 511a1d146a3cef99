#include "scenarios/runner/liveness_facts.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "scenarios/runner/system.h"

namespace wn::scenarios {
namespace {

using faults::Fault;
using faults::FaultKind;
using faults::NodeRole;

// Does this fault, when never healed, keep its nodes from serving?
bool disables_nodes(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kill:
    case FaultKind::power_loss:
    case FaultKind::pause:
    case FaultKind::wipe:
    case FaultKind::disk_error:
    case FaultKind::disk_full:
    case FaultKind::disk_stall:
      return true;
    default:
      return false;
  }
}

// Does it, when never healed, make its links useless? A link that loses many frames is not counted as
// working: nothing is promised over it.
bool disables_links(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::partition:
    case FaultKind::packet_clog:
      return true;
    case FaultKind::packet_loss:
    case FaultKind::packet_corrupt:
      return fault.amount >= 50'000;
    case FaultKind::packet_delay:
    case FaultKind::packet_rate:
      return true;
    default:
      return false;
  }
}

}  // namespace

checkers::LivenessFacts liveness_facts(const faults::Plan& plan) {
  checkers::LivenessFacts facts;
  facts.freeze_at = plan.freeze_at;
  facts.end = SimTime{plan.duration.ns};
  facts.election_timeout = election_timeout_of(plan);
  // A liar serves nobody that counts: the core is of honest servers.
  std::vector<NodeId> down = faults::liars_of(plan);
  std::vector<NodeId> all;
  for (const Fault& fault : plan.faults) {
    if (fault.duration != Duration::max()) continue;
    if (disables_nodes(fault)) down.insert(down.end(), fault.nodes.begin(), fault.nodes.end());
    if (!disables_links(fault)) continue;
    for (const faults::Link& link : fault.links) facts.blocked.emplace_back(link.from, link.to);
    if (fault.links.empty()) {  // every link
      for (const faults::NodePlan& a : plan.nodes) {
        for (const faults::NodePlan& b : plan.nodes) {
          if (a.id != b.id) facts.blocked.emplace_back(a.id, b.id);
        }
      }
    }
  }
  std::ranges::sort(facts.blocked);
  const auto repeated = std::ranges::unique(facts.blocked);
  facts.blocked.erase(repeated.begin(), repeated.end());
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == NodeRole::client) facts.clients.push_back(node.id);
    if (node.role == NodeRole::server) facts.voters.push_back(node.id);
    if (node.role != NodeRole::server && node.role != NodeRole::spare) continue;
    if (std::ranges::find(down, node.id) == down.end()) facts.up.push_back(node.id);
  }
  return facts;
}

}  // namespace wn::scenarios
