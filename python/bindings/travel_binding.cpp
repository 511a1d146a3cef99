// Time travel and exports. travel_serve() is for a process of its own with one thread (worknode/_moment.py).
#include <fstream>

#include "checkers/history/history_io.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "python/bindings/binding.h"
#include "scenarios/export/perfetto.h"
#include "scenarios/runner/run.h"
#include "scenarios/travel/serve.h"

namespace py = pybind11;

namespace wn::python {
namespace {

// Ends when its input does.
void travel_serve(const std::string& plan_text, int in, int out) {
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, "plan"));
  if (const auto served = travel::serve(plan, in, out); !served)
    throw BadInput{first_line(served.error().to_string())};
}

void export_perfetto(const std::string& plan_text, const std::string& file) {
  const py::gil_scoped_release unlocked;
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, "plan"));
  std::ofstream to(file, std::ios::binary | std::ios::trunc);
  if (!to) throw BadInput{file + ": cannot be written"};
  scenarios::PerfettoWriter writer(plan, to);
  const auto run =
      value_or_throw(scenarios::run_plan(plan, {.record_history = false, .check = false, .sink = &writer}));
  if (writer.finish(SimTime{run.simulated_ns}) != Errc::ok) throw BadInput{file + ": cannot be written"};
}

std::string history_edn(const std::string& jsonl) {
  if (jsonl.empty()) return {};
  return checkers::write_edn(value_or_throw(checkers::read_history_text(jsonl, "history")));
}

}  // namespace

void bind_travel(py::module_& m) {
  m.def("travel_serve", &travel_serve, py::arg("plan"), py::arg("in_"), py::arg("out"));
  m.def("export_perfetto", &export_perfetto, py::arg("plan"), py::arg("file"));
  m.def("history_edn", &history_edn, py::arg("history_jsonl"));
}

}  // namespace wn::python
