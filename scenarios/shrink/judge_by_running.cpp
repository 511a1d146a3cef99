#include "scenarios/runner/run.h"
#include "scenarios/shrink/forked_oracle.h"

namespace wn::scenarios {

Judgement judge_by_running(const faults::Plan& plan) {
  Judgement judgement;
  const auto result = run_plan(plan);
  if (!result) return judgement;
  judgement.outcome = result->outcome;
  for (const auto& claim : result->claims) {
    if (claim.outcome != checkers::Outcome3::fail) continue;
    judgement.signatures.push_back(claim.signature);
    if (judgement.at_ns < 0) judgement.at_ns = claim.at_ns;
  }
  return judgement;
}

}  // namespace wn::scenarios
