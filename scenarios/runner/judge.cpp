#include "scenarios/runner/judge.h"

#include <algorithm>

#include "checkers/causal/causal.h"
#include "checkers/durability/durability.h"
#include "checkers/eventual/eventual.h"
#include "checkers/isolation/isolation.h"
#include "checkers/linearizability/linearizability.h"
#include "checkers/sequential/sequential.h"
#include "checkers/session/session.h"
#include "scenarios/runner/realm_facts.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

using checkers::Outcome3;
using checkers::Verdict;

Verdict unknown_verdict(std::string claim, std::string why) {
  Verdict verdict;
  verdict.claim = claim;
  verdict.outcome = Outcome3::unknown;
  verdict.signature = claim + ": " + why;
  verdict.explanation = std::move(why);
  return verdict;
}

namespace {

// The STRONG operations of a realm's history, and where they stand in it.
std::vector<std::uint64_t> strong_part(const checkers::History& history, checkers::History& strong) {
  std::vector<std::uint64_t> places;
  strong.atoms = history.atoms;
  strong.positions = history.positions;
  strong.source = history.source;
  for (std::uint64_t i = 0; i < history.operations.size(); ++i) {
    const checkers::Atom key = history.operations[i].key;
    const bool named = history.atoms.kind(key) == checkers::Interner::Kind::text;
    if (!named || !history.atoms.text_of(key).starts_with('s')) continue;
    strong.operations.push_back(history.operations[i]);
    places.push_back(i);
  }
  return places;
}

Verdict judge_linearizability(const checkers::History& history, const faults::Plan& plan,
                              const JudgeOptions& options) {
  const auto model = checkers::model_named(plan.model_name);
  if (!model) return unknown_verdict("linearizability", "no such model: " + plan.model_name);
  const checkers::Budget budget{.steps = options.steps, .bytes = options.memory_bytes};
  if (plan.system.service != faults::Service::realm)
    return checkers::check_linearizable(history, *model, budget);
  checkers::History strong;
  const std::vector<std::uint64_t> places = strong_part(history, strong);
  Verdict verdict = checkers::check_linearizable(strong, *model, budget);
  for (std::uint64_t& index : verdict.operations) index = places[index];
  return verdict;
}

// A verdict about operations became visible when the last of its witnesses was over.
void place_in_time(Verdict& verdict, const checkers::History& history) {
  if (verdict.at_ns >= 0) return;
  for (const std::uint64_t index : verdict.operations) {
    if (index >= history.operations.size()) continue;
    const checkers::Operation& operation = history.operations[index];
    verdict.at_ns = std::max({verdict.at_ns, operation.invoked_ns, operation.completed_ns});
  }
}

// The claims of the plan, in its order. "sometimes" is judged over a sweep, not over one run.
std::vector<Verdict> judge_all(const faults::Plan& plan, std::span<const std::string> claims,
                               const checkers::History& history, const Observer& observer,
                               const JudgeOptions& options) {
  std::vector<Verdict> verdicts;
  for (const std::string& claim : claims) {
    if (claim == "linearizability") {
      verdicts.push_back(judge_linearizability(history, plan, options));
    } else if (const auto told = observer.verdict(claim, history)) {
      verdicts.push_back(*told);
    } else if (claim == "eventual") {
      checkers::EventualFacts facts = eventual_facts(plan);
      facts.rebased = observer.rebased();
      verdicts.push_back(checkers::check_eventual(history, facts));
    } else if (claim == "sequential") {
      verdicts.push_back(checkers::check_sequential(history, {.process_stride = kProcessStride}));
    } else if (claim == "session") {
      verdicts.push_back(
          checkers::check_session(history, {.clients = client_rules(plan, observer.rebased())}));
    } else if (claim == "causal") {
      verdicts.push_back(
          checkers::check_causal(history, {.clients = client_rules(plan, observer.rebased())}));
    } else if (claim == "durability") {
      verdicts.push_back(checkers::check_durability(history));
    } else if (claim == "isolation") {
      verdicts.push_back(checkers::check_strict_serializable(history));
    } else if (claim != "sometimes") {
      verdicts.push_back(unknown_verdict(claim, "no checker of that name"));
    }
    if (!verdicts.empty()) place_in_time(verdicts.back(), history);
  }
  return verdicts;
}

}  // namespace

std::vector<Verdict> judge(const faults::Plan& plan, const checkers::History& history,
                           const Observer& observer, const JudgeOptions& options) {
  return judge(plan, plan.claims, history, observer, options);
}

std::vector<Verdict> judge(const faults::Plan& plan, std::span<const std::string> claims,
                           const checkers::History& history, const Observer& observer,
                           const JudgeOptions& options) {
  if (!observer.liars().any()) return judge_all(plan, claims, history, observer, options);
  const Liars::Judged judged = observer.liars().judged(history);
  std::vector<Verdict> verdicts = judge_all(plan, claims, judged.history, observer, options);
  for (Verdict& verdict : verdicts) {
    for (std::uint64_t& operation : verdict.operations) {
      if (operation < judged.original.size()) operation = judged.original[operation];
    }
  }
  return verdicts;
}

void summarize(RunResult& result) {
  result.outcome = Outcome3::pass;
  result.signature.clear();
  for (const Verdict& verdict : result.claims) {
    const Outcome3 before = result.outcome;
    result.outcome = checkers::worst(result.outcome, verdict.outcome);
    if (result.outcome != before) result.signature = verdict.signature;
  }
}

}  // namespace wn::scenarios
