// Judging histories: the portfolio, a model that Python brings, and Elle. Everything goes out as plain
// values.
#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <chrono>

#include "checkers/collections/user_model.h"
#include "checkers/explain/explain.h"
#include "checkers/history/history_io.h"
#include "checkers/portfolio/portfolio.h"
#include "python/bindings/binding.h"
#include "scenarios/elle_process/elle_process.h"

namespace py = pybind11;

namespace wn::python {
namespace {

using checkers::Atom;
using checkers::History;
using checkers::Operation;
using checkers::Verdict;
using Clock = std::chrono::steady_clock;

py::object json_or_none(const History& h, Atom atom) {
  return atom == checkers::kNil ? py::object(py::none()) : py::object(py::str(h.atoms.to_json(atom)));
}

// Values as JSON text, which Python parses.
py::dict operation(const History& h, std::uint64_t i) {
  if (i >= h.operations.size()) throw BadInput{"there is no operation " + std::to_string(i)};
  const Operation& op = h.operations[i];
  py::dict out;
  out["index"] = i;
  out["process"] = op.process;
  out["function"] = std::string(checkers::to_string(op.function));
  out["outcome"] = std::string(checkers::to_string(op.outcome));
  out["key"] = json_or_none(h, op.key);
  out["value"] = json_or_none(h, op.value);
  out["expected"] = json_or_none(h, op.expected);
  out["result"] = json_or_none(h, op.result);
  out["invoked"] = op.invoked;
  out["completed"] = op.completed == checkers::kNever ? py::object(py::none()) : py::int_(op.completed);
  out["invoked_ns"] = op.invoked_ns;
  out["completed_ns"] = op.completed_ns;
  out["label"] = checkers::operation_label(h, i);
  return out;
}

py::list described(const History& h, const std::vector<std::uint64_t>& operations) {
  py::list out;
  for (const std::uint64_t i : operations) {
    out.append(i < h.operations.size() ? checkers::describe(h, i) : std::string());
  }
  return out;
}

py::list anomalies(const Verdict& verdict) {
  py::list out;
  for (const checkers::Anomaly& a : verdict.anomalies) {
    py::list links;
    for (const checkers::Link& link : a.links) {
      links.append(py::make_tuple(link.from, link.to, link.kind, link.why));
    }
    py::dict one;
    one["type"] = a.type;
    one["explanation"] = a.explanation;
    one["operations"] = a.operations;
    one["links"] = links;
    out.append(one);
  }
  return out;
}

py::dict told(const History& h, const Verdict& verdict) {
  py::dict out;
  out["claim"] = verdict.claim;
  out["outcome"] = std::string(checkers::to_string(verdict.outcome));
  out["signature"] = verdict.signature;
  out["explanation"] = verdict.explanation;
  out["prose"] = checkers::explain(h, verdict);
  out["operations"] = verdict.operations;
  out["witness"] = described(h, verdict.operations);
  out["anomalies"] = anomalies(verdict);
  out["ruled_out"] = verdict.ruled_out;
  out["also_ruled_out"] = verdict.also_ruled_out;
  out["placed"] = verdict.order.placed;
  out["states"] = verdict.order.states;
  out["stuck"] = verdict.order.stuck;
  py::list shown;
  if (verdict.outcome != checkers::Outcome3::pass) {
    for (const std::uint64_t i : checkers::operations_shown(h, verdict)) {
      if (i < h.operations.size()) shown.append(operation(h, i));
    }
  }
  out["shown"] = shown;
  out["size"] = h.operations.size();
  return out;
}

struct Asked {
  std::string model, consistency;
  bool exact = false;
  std::uint64_t steps = 0, bytes = 0;
  double seconds = 0;  // 0: no limit
  bool failed_cas_observes = true, wfr_keys = false, sequential_keys = false, linearizable_keys = false;
  std::uint64_t permits = 1;
};

checkers::Budget budget(const Asked& asked) {
  checkers::Budget out{.steps = asked.steps, .bytes = asked.bytes};
  if (asked.seconds > 0) {
    const auto limit =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(asked.seconds));
    out.stop = [end = Clock::now() + limit] { return Clock::now() > end; };
  }
  return out;
}

py::dict check(const History& h, const Asked& asked) {
  const auto judge = value_or_throw(checkers::Judge::choose(
      {.model = asked.model, .consistency = asked.consistency, .exact = asked.exact}));
  Verdict verdict;
  {
    const py::gil_scoped_release unlocked;
    checkers::JudgeOptions options;
    options.budget = budget(asked);
    options.failed_cas_observes = asked.failed_cas_observes;
    options.wfr_keys = asked.wfr_keys;
    options.sequential_keys = asked.sequential_keys;
    options.linearizable_keys = asked.linearizable_keys;
    options.permits = asked.permits;
    verdict = judge.judge(h, options);
  }
  py::dict out = told(h, verdict);
  out["model"] = judge.model();
  out["consistency"] = judge.consistency();
  out["checker"] = std::string(judge.checker());
  out["pass_means"] = std::string(judge.pass_means());
  return out;
}

// `step` is called with (state, operation) and gives a state or None; it may raise, and the check ends so.
// `show` gives a state's text.
// Python's lock is held all the while.
py::dict check_user(const History& h, const Asked& asked, const py::bytes& initial, const py::function& step,
                    const py::object& observes, const py::function& show, bool split_by_key,
                    bool failed_happened) {
  checkers::UserModel model;
  model.name = asked.model;
  model.initial = initial;
  model.split_by_key = split_by_key;
  model.failed_happened = failed_happened;
  model.step = [&](std::string_view state, const History&, std::uint32_t i) -> std::optional<std::string> {
    const py::object next = step(py::bytes(state.data(), state.size()), i);
    if (next.is_none()) return std::nullopt;
    return next.cast<std::string>();
  };
  if (!observes.is_none()) {
    model.observes = [&](const History&, std::uint32_t i) { return observes(i).cast<bool>(); };
  }
  Verdict verdict = checkers::check_user_model(h, model, budget(asked));
  for (std::string& state : verdict.order.states) {
    state = show(py::bytes(state.data(), state.size())).cast<std::string>();
  }
  return told(h, verdict);
}

struct NoElle {
  std::string message;
};

// One warm JVM, for one thread.
struct Elle {
  explicit Elle(const std::string& jar) : process({.jar = jar}) {}

