#pragma once
// What the files of the extension share. Bindings are thin: they convert values and nothing else.
#include <pybind11/pybind11.h>

#include <string>

#include "runtime/base/result.h"

namespace wn::python {

// Raised in Python as worknode.BadInput (a ValueError) with the one-line message.
struct BadInput {
  std::string message;
};

// An error may carry the faulty line of a file below its message; an exception is one line.
inline std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw BadInput{first_line(result.error().to_string())};
  return std::move(*result);
}

void bind_runs(pybind11::module_& module);
void bind_histories(pybind11::module_& module);
void bind_checks(pybind11::module_& module);
void bind_shrinking(pybind11::module_& module);
void bind_apart(pybind11::module_& module);
void bind_client(pybind11::module_& module);
void bind_travel(pybind11::module_& module);

}  // namespace wn::python
