// Histories as columns.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "checkers/history/history_io.h"
#include "python/bindings/binding.h"
#include "reports/html.h"
#include "scenarios/runner/process_node.h"

namespace py = pybind11;

namespace wn::python {
namespace {

using checkers::Atom;
using checkers::History;
using checkers::Interner;
using checkers::Operation;

// A run without operations has an empty history; as a file from outside it would be an error.
History history_of_run(const std::string& jsonl) {
  return jsonl.empty() ? History{} : value_or_throw(checkers::read_history_text(jsonl, "history"));
}

// A column of values: (numbers, mask of nil) when all are numbers, else JSON text with None for nil.
py::object values(const History& h, Atom Operation::* member) {
  bool numbers = true;
  for (const Operation& op : h.operations) {
    const auto kind = h.atoms.kind(op.*member);
    numbers = numbers && (kind == Interner::Kind::nil || kind == Interner::Kind::number);
  }
  const auto size = static_cast<py::ssize_t>(h.operations.size());
  if (numbers) {
    py::array_t<std::int64_t> data(size);
    py::array_t<bool> nil(size);
    for (py::ssize_t i = 0; i < size; ++i) {
      const Atom atom = h.operations[static_cast<std::size_t>(i)].*member;
      const bool is_nil = atom == checkers::kNil;
      nil.mutable_data()[i] = is_nil;
      data.mutable_data()[i] = is_nil ? 0 : h.atoms.number_of(atom);
    }
    return py::make_tuple(data, nil);
  }
  py::list out;
  for (const Operation& op : h.operations) {
    const Atom atom = op.*member;
    out.append(atom == checkers::kNil ? py::object(py::none()) : py::object(py::str(h.atoms.to_json(atom))));
  }
  return out;
}

template <class T, class Get>
py::array_t<T> column(const History& h, Get get) {
  py::array_t<T> out(static_cast<py::ssize_t>(h.operations.size()));
  T* data = out.mutable_data();
  for (const Operation& op : h.operations) *data++ = get(op);
  return out;
}

std::int64_t position(std::uint64_t at) {
  return at == checkers::kNever ? -1 : static_cast<std::int64_t>(at);
}

py::dict columns_of(const std::string& jsonl) {
  const History h = history_of_run(jsonl);
  const auto texts = value_or_throw(reports::report_operations(jsonl));
  py::dict out;
  out["process"] = column<std::uint32_t>(h, [](const Operation& op) { return op.process; });
  out["node"] =
      column<std::uint32_t>(h, [](const Operation& op) { return scenarios::node_of_process(op.process); });
  py::list functions;
  py::list outcomes;
  py::list text;
  for (const Operation& op : h.operations) {
    functions.append(std::string(checkers::to_string(op.function)));
    outcomes.append(std::string(checkers::to_string(op.outcome)));
  }
  for (const reports::ReportOperation& op : texts) text.append(op.text);
  out["function"] = functions;
  out["outcome"] = outcomes;
  out["text"] = text;
  out["key"] = values(h, &Operation::key);
  out["value"] = values(h, &Operation::value);
  out["expected"] = values(h, &Operation::expected);
  out["result"] = values(h, &Operation::result);
  out["invoked_ns"] = column<std::int64_t>(h, [](const Operation& op) { return op.invoked_ns; });
  out["completed_ns"] = column<std::int64_t>(h, [](const Operation& op) { return op.completed_ns; });
  out["invoked"] = column<std::int64_t>(h, [](const Operation& op) { return position(op.invoked); });
  out["completed"] = column<std::int64_t>(h, [](const Operation& op) { return position(op.completed); });
  return out;
}

}  // namespace

void bind_histories(py::module_& m) { m.def("history_columns", &columns_of); }

}  // namespace wn::python
