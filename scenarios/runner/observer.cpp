#include "scenarios/runner/observer.h"

#include <algorithm>

#include "scenarios/runner/liveness_facts.h"

namespace wn::scenarios {
namespace {

bool claims(const faults::Plan& plan, std::string_view claim) {
  return std::ranges::find(plan.claims, claim) != plan.claims.end();
}

}  // namespace

Observer::Observer(const faults::Plan& plan)
    : liveness_(liveness_facts(plan)),
      wants_raft_(claims(plan, "raft-safety")),
      wants_liveness_(claims(plan, "liveness")) {}

void Observer::on_event(const TraceEvent& event) {
  if (wants_raft_) raft_.on_event(event);
  if (wants_liveness_) liveness_.on_event(event);
}

}  // namespace wn::scenarios
