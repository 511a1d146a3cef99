#include "scenarios/runner/realm_facts.h"

#include <algorithm>
#include <map>
#include <set>

#include "faults/plan/names.h"
#include "scenarios/runner/liveness_facts.h"
#include "scenarios/runner/realm_limits.h"
#include "scenarios/workloads/operation_listener.h"
#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {
namespace {

// Within which what one replica knows reaches all others, once nothing is in the way: a gossip goes to one
// peer at a time, so a few rounds; and a replica that was away takes a whole image first.
// Rounds of gossip in which each replica has asked somebody who knows; around an anchor, the anchor alone
// asks, one after the other.
Duration grace_of(const faults::Plan& plan) {
  const auto servers = std::ranges::count(plan.nodes, faults::NodeRole::server, &faults::NodePlan::role);
  const std::int64_t rounds = plan.system.anchored ? 8 * servers : 15 + servers / 5;
  return std::max(seconds(3), plan.system.gossip_interval * rounds);
}

// Those that hear each other, both ways, perhaps through others, while this fault lasts.
std::vector<std::vector<NodeId>> groups_of(const faults::Fault& fault, const std::vector<NodeId>& replicas) {
  std::vector<std::vector<NodeId>> groups;
  std::vector<NodeId> left = replicas;
  const auto cut = [&](NodeId a, NodeId b) {
    return fault.links.empty() || std::ranges::any_of(fault.links, [&](const faults::Link& link) {
             return (link.from == a && link.to == b) || (link.from == b && link.to == a);
           });
  };
  while (!left.empty()) {
    std::vector<NodeId> group{left.front()};
    left.erase(left.begin());
    for (std::size_t i = 0; i < group.size(); ++i) {
      for (std::size_t k = 0; k < left.size();) {
        if (cut(group[i], left[k])) {
          ++k;
          continue;
        }
        group.push_back(left[k]);
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(k));
      }
    }
    std::ranges::sort(group);
    groups.push_back(std::move(group));
  }
  return groups;
}

// Clients that ask other servers than their home, with whom.
std::map<NodeId, std::set<std::uint32_t>> roaming(const faults::Plan& plan) {
  std::map<NodeId, std::set<std::uint32_t>> out;
  for (const faults::Operation& o : plan.operations) {
    if (o.server && o.server != home_of(plan, o.process)) out[o.process].insert(o.server.value);
  }
  return out;
}

bool holds(const std::vector<NodeId>& nodes, NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

// Honest replicas that no never-healed fault keeps down or apart from another one.
std::vector<NodeId> reachable(const faults::Plan& plan) {
  const checkers::LivenessFacts facts = liveness_facts(plan);
  std::vector<NodeId> out;
  for (const NodeId node : facts.up) {
    const bool cut = std::ranges::any_of(facts.blocked, [&](const auto& link) {
      const NodeId other = link.first == node ? link.second : link.first;
      return (link.first == node || link.second == node) &&
             std::ranges::find(facts.up, other) != facts.up.end();
    });
    if (!cut) out.push_back(node);
  }
  return out;
}

}  // namespace

checkers::ConvergenceFacts convergence_facts(const faults::Plan& plan) {
  return {.freeze_at = plan.freeze_at,
          .end = SimTime{plan.duration.ns},
          .grace = grace_of(plan),
          .replicas = reachable(plan)};
}

checkers::LagFacts lag_facts(const faults::Plan& plan) {
  checkers::LagFacts facts;
  facts.freeze_at = plan.freeze_at;
  facts.end = SimTime{plan.duration.ns};
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role == faults::NodeRole::server) facts.replicas.push_back(n.id);
  }
  for (const faults::Fault& fault : plan.faults) {
    if (fault.kind != faults::FaultKind::partition) continue;
    const bool for_ever = fault.duration == Duration::max();
    checkers::Cut cut{.fault = fault.id,
                      .begin = fault.at,
                      .end = for_ever ? SimTime::max() : fault.at + fault.duration,
                      .groups = groups_of(fault, facts.replicas)};
    if (cut.groups.size() > 1) facts.cuts.push_back(std::move(cut));
  }
  return facts;
}

