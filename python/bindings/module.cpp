// worknode._core: the C++ side of the package. Everything that a person uses is in python/worknode.
#include <pybind11/stl.h>

#include "python/bindings/binding.h"
#include "runtime/base/trace_event.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/message_names.h"

namespace py = pybind11;

namespace wn::python {
namespace {

py::list trace_kinds() {
  py::list out;
  // Numbers are sparse and below 1000 (trace_event.h gives each family a hundred).
  for (std::uint16_t number = 0; number < 1000; ++number) {
    const TraceKindInfo* info = trace_kind_info(static_cast<TraceKind>(number));
    if (info == nullptr) continue;
    py::list fields;
    for (const std::string_view field : info->fields) fields.append(std::string(field));
    out.append(py::make_tuple(number, std::string(info->name), fields));
  }
  return out;
}

}  // namespace
}  // namespace wn::python

PYBIND11_MODULE(_core, m) {
  using namespace wn::python;
  m.doc() = "The C++ side of worknode. Use the package's own functions instead.";
  static py::handle bad_input = py::exception<BadInput>(m, "BadInput", PyExc_ValueError).release();
  bad_input.attr("__module__") = "worknode";
  py::register_exception_translator([](std::exception_ptr e) {
    try {
      if (e) std::rethrow_exception(e);
    } catch (const BadInput& error) {
      PyErr_SetString(bad_input.ptr(), error.message.c_str());
    }
  });
  m.def("build_id", [] { return std::string(wn::scenarios::build_id()); });
  m.def("trace_kinds", &trace_kinds);
  m.def("message_types", &wn::scenarios::message_type_names);
  bind_runs(m);
  bind_histories(m);
  bind_checks(m);
  bind_shrinking(m);
  bind_apart(m);
  bind_client(m);
  bind_travel(m);
}
