// Shrinking.
#include <pybind11/stl.h>

#include "faults/plan/plan_io.h"
#include "python/bindings/binding.h"
#include "scenarios/shrink/forked_oracle.h"
#include "scenarios/shrink/shrink.h"

namespace py = pybind11;

namespace wn::python {
namespace {

// Passes questions on, and looks for Ctrl-C between them.
class InterruptibleOracle final : public scenarios::Oracle {
 public:
  explicit InterruptibleOracle(scenarios::ForkedOracle& inner) : inner_(inner) {}
  std::optional<scenarios::Found> first_failing(std::size_t count, const Make& make) override {
    return inner_.first_failing(count, make);
  }
  bool out_of_time() const override {
    if (!interrupted_) {
      const py::gil_scoped_acquire lock;
      interrupted_ = PyErr_CheckSignals() != 0;
    }
    return interrupted_ || inner_.out_of_time();
  }
  bool interrupted() const { return interrupted_; }

 private:
  scenarios::ForkedOracle& inner_;
  mutable bool interrupted_ = false;
};

py::dict size_dict(const scenarios::PlanSize& size) {
  py::dict out;
  out["nodes"] = size.nodes;
  out["faults"] = size.faults;
  out["operations"] = size.operations;
  out["deviations"] = size.deviations;
  return out;
}

py::dict shrink(const std::string& plan_text, const std::string& signature, double seconds, unsigned jobs) {
  const faults::Plan plan = value_or_throw(faults::parse_plan(plan_text, "plan"));
  scenarios::OracleOptions options;
  options.jobs = jobs;
  options.seconds_max = seconds;
  scenarios::ForkedOracle forked(signature, options);
  InterruptibleOracle oracle(forked);
  const Result<scenarios::ShrinkResult> result = [&] {
    const py::gil_scoped_release unlocked;
    return scenarios::shrink_plan(plan, oracle);
  }();
  if (oracle.interrupted()) throw py::error_already_set();
  if (!forked.trouble().empty()) throw BadInput{"cannot shrink: " + forked.trouble()};
  if (!result) throw BadInput{first_line(result.error().to_string())};
  py::dict out;
  out["plan"] = faults::to_text(result->plan);
  out["before"] = size_dict(result->before);
  out["after"] = size_dict(result->after);
  out["words_before"] = to_words(result->before);
  out["words_after"] = to_words(result->after);
  out["steps"] = result->steps;
  out["complete"] = result->complete;
  out["seconds"] = forked.seconds();
  return out;
}

}  // namespace

void bind_shrinking(py::module_& m) {
  m.def("shrink", &shrink, py::arg("plan"), py::arg("signature"), py::arg("seconds"), py::arg("jobs"));
}

}  // namespace wn::python
