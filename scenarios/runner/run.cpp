#include "scenarios/runner/run.h"

#include <algorithm>
#include <chrono>

#include "checkers/causal/causal.h"
#include "checkers/durability/durability.h"
#include "checkers/history/history_io.h"
#include "checkers/isolation/isolation.h"
#include "checkers/linearizability/linearizability.h"
#include "checkers/sequential/sequential.h"
#include "checkers/session/session.h"
#include "faults/plan/plan_check.h"
#include "scenarios/runner/observer.h"
#include "scenarios/runner/realm_facts.h"
#include "scenarios/runner/realm_limits.h"
#include "scenarios/runner/recorder.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/admin_process.h"
#include "scenarios/workloads/realm_names.h"
#include "sim/trace/recorder.h"

namespace wn::scenarios {
namespace {

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
                              const RunOptions& options) {
  const auto model = checkers::model_named(plan.model_name);
  if (!model) return unknown_verdict("linearizability", "no such model: " + plan.model_name);
  const checkers::Budget budget{.steps = options.checker_steps, .bytes = options.checker_memory_bytes};
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
std::vector<Verdict> judge_all(const faults::Plan& plan, const checkers::History& history, Observer& observer,
                               const RunOptions& options) {
  std::vector<Verdict> verdicts;
  for (const std::string& claim : plan.claims) {
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

// Where servers lie, the operations that prove something are judged alone; witnesses are told by their place
// in the whole history.
std::vector<Verdict> judge(const faults::Plan& plan, const checkers::History& history, Observer& observer,
                           const RunOptions& options) {
  if (!observer.liars().any()) return judge_all(plan, history, observer, options);
  const Liars::Judged judged = observer.liars().judged(history);
  std::vector<Verdict> verdicts = judge_all(plan, judged.history, observer, options);
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

// Runs to the end in slices of one simulated second. False when the caller stopped it.
bool drive(sim::World& world, SimTime end, const RunOptions& options) {
  if (!options.progress) {
    world.run_until(end);
    return true;
  }
  for (SimTime at{0}; at < end;) {
    at = std::min(end, at + seconds(1));
    world.run_until(at);
    if (!options.progress(at)) return false;
  }
  return true;
}

}  // namespace

Result<RunResult> run_plan(const faults::Plan& plan, const RunOptions& options) {
  if (auto checked = faults::plan_check(plan); !checked) return fail(checked.error());
  if (auto checked = check_realm_limits(plan.system); !checked) return fail(checked.error());
  const auto wall_start = std::chrono::steady_clock::now();

  RunResult result;
  result.plan = plan;
  Observer observer(result.plan);
  sim::TraceRecorder trace(options.record_trace ? options.trace_events_max : 0);
  VisibilityMeter visible;
  const bool measures = options.check && plan.system.service == faults::Service::realm;
  sim::TraceFanOut sinks({options.check ? &observer : nullptr, options.record_trace ? &trace : nullptr,
                          options.sink, measures ? &visible : nullptr});
  sim::World* the_world = nullptr;
  const auto true_time = [&the_world] { return the_world->now(); };
  Recorder recorder(true_time, [&result](NodeId client) { return home_of(result.plan, client); });
  sim::World world(result.plan, make_system(result.plan, &recorder, true_time), &sinks);
  the_world = &world;
  world.set_fault_command([](const faults::Fault& fault) { return encode_admin_command(fault); });

  const SimTime end{plan.duration.ns};
  const bool finished = drive(world, end, options);

  result.digest = world.digest();
  for (const faults::NodePlan& node : plan.nodes)
    result.node_digests.emplace_back(node.id, world.digest_of(node.id));
  result.stats = world.stats();
  result.simulated_ns = world.now().ns;
  result.sometimes = world.sometimes();
  result.operations_ok = recorder.count(checkers::Outcome::ok);
  result.operations_fail = recorder.count(checkers::Outcome::fail);
  result.operations_info = recorder.count(checkers::Outcome::info);
  result.first_try_ok = recorder.first_try_ok();
  if (options.record_trace) {
    result.trace = trace.to_vector();
    result.trace_truncated = trace.truncated();
  }
  result.gluings = recorder.take_gluings();
  for (Gluing& gluing : result.gluings) {
    observer.on_certificate(gluing.sections.view(), gluing.certificate.view());
    gluing.says = gluing_json(gluing);
  }
  const checkers::History history = recorder.take();
  if (options.check) {
    result.claims = judge(result.plan, history, observer, options);
    result.convergence = observer.lag();
  }
  if (measures) result.latency = latencies(history, visible);
  if (world.overloaded()) {
    result.claims.push_back(unknown_verdict("world", "a limit of the simulator ended the run early"));
  }
  if (!finished) result.claims.push_back(unknown_verdict("world", "cancelled"));
  summarize(result);
  if (options.record_history) result.history_jsonl = checkers::write_jsonl(history);
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_start).count();
  return result;
}

}  // namespace wn::scenarios