  py::dict check(const History& h, const Asked& asked, std::int64_t check_ms, const std::string& plots) {
    checkers::ElleOptions options;
    if (asked.model == "rw-register") {
      options.model = checkers::ElleModel::rw_register;
    } else if (asked.model != "list-append") {
      throw BadInput{"Elle judges list-append and rw-register, not " + asked.model};
    }
    options.consistency_models = {asked.consistency.empty() ? "strict-serializable" : asked.consistency};
    options.wfr_keys = asked.wfr_keys;
    options.sequential_keys = asked.sequential_keys;
    options.linearizable_keys = asked.linearizable_keys;
    options.plot_directory = plots;
    process.limit_check(check_ms);
    Result<checkers::ElleAnswer> answer;
    {
      const py::gil_scoped_release unlocked;
      answer = process.ask(h, options);
    }
    if (!answer) {
      const std::string line = first_line(answer.error().to_string());
      if (answer.error().code == Errc::invalid_argument) throw BadInput{line};
      throw NoElle{line};
    }
    py::dict out = told(h, answer->verdict);
    out["model"] = asked.model;
    out["consistency"] = options.consistency_models.front();
    out["checker"] = "elle";
    out["pass_means"] = "no anomaly was found";
    out["plots"] = answer->plots;
    return out;
  }

  scenarios::ElleProcess process;
};

}  // namespace

void bind_checks(py::module_& m) {
  static py::handle no_elle = py::exception<NoElle>(m, "NoElle", PyExc_RuntimeError).release();
  no_elle.attr("__module__") = "worknode";
  py::register_exception_translator([](std::exception_ptr e) {
    try {
      if (e) std::rethrow_exception(e);
    } catch (const NoElle& error) {
      PyErr_SetString(no_elle.ptr(), error.message.c_str());
    }
  });
  py::class_<History>(m, "History")
      .def_property_readonly("size", [](const History& h) { return h.operations.size(); })
      .def("operation", &operation)
      .def("transaction", [](const History& h, std::uint64_t i) {
        if (i >= h.operations.size()) throw BadInput{"there is no operation " + std::to_string(i)};
        py::list out;
        for (const checkers::MicroOperation& op : h.operations[i].txn) {
          py::object seen = py::none();
          if (op.list) {
            py::list elements;
            for (const Atom a : *op.list) elements.append(h.atoms.to_json(a));
            seen = elements;
          } else if (op.seen) {
            seen = json_or_none(h, *op.seen);
          }
          const bool writes = op.append || op.write;
          out.append(py::make_tuple(op.append  ? "append"
                                    : op.write ? "w"
                                               : "r",
                                    json_or_none(h, op.key), writes ? json_or_none(h, op.value) : seen));
        }
        return out;
      });
  py::class_<Asked>(m, "Asked")
      .def(py::init<>())
      .def_readwrite("model", &Asked::model)
      .def_readwrite("consistency", &Asked::consistency)
      .def_readwrite("exact", &Asked::exact)
      .def_readwrite("steps", &Asked::steps)
      .def_readwrite("bytes", &Asked::bytes)
      .def_readwrite("seconds", &Asked::seconds)
      .def_readwrite("failed_cas_observes", &Asked::failed_cas_observes)
      .def_readwrite("wfr_keys", &Asked::wfr_keys)
      .def_readwrite("sequential_keys", &Asked::sequential_keys)
      .def_readwrite("linearizable_keys", &Asked::linearizable_keys)
      .def_readwrite("permits", &Asked::permits);
  py::class_<Elle>(m, "Elle").def(py::init<const std::string&>()).def("check", &Elle::check);
  m.def("read_history_text", [](const std::string& text, const std::string& name) {
    return value_or_throw(checkers::read_history_text(text, name));
  });
  m.def("read_history_file",
        [](const std::filesystem::path& path) { return value_or_throw(checkers::read_history_file(path)); });
  m.def("check", &check);
  m.def("check_user", &check_user);
  m.def("models", [] {
    std::vector<std::tuple<std::string, std::string, std::string>> out;
    for (const checkers::ModelWord& word : checkers::model_words()) {
      out.emplace_back(word.name, word.summary, word.consistency);
    }
    return out;
  });
  m.def("consistencies", [] {
    std::vector<std::pair<std::string, std::string>> out;
    for (const checkers::ConsistencyWord& word : checkers::consistency_words()) {
      out.emplace_back(word.name, word.summary);
    }
    return out;
  });
}

}  // namespace wn::python
