#include "checkers/history/history_io.h"
#include "faults/plan/plan_check.h"
#include "runtime/base/flat_map.h"
#include "scenarios/runner/judge.h"
#include "scenarios/workloads/realm_names.h"
#include "sim/trace/trace_digest.h"

namespace wn::scenarios {
namespace {

// A run without operations has a history without lines, which as a file from outside would be an error.
Result<checkers::History> history_of(const std::string& jsonl) {
  if (jsonl.empty()) return checkers::History{};
  return checkers::read_history_text(jsonl, "history.jsonl");
}

void count_operations(RunResult& result, const checkers::History& history) {
  for (const checkers::Operation& operation : history.operations) {
    result.operations_ok += operation.outcome == checkers::Outcome::ok ? 1 : 0;
    result.operations_fail += operation.outcome == checkers::Outcome::fail ? 1 : 0;
    result.operations_info += operation.outcome == checkers::Outcome::info ? 1 : 0;
  }
}

void count_event(RunResult& result, const TraceEvent& event) {
  sim::WorldStats& stats = result.stats;
  ++stats.events;
  stats.messages_sent += event.kind == TraceKind::message_sent ? 1 : 0;
  stats.messages_delivered += event.kind == TraceKind::message_delivered ? 1 : 0;
  stats.messages_dropped += event.kind == TraceKind::message_dropped ? 1 : 0;
  stats.disk_operations += event.kind == TraceKind::disk_submitted ? 1 : 0;
  stats.faults_begun += event.kind == TraceKind::fault_began ? 1 : 0;
  stats.restarts += event.kind == TraceKind::node_started && event.field[0] > 1 ? 1 : 0;
  if (event.kind == TraceKind::op_completed && event.field[2] == 1 &&
      event.field[1] == static_cast<std::uint64_t>(checkers::Outcome::ok))
    ++result.first_try_ok;
}

}  // namespace

Result<RunResult> judge_recorded(Recorded recorded, const JudgeOptions& options) {
  if (auto checked = faults::plan_check(recorded.plan); !checked) return fail(checked.error());
  const Result<checkers::History> history = history_of(recorded.history_jsonl);
  if (!history) return fail(history.error());

  RunResult result;
  result.plan = std::move(recorded.plan);
  const bool realm = result.plan.system.service == faults::Service::realm;
  Observer observer(result.plan);
  VisibilityMeter visible;
  FlatMap<NodeId, Digest> nodes;
  for (const faults::NodePlan& node : result.plan.nodes) nodes[node.id] = Digest{};
  for (const TraceEvent& event : recorded.trace) {
    sim::absorb_event(result.digest, nodes[event.node], event);
    count_event(result, event);
    observer.on_event(event);
    if (realm) visible.on_event(event);
  }
  for (const faults::NodePlan& node : result.plan.nodes)
    result.node_digests.emplace_back(node.id, nodes[node.id]);
  result.simulated_ns = result.plan.duration.ns;
  result.wall_seconds = recorded.wall_seconds;
  result.sometimes = std::move(recorded.sometimes);
  count_operations(result, *history);
  result.gluings = std::move(recorded.gluings);
  for (Gluing& gluing : result.gluings) {
    observer.on_certificate(gluing.sections.view(), gluing.certificate.view());
    gluing.says = gluing_json(gluing);
  }
  result.claims = judge(result.plan, *history, observer, options);
  result.convergence = observer.lag();
  if (realm) result.latency = latencies(*history, visible);
  if (recorded.trace_truncated)
    result.claims.push_back(unknown_verdict("trace", "events are missing: a buffer of a node was full"));
  for (checkers::Verdict& verdict : recorded.more) result.claims.push_back(std::move(verdict));
  summarize(result);
  result.history_jsonl = std::move(recorded.history_jsonl);
  result.trace = std::move(recorded.trace);
  result.trace_truncated = recorded.trace_truncated;
  return result;
}

}  // namespace wn::scenarios