checkers::TreeFacts tree_facts(const faults::Plan& plan) {
  // The root is not one of the tree's worknodes.
  return {.count = plan.system.worknodes == 0 ? 0 : plan.system.worknodes - 1,
          .fan_out = std::max(1U, plan.system.fan_out),
          .undone = plan.system.signed_updates && !faults::liars_of(plan).empty()};
}

checkers::CapabilityFacts capability_facts(const faults::Plan& plan) {
  checkers::CapabilityFacts facts;
  // A replica trusts what a majority knows, and says that a token is revoked once a majority has it.
  const auto servers = std::ranges::count(plan.nodes, faults::NodeRole::server, &faults::NodePlan::role);
  facts.replicas_to_know = static_cast<std::uint32_t>(servers / 2 + 1);
  const auto is_staleness = [](const faults::LimitPlan& l) {
    return l.name == "capability_staleness_max_ns";
  };
  if (plan.system.staleness_max != Duration{} || std::ranges::any_of(plan.system.limits, is_staleness)) {
    const auto bound = static_cast<std::int64_t>(realm_limits(plan.system).capability_staleness_max_ns);
    // By true time: the slowest clock allowed, and a gossip on the way.
    const Duration drift{bound / 1'000'000 * plan.model.clock_drift_ppm_max};
    facts.staleness_max = nanoseconds(bound) + drift + grace_of(plan);
  }
  const checkers::TreeFacts tree = tree_facts(plan);
  facts.first_tree = {{checkers::TreeChecker::kRoot, 0}, {checkers::TreeChecker::kTrash, 0}};
  for (std::uint64_t i = 0; i < tree.count; ++i) {
    facts.first_tree.emplace_back(checkers::TreeChecker::kFirst + i,
                                  i < tree.fan_out ? checkers::TreeChecker::kRoot
                                                   : checkers::TreeChecker::kFirst + i / tree.fan_out - 1);
  }
  return facts;
}

checkers::SupervisionFacts supervision_facts(const faults::Plan& plan) {
  checkers::SupervisionFacts facts;
  facts.freeze_at = plan.freeze_at;
  facts.end = SimTime{plan.duration.ns};
  // A revocation waits for a majority.
  facts.exempt_functions = {static_cast<std::uint64_t>(faults::OpFunction::revoke)};
  // A replica answers what has waited too long, but a client must still be there to hear it.
  const Duration patience = plan.system.client_timeout;
  if (patience != Duration{} && patience < milliseconds(2500)) return facts;
  const checkers::LivenessFacts links = liveness_facts(plan);
  const std::vector<NodeId> replicas = reachable(plan);
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role != faults::NodeRole::client) continue;
    const NodeId home = home_of(plan, n.id);
    const bool apart = std::ranges::any_of(links.blocked, [&](const auto& link) {
      return link == std::pair(n.id, home) || link == std::pair(home, n.id);
    });
    if (holds(replicas, home) && !apart) facts.homes[n.id] = home;
  }
  return facts;
}

checkers::ClientRules client_rules(const faults::Plan& plan, const std::set<std::uint32_t>& rebased) {
  checkers::ClientRules rules;
  rules.process_stride = kProcessStride;
  rules.wanted = checkers::is_eventual_key;
  const auto roams = roaming(plan);
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role != faults::NodeRole::client) continue;
    const std::uint32_t home = home_of(plan, n.id).value;
    const auto asks = roams.find(n.id);
    if (asks == roams.end()) rules.homes[n.id.value] = home;
    const auto began_anew = [&](std::uint32_t server) { return rebased.contains(server); };
    if (began_anew(home) || (asks != roams.end() && std::ranges::any_of(asks->second, began_anew)))
      rules.muted.insert(n.id.value);
  }
  return rules;
}

checkers::EventualFacts eventual_facts(const faults::Plan& plan) {
  checkers::EventualFacts facts;
  facts.freeze_ns = plan.freeze_at.ns;
  facts.grace_ns = grace_of(plan).ns;
  facts.process_stride = kProcessStride;
  const std::vector<NodeId> replicas = reachable(plan);
  const auto roams = roaming(plan);
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role == faults::NodeRole::client && !roams.contains(n.id))
      facts.homes[n.id.value] = home_of(plan, n.id).value;
    if (n.role == faults::NodeRole::server && !holds(replicas, n.id)) facts.cut_off.insert(n.id.value);
  }
  return facts;
}

}  // namespace wn::scenarios
