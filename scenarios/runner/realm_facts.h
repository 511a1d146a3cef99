#pragma once
// What the checkers of a realm must be told of a plan.
#include "checkers/capability/capability_checker.h"
#include "checkers/convergence/convergence.h"
#include "checkers/convergence/lag.h"
#include "checkers/eventual/eventual.h"
#include "checkers/history/client_history.h"
#include "checkers/supervision/supervision.h"
#include "checkers/tree/tree.h"
#include "faults/plan/plan.h"

namespace wn::scenarios {

checkers::ConvergenceFacts convergence_facts(const faults::Plan& plan);
checkers::LagFacts lag_facts(const faults::Plan& plan);
checkers::CapabilityFacts capability_facts(const faults::Plan& plan);
checkers::TreeFacts tree_facts(const faults::Plan& plan);
checkers::SupervisionFacts supervision_facts(const faults::Plan& plan);
// Of EVENTUAL keys. Clients of the replicas that began anew are muted: what they had read may be unread
// again.
checkers::ClientRules client_rules(const faults::Plan& plan, const std::set<std::uint32_t>& rebased);
// Without `rebased`, which the trace tells.
checkers::EventualFacts eventual_facts(const faults::Plan& plan);

}  // namespace wn::scenarios
