// A client of servers: worknode._core.Client. Values only; worknode/client.py gives them their faces.
#include <pybind11/stl.h>

#include "python/bindings/binding.h"
#include "runtime/client/client.h"

namespace py = pybind11;

namespace wn::python {
namespace {

using client::Failure;

// (problem, message) as an exception that worknode/client.py turns into a typed one.
struct Failed {
  Failure failure;
};

template <class T>
T taken(client::Answer<T> answer) {
  if (!answer) throw Failed{answer.error()};
  return std::move(*answer);
}

Duration seconds_of(double s) { return Duration{static_cast<std::int64_t>(s * 1e9)}; }

class PyClient {
 public:
  PyClient(const std::vector<std::string>& servers, const py::bytes& identity, const py::bytes& token,
           double timeout) {
    client::Options options;
    options.servers = value_or_throw(client::servers_from(servers));
    const std::string secret = identity, shown = token;
    if (!secret.empty()) options.identity = value_or_throw(client::seed_from(secret));
    options.token = Bytes::copy_of(shown);
    options.timeout = seconds_of(timeout);
    const py::gil_scoped_release unlocked;
    client_ = taken(client::Client::connect(std::move(options)));
  }
  ~PyClient() { close(); }

  void close() {
    const py::gil_scoped_release unlocked;  // a callback may wait for it
    client_->close();
  }
  void wait_connected(double patience) {
    const py::gil_scoped_release unlocked;
    const auto reached = client_->wait_connected(seconds_of(patience));
    if (!reached) throw Failed{reached.error()};
  }

  py::tuple run(const std::string& function, const std::string& worknode, const std::string& mode,
                const std::string& property, const std::string& other, std::int64_t value, std::int64_t key,
                std::int64_t expected, std::uint32_t limit, double timeout) {
    realm::Request r;
    r.function = value_or_throw(client::function_from(function));
    r.worknode = value_or_throw(client::worknode_from(worknode));
    r.mode = value_or_throw(client::mode_from(mode));
    r.property = value_or_throw(client::property_from(property));
    if (!other.empty()) r.other = value_or_throw(client::worknode_from(other));
    r.value = value;
    r.key = key;
    r.expected = expected;
    r.limit = limit;
    client::Value out;
    {
      const py::gil_scoped_release unlocked;
      out = taken(client_->run(std::move(r), seconds_of(timeout)));
    }
    return py::make_tuple(out.found, std::move(out.items), out.more);
  }

  py::object kv(const std::string& function, const py::bytes& key, const py::bytes& value) {
    const std::string k = key, v = value;
    kv::Command command;
    command.kind = function == "put"      ? kv::CommandKind::put
                   : function == "remove" ? kv::CommandKind::remove
                   : function == "append" ? kv::CommandKind::append
                                          : kv::CommandKind::get;
    command.key = Bytes::copy_of(k);
    command.value = Bytes::copy_of(v);
    client::KvValue out;
    {
      const py::gil_scoped_release unlocked;
      out = taken(client_->run(std::move(command)));
    }
    if (!out.found) return py::none();
    return py::bytes(std::string(out.value.text()));
  }

  std::uint64_t watch(const std::string& worknode, const std::string& property, const std::string& mode,
                      double interval, const py::function& told) {
    client::WatchSpec spec;
    spec.worknode = value_or_throw(client::worknode_from(worknode));
    spec.property = value_or_throw(client::property_from(property));
    spec.mode = value_or_throw(client::mode_from(mode));
    spec.interval = seconds_of(interval);
    // The function is Python's: it is let go with the lock held, whichever thread does it.
    const std::shared_ptr<py::function> kept(new py::function(told), [](py::function* f) {
      const py::gil_scoped_acquire lock;
      delete f;
    });
    const py::gil_scoped_release unlocked;
    return client_->watch(std::move(spec), [kept](const client::Answer<client::Value>& value) {
      const py::gil_scoped_acquire lock;
      try {
        if (value) {
          (*kept)(py::none(), value->found, value->items);
        } else {
          (*kept)(py::str(std::string(client::to_string(value.error().problem))), false,
                  py::str(value.error().message));
        }
      } catch (py::error_already_set& error) {
        error.discard_as_unraisable("worknode.Client.watch");
      }
    });
  }
  void unwatch(std::uint64_t id) {
    const py::gil_scoped_release unlocked;
    client_->unwatch(id);
  }

  py::dict stats() {
    client::Stats s;
    {
      const py::gil_scoped_release unlocked;
      s = client_->stats();
    }
    py::dict out;
    out["connected"] = s.connected;
    out["home"] = s.home.value;
    out["operations"] = s.operations.operations;
    out["attempts"] = s.operations.attempts;
    out["ok"] = s.operations.ok;
    out["failed"] = s.operations.fail;
    out["unknown"] = s.operations.info;
    out["retries_refused"] = s.operations.retries_refused;
    out["bytes_in"] = s.bytes_in;
    out["bytes_out"] = s.bytes_out;
    return out;
  }

 private:
  std::unique_ptr<client::Client> client_;
};

}  // namespace

void bind_client(py::module_& m) {
  static py::handle failed = py::exception<Failed>(m, "_ClientFailed", PyExc_RuntimeError).release();
  py::register_exception_translator([](std::exception_ptr e) {
    try {
      if (e) std::rethrow_exception(e);
    } catch (const Failed& f) {
      const py::tuple words = py::make_tuple(std::string(client::to_string(f.failure.problem)),
                                             std::string(to_string(f.failure.code)), f.failure.message);
      PyErr_SetObject(failed.ptr(), words.ptr());
    }
  });
  py::class_<PyClient>(m, "Client")
      .def(py::init<const std::vector<std::string>&, const py::bytes&, const py::bytes&, double>(),
           py::arg("servers"), py::arg("identity"), py::arg("token"), py::arg("timeout"))
      .def("close", &PyClient::close)
      .def("wait_connected", &PyClient::wait_connected)
      .def("run", &PyClient::run, py::arg("function"), py::arg("worknode"), py::arg("mode"),
           py::arg("property"), py::arg("other"), py::arg("value"), py::arg("key"), py::arg("expected"),
           py::arg("limit"), py::arg("timeout"))
      .def("kv", &PyClient::kv)
      .def("watch", &PyClient::watch)
      .def("unwatch", &PyClient::unwatch)
      .def("stats", &PyClient::stats);
}

}  // namespace wn::python
