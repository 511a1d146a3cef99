// Scenarios, plans and runs.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "faults/plan/describe.h"
#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "python/bindings/binding.h"
#include "reports/html.h"
#include "reports/plan_tables.h"
#include "reports/timeline.h"
#include "scenarios/cli/story.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/run_json.h"
#include "scenarios/runner/scenario.h"

namespace py = pybind11;

namespace wn::python {
namespace {

using scenarios::RunResult;

py::dict scenario_info(const scenarios::Scenario& s) {
  py::dict out;
  out["name"] = s.name;
  out["path"] = s.path.string();
  out["title"] = s.title;
  out["config_hash"] = s.config_hash;
  return out;
}

faults::Plan checked_plan(const std::string& text, const std::string& file) {
  faults::Plan plan = value_or_throw(faults::parse_plan(text, file));
  if (const auto ok = faults::plan_check(plan); !ok)
    throw BadInput{file + ": " + first_line(ok.error().to_string())};
  return plan;
}

RunResult run_plan(const std::string& text, const std::string& file, bool record_trace,
                   std::uint64_t trace_events_max, bool check) {
  const faults::Plan plan = checked_plan(text, file);
  scenarios::RunOptions options{
      .record_trace = record_trace, .trace_events_max = trace_events_max, .check = check};
  bool interrupted = false;
  // About once a simulated second: lets Ctrl-C through (Python looks at signals on its main thread alone).
  options.progress = [&interrupted](SimTime) {
    const py::gil_scoped_acquire lock;
    interrupted = PyErr_CheckSignals() != 0;
    return !interrupted;
  };
  Result<RunResult> result = [&] {
    const py::gil_scoped_release unlocked;
    return scenarios::run_plan(plan, options);
  }();
  if (interrupted) throw py::error_already_set();
  return value_or_throw(std::move(result));
}

// The events as one structured array that shares the run's memory.
py::array trace_of(py::object self) {
  const auto& run = self.cast<const RunResult&>();
  py::dict layout;
  layout["names"] = py::make_tuple("time_ns", "node", "kind", "field");
  layout["formats"] = py::make_tuple("<i8", "<u4", "<u2", "(5,)<u8");
  layout["offsets"] = py::make_tuple(offsetof(TraceEvent, at), offsetof(TraceEvent, node),
                                     offsetof(TraceEvent, kind), offsetof(TraceEvent, field));
  layout["itemsize"] = sizeof(TraceEvent);
  const py::dtype dtype = py::reinterpret_steal<py::dtype>(py::dtype::from_args(layout).release());
  py::array out(dtype, {run.trace.size()}, {sizeof(TraceEvent)}, run.trace.data(), self);
  out.attr("setflags")(py::arg("write") = false);
  return out;
}

template <class T, class Items, class Get>
py::array_t<T> column(const Items& items, Get get) {
  py::array_t<T> out(static_cast<py::ssize_t>(items.size()));
  T* data = out.mutable_data();
  for (const auto& item : items) *data++ = get(item);
  return out;
}

py::dict timeline_of(const RunResult& run) {
  const reports::Timeline t = reports::timeline_of(run.plan, run.trace, run.simulated_ns);
  py::dict spans;
  spans["node"] = column<std::uint32_t>(t.spans, [](const auto& s) { return s.node; });
  py::list kinds;
  for (const auto& s : t.spans) kinds.append(std::string(reports::to_string(s.kind)));
  spans["kind"] = kinds;
  spans["begin_ns"] = column<std::int64_t>(t.spans, [](const auto& s) { return s.begin_ns; });
  spans["end_ns"] = column<std::int64_t>(t.spans, [](const auto& s) { return s.end_ns; });
  spans["term"] = column<std::uint64_t>(t.spans, [](const auto& s) { return s.term; });
  py::dict clocks;
  clocks["node"] = column<std::uint32_t>(t.clocks, [](const auto& c) { return c.node; });
  clocks["time_ns"] = column<std::int64_t>(t.clocks, [](const auto& c) { return c.at_ns; });
  clocks["skew_ns"] = column<std::int64_t>(t.clocks, [](const auto& c) { return c.skew_ns; });
  py::dict out;
  out["spans"] = spans;
  out["clocks"] = clocks;
  return out;
}

py::list claims_of(const RunResult& run) {
  py::list out;
  for (const checkers::Verdict& v : run.claims) {
    py::dict row;
    row["claim"] = v.claim;
    row["outcome"] = std::string(checkers::to_string(v.outcome));
    row["signature"] = v.signature;
    row["explanation"] = v.explanation;
    row["operations"] = v.operations;
    row["events"] = v.events;
    row["at_ns"] = v.at_ns;
    out.append(row);
  }
  return out;
}

py::list faults_of(const std::string& plan_text) {
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, "plan"));
  py::list out;
  for (const faults::Fault& fault : plan.faults) {
    py::dict row;
    row["id"] = fault.id;
    row["kind"] = std::string(faults::to_string(fault.kind));
    row["time_ns"] = fault.at.ns;
    row["duration_ns"] = fault.duration.ns;
    row["nodes"] = reports::fault_touches(fault, plan);
    py::list links;
    for (const faults::Link& link : fault.links) links.append(py::make_tuple(link.from.value, link.to.value));
    row["links"] = links;
    row["amount"] = fault.amount;
    row["label"] = fault.label;
    row["text"] = faults::describe(fault);
    out.append(row);
  }
  return out;
}

