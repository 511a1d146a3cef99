// Histories as columns, and the linearizability checker.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "checkers/history/history_io.h"
#include "checkers/linearizability/linearizability.h"
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

py::dict check(const History& h, const std::string& model, std::uint64_t steps, std::uint64_t bytes) {
  const auto name = checkers::model_named(model);
  if (!name) {
    std::string known;
    for (const auto& info : checkers::linearizability_models()) known += " " + std::string(info.name);
    throw BadInput{"unknown model \"" + model + "\"; the models are" + known};
  }
  checkers::Verdict verdict;
  {
    const py::gil_scoped_release unlocked;
    verdict = checkers::check_linearizable(h, *name, {.steps = steps, .bytes = bytes});
  }
  py::dict out;
  out["claim"] = verdict.claim;
  out["outcome"] = std::string(checkers::to_string(verdict.outcome));
  out["signature"] = verdict.signature;
  out["explanation"] = verdict.explanation;
  py::list operations;
  py::list described;
  for (const std::uint64_t i : verdict.operations) {
    operations.append(i);
    described.append(i < h.operations.size() ? checkers::describe(h, i) : std::string());
  }
  out["operations"] = operations;
  out["witness"] = described;
  out["size"] = h.operations.size();
  return out;
}

}  // namespace

void bind_histories(py::module_& m) {
  m.def("history_columns", &columns_of);
  m.def("check_text", [](const std::string& text, const std::string& name, const std::string& model,
                         std::uint64_t steps, std::uint64_t bytes) {
    return check(value_or_throw(checkers::read_history_text(text, name)), model, steps, bytes);
  });
  m.def("check_file", [](const std::filesystem::path& path, const std::string& model, std::uint64_t steps,
                         std::uint64_t bytes) {
    return check(value_or_throw(checkers::read_history_file(path)), model, steps, bytes);
  });
  m.def("models", [] {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& info : checkers::linearizability_models()) out.emplace_back(info.name, info.summary);
    return out;
  });
}

}  // namespace wn::python
