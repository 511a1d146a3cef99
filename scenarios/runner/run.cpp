#include "scenarios/runner/run.h"

#include <algorithm>
#include <chrono>

#include "checkers/history/history_io.h"
#include "faults/plan/plan_check.h"
#include "scenarios/runner/judge.h"
#include "scenarios/runner/observer.h"
#include "scenarios/runner/realm_limits.h"
#include "scenarios/runner/recorder.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/admin_process.h"
#include "scenarios/workloads/realm_names.h"
#include "sim/trace/recorder.h"

namespace wn::scenarios {
namespace {

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
    result.claims = judge(result.plan, history, observer,
                          {.steps = options.checker_steps, .memory_bytes = options.checker_memory_bytes});
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