py::dict plan_summary(const std::string& plan_text, const std::string& file) {
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, file));
  py::dict out;
  out["scenario"] = plan.scenario;
  out["seed"] = plan.seed;
  out["duration_ns"] = plan.duration.ns;
  out["freeze_ns"] = plan.freeze_at.ns;
  out["operations"] = plan.operations.size();
  out["faults"] = plan.faults.size();
  out["deviations"] = plan.deviations.size();
  out["defect"] = std::string(to_string(plan.system.defect));
  out["model"] = plan.model_name;
  py::dict nodes;
  for (const faults::NodePlan& node : plan.nodes) {
    nodes[py::int_(node.id.value)] = std::string(faults::to_string(node.role));
  }
  out["nodes"] = nodes;
  return out;
}

py::dict sometimes_of(const RunResult& run) {
  py::dict out;
  for (const auto& [name, count] : run.sometimes) out[py::str(name)] = count;
  return out;
}

// `before`: nodes, faults, operations, deviations of the plan that this one was shrunk from, and the seconds
// it took.
using Before = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t, double>;

std::string story_of(const RunResult& run, const std::string& replay_command,
                     const std::optional<Before>& before) {
  scenarios::StoryFacts facts{.scenario = run.plan.scenario,
                              .replay = replay_command,
                              .build_id = std::string(scenarios::build_id())};
  if (before) {
    const auto& [nodes, faults, operations, deviations, seconds] = *before;
    facts.from = scenarios::PlanSize{nodes, faults, operations, deviations};
    facts.shrink_seconds = seconds;
  }
  return scenarios::tell_story(run, facts);
}

std::string report_of(const RunResult& run, const std::string& story, const std::string& replay_command,
                      const std::string& shrunk_from) {
  const py::gil_scoped_release unlocked;
  reports::ReportInput in = value_or_throw(reports::report_input(run));
  in.story = story;
  in.replay_command = replay_command;
  in.shrunk_from = shrunk_from;
  in.build_id = scenarios::build_id();
  return reports::render_html(in);
}

}  // namespace

void bind_runs(py::module_& m) {
  m.def("scenario_info", [](const std::filesystem::path& path) {
    return scenario_info(value_or_throw(scenarios::load_scenario(path)));
  });
  m.def("find_scenarios",
        [](const std::filesystem::path& path) { return value_or_throw(scenarios::find_scenarios(path)); });
  m.def("plan_of_file", [](const std::filesystem::path& path, std::uint64_t seed) {
    return faults::to_text(scenarios::make_plan(value_or_throw(scenarios::load_scenario(path)), seed));
  });
  m.def("plan_of_text", [](std::string text, const std::string& name, std::uint64_t seed) {
    return faults::to_text(
        scenarios::make_plan(value_or_throw(scenarios::parse_scenario(std::move(text), name)), seed));
  });
  m.def("plan_faults", &faults_of);
  m.def("plan_summary", &plan_summary, py::arg("plan"), py::arg("file") = "plan");
  m.def("run_plan", &run_plan, py::arg("plan"), py::arg("file") = "plan", py::arg("record_trace") = true,
        py::arg("trace_events_max") = 4'000'000, py::arg("check") = true);

  py::class_<RunResult>(m, "RunResult")
      .def_property_readonly("plan", [](const RunResult& r) { return faults::to_text(r.plan); })
      .def_property_readonly("digest", [](const RunResult& r) { return r.digest.to_hex(); })
      .def_property_readonly("outcome",
                             [](const RunResult& r) { return std::string(checkers::to_string(r.outcome)); })
      .def_readonly("signature", &RunResult::signature)
      .def_readonly("simulated_ns", &RunResult::simulated_ns)
      .def_readonly("wall_seconds", &RunResult::wall_seconds)
      .def_readonly("history_jsonl", &RunResult::history_jsonl)
      .def_readonly("trace_truncated", &RunResult::trace_truncated)
      .def_readonly("operations_ok", &RunResult::operations_ok)
      .def_readonly("operations_fail", &RunResult::operations_fail)
      .def_readonly("operations_info", &RunResult::operations_info)
      .def_readonly("first_try_ok", &RunResult::first_try_ok)
      .def_property_readonly("events", [](const RunResult& r) { return r.stats.events; })
      .def_property_readonly("messages_sent", [](const RunResult& r) { return r.stats.messages_sent; })
      .def_property_readonly("messages_dropped", [](const RunResult& r) { return r.stats.messages_dropped; })
      .def_property_readonly("faults_begun", [](const RunResult& r) { return r.stats.faults_begun; })
      .def_property_readonly("restarts", [](const RunResult& r) { return r.stats.restarts; })
      .def_property_readonly("claims", &claims_of)
      .def_property_readonly("sometimes", &sometimes_of)
      .def("to_json", [](const RunResult& r) { return scenarios::to_json(r); })
      .def("trace", &trace_of)
      .def("timeline", &timeline_of)
      .def("story", &story_of, py::arg("replay_command") = "", py::arg("before") = py::none())
      .def("report", &report_of, py::arg("story") = "", py::arg("replay_command") = "",
           py::arg("shrunk_from") = "")
      .def("write_folder", [](const RunResult& r, const std::filesystem::path& runs) {
        const py::gil_scoped_release unlocked;
        return value_or_throw(scenarios::write_run_folder(r, runs));
      });
}

}  // namespace wn::python
