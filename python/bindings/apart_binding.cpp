// Runs in a process of their own: a failed check of the code under test costs an answer, not the notebook.
#include <pybind11/stl.h>

#include <algorithm>

#include "checkers/history/history_io.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "python/bindings/binding.h"
#include "reports/encode.h"
#include "scenarios/cli/branch_json.h"
#include "scenarios/cli/story.h"
#include "scenarios/multiverse/explain.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/run.h"
#include "scenarios/workers/worker_pool.h"

namespace py = pybind11;

namespace wn::python {
namespace {

// Of the operations that completed with ok, in nanoseconds, ascending.
std::vector<std::int64_t> latencies_of(const std::string& jsonl) {
  std::vector<std::int64_t> out;
  if (jsonl.empty()) return out;
  const auto history = checkers::read_history_text(jsonl, "history");
  if (!history) return out;
  for (const checkers::Operation& op : history->operations) {
    const bool timed = op.invoked_ns >= 0 && op.completed_ns >= op.invoked_ns;
    if (op.outcome == checkers::Outcome::ok && timed) out.push_back(op.completed_ns - op.invoked_ns);
  }
  std::ranges::sort(out);
  return out;
}

std::int64_t at_share(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  return sorted.empty() ? -1 : sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

std::string row_of(const scenarios::RunResult& run) {
  const std::vector<std::int64_t> latency = latencies_of(run.history_jsonl);
  std::int64_t failed_at = -1;
  for (const checkers::Verdict& claim : run.claims) {
    if (claim.outcome != checkers::Outcome3::fail || claim.at_ns < 0) continue;
    failed_at = failed_at < 0 ? claim.at_ns : std::min(failed_at, claim.at_ns);
  }
  reports::JsonText json;
  json.begin_object();
  json.field("outcome", checkers::to_string(run.outcome));
  json.field("signature", run.signature);
  json.field("digest", run.digest.to_hex());
  json.field("simulated_s", static_cast<double>(run.simulated_ns) / 1e9);
  json.field("wall_s", run.wall_seconds);
  json.field("events", run.stats.events);
  json.field("messages_sent", run.stats.messages_sent);
  json.field("messages_dropped", run.stats.messages_dropped);
  json.field("faults", run.stats.faults_begun);
  json.field("restarts", run.stats.restarts);
  json.field("operations_ok", run.operations_ok);
  json.field("operations_fail", run.operations_fail);
  json.field("operations_info", run.operations_info);
  json.field("first_try_ok", run.first_try_ok);
  json.field("latency_p50_ns", at_share(latency, 50));
  json.field("latency_p99_ns", at_share(latency, 99));
  json.field("failed_at_s", static_cast<double>(failed_at) / 1e9);
  json.key("sometimes");
  json.begin_object();
  for (const auto& [name, count] : run.sometimes) json.field(name, count);
  json.end_object();
  json.end_object();
  return json.text();
}

// (crashed, text): the row as JSON, or the first line of what the dying process said.
std::pair<bool, std::string> row_apart(const std::string& plan_text, const std::string& file) {
  const py::gil_scoped_release unlocked;
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, file));
  if (const auto ok = faults::plan_check(plan); !ok)
    throw BadInput{file + ": " + first_line(ok.error().to_string())};
  scenarios::WorkerPool pool(1, [&plan](std::string_view) {
    const auto run = scenarios::run_plan(plan);
    return run ? row_of(*run) : std::string();
  });
  if (const auto sent = pool.submit(0, ""); !sent) throw BadInput{sent.error().to_string()};
  const auto answer = pool.wait(-1);
  if (!answer || (!answer->crashed && answer->text.empty())) throw BadInput{file + ": this plan cannot run"};
  return {answer->crashed, answer->text};
}

// JSON, as `worknode explain --json` writes it. The forks are made by a process of one thread: a fork of this
// one.
std::string explain_apart(const std::string& plan_text, std::uint64_t futures, std::uint32_t points,
                          std::uint64_t seed, unsigned jobs, double seconds) {
  const py::gil_scoped_release unlocked;
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, "plan"));
  scenarios::ExplainOptions options{.seed = seed, .futures = futures, .points = points};
  options.jobs = jobs == 0 ? scenarios::available_cores() : std::min(jobs, scenarios::kJobsMax);
  options.time_limit = Duration{static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e6) * 1e9)};
  scenarios::WorkerPool pool(1, [&](std::string_view) {
    const auto found = scenarios::explain(plan, options);
    return found ? "+" + scenarios::explain_json(plan, *found) : "-" + found.error().to_string();
  });
  if (const auto sent = pool.submit(0, ""); !sent) throw BadInput{sent.error().to_string()};
  const auto answer = pool.wait(-1);
  if (!answer || answer->crashed)
    throw BadInput{"the code under test dies in this run: " + (answer ? answer->text : std::string())};
  if (!answer->text.starts_with('+')) throw BadInput{first_line(answer->text.substr(1))};
  return answer->text.substr(1);
}

std::string crash_story(const std::string& plan_text, const std::string& signature,
                        const std::string& replay) {
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, "plan"));
  return scenarios::tell_crash(
      plan, signature,
      {.scenario = plan.scenario, .replay = replay, .build_id = std::string(scenarios::build_id())});
}

}  // namespace

void bind_apart(py::module_& m) {
  m.def("row_apart", &row_apart, py::arg("plan"), py::arg("file") = "plan");
  m.def("explain_apart", &explain_apart, py::arg("plan"), py::arg("futures"), py::arg("points"),
        py::arg("seed"), py::arg("jobs"), py::arg("seconds"));
  m.def("crash_story", &crash_story);
}

}  // namespace wn::python
