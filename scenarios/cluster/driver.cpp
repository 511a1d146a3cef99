#include "scenarios/cluster/driver.h"

#include <fstream>
#include <memory>
#include <vector>

#include "checkers/history/history_io.h"
#include "faults/live/hurt.h"
#include "faults/plan/names.h"
#include "runtime/base/check.h"
#include "runtime/quic/quic.h"
#include "runtime/real/loop.h"
#include "runtime/real/node.h"
#include "scenarios/cluster/control.h"
#include "scenarios/cluster/told.h"
#include "scenarios/cluster/trace_buffer.h"
#include "scenarios/cluster/true_time.h"
#include "scenarios/runner/recorder.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/realm_names.h"
#include "scenarios/workloads/tokens.h"

namespace wn::cluster {
namespace {

using faults::NodeRole;

bool is_client(NodeRole role) { return role == NodeRole::client || role == NodeRole::admin; }

constexpr std::size_t kWarmConnectionsMax =
    400;  // of clients to servers; beyond, they dial when they need one

Errc write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  return out ? Errc::ok : Errc::io_error;
}

std::string mode_of(const faults::Plan& plan, const faults::Operation& operation) {
  if (plan.system.service == faults::Service::kv) return "strong";
  return std::string(to_string(operation.mode));
}

// The recorder of the simulator, and how long things took since they were planned.
class Listener final : public scenarios::OperationListener {
 public:
  Listener(const faults::Plan& plan, std::function<SimTime()> now)
      : plan_(plan),
        now_(now),
        recorder_(now, [&plan](NodeId client) { return scenarios::home_of(plan, client); }) {}

  void on_invoke(std::uint32_t process, const faults::Operation& operation) override {
    recorder_.on_invoke(process, operation);
  }
  void on_complete(std::uint32_t process, const faults::Operation& operation,
                   const scenarios::OperationResult& result) override {
    recorder_.on_complete(process, operation, result);
    ++done_;
    if (result.outcome == checkers::Outcome::ok)
      latencies_[mode_of(plan_, operation)].add((now_() - operation.at).ns);
  }

  checkers::History take() { return recorder_.take(); }
  const Latencies& latencies() const { return latencies_; }
  std::uint64_t done() const { return done_; }

 private:
  const faults::Plan& plan_;
  std::function<SimTime()> now_;
  scenarios::Recorder recorder_;
  Latencies latencies_;
  std::uint64_t done_ = 0;
};

class Driver {
 public:
  explicit Driver(const DriverOptions& options)
      : options_(options),
        plan_(options.plan),
        listener_(plan_, [this] { return clock_.now(); }),
        system_(scenarios::make_plain_system(plan_, &listener_)) {}

  Result<void> open();
  int run();

 private:
  struct Client {
    std::unique_ptr<TraceProbe> probe;
    live::Hurt* hurt = nullptr;  // of the node's process
    std::unique_ptr<real::Node> node;
    bool admin = false;
  };
  Result<void> open_client(const faults::NodePlan& plan);
  quic::Options quic_options(NodeId id) const;
  void start(Client& client);
  void on_channel();
  void obey(const Control& control);
  void begin(const std::string& epoch);
  void finish();
  void tell_progress();

  const DriverOptions& options_;
  const faults::Plan& plan_;
  TrueClock clock_{0};
  Listener listener_;
  ProcessFactory system_;
  std::unique_ptr<TraceBuffer> trace_;
  std::unique_ptr<real::Loop> loop_;
  std::vector<std::unique_ptr<Client>> clients_;
  real::Loop::Timer go_, end_, tick_;
  int exit_ = 0;
};

Result<void> Driver::open() {
  auto trace = TraceBuffer::open(options_.trace);
  if (!trace) return fail(trace.error());
  trace_ = std::make_unique<TraceBuffer>(*std::move(trace));
  auto loop = real::Loop::make();
  if (!loop) return fail(loop.error());
  loop_ = *std::move(loop);
  for (const faults::NodePlan& node : plan_.nodes) {
    if (!is_client(node.role)) continue;
    if (auto opened = open_client(node); !opened) return opened;
  }
  go_ = loop_->add_timer([this] {
    for (const auto& client : clients_) start(*client);
  });
  end_ = loop_->add_timer([this] { finish(); });
  tick_ = loop_->add_timer([this] { tell_progress(); });
  if (loop_->watch(options_.channel, real::kReadable, [this](std::uint32_t) { on_channel(); }) != Errc::ok)
    return fail(Errc::internal, "the channel to the runner cannot be watched");
  return {};
}

Result<void> Driver::open_client(const faults::NodePlan& plan) {
  const Seat* seat = options_.net.find(plan.id);
  WN_CHECK(seat != nullptr);
  const auto bind = real::SocketAddress::parse(seat->address + ":" + std::to_string(seat->port));
  if (!bind) return fail(bind.error());
  real::NodeOptions node{.id = plan.id, .folder = "", .bind = *bind, .peers = {}, .udp = {}};
  node.udp.socket_buffer_bytes = 1U << 20;
  for (const faults::NodePlan& server : plan_.nodes) {
    if (is_client(server.role)) continue;
    const Seat* at = options_.net.find(server.id);
    const auto address = real::SocketAddress::parse(at->address + ":" + std::to_string(at->port));
    if (!address) return fail(address.error());
    node.peers.push_back({.id = server.id, .address = *address});
  }
  auto client = std::make_unique<Client>();
  client->admin = plan.role == NodeRole::admin;
  client->probe = std::make_unique<TraceProbe>(*trace_, plan.id, clock_);
  auto made = real::Node::make(*loop_, std::move(node), *client->probe);
  if (!made) return fail(made.error().code, faults::node_name(plan.id) + ": " + made.error().to_string());
  client->node = *std::move(made);
  clients_.push_back(std::move(client));
  return {};
}

quic::Options Driver::quic_options(NodeId id) const {
  quic::Options out;
  out.self = id;
  out.identity = scenarios::secret_of_client(plan_, id);
  std::size_t servers = 0;
  for (const faults::NodePlan& node : plan_.nodes) servers += is_client(node.role) ? 0 : 1;
  const bool warm = servers * clients_.size() <= kWarmConnectionsMax;
  for (const faults::NodePlan& node : plan_.nodes) {
    if (is_client(node.role)) continue;
    out.peers.push_back({.id = node.id,
                         .key = quic::key_of(scenarios::secret_of_server(plan_, node.id)),
                         .address = node.id,
                         .dial = warm ? quic::Dial::always : quic::Dial::on_demand});
  }
  return out;
}

void Driver::start(Client& client) {
  client.node->start([this, &client](NodeId id, Backend& outer) {
    live::HurtOptions options;
    options.self = id;
    options.seed = plan_.seed;
    options.incoming = true;  // servers cannot name a client's address
    const auto above = [this](NodeId self, Backend& datagrams) -> std::unique_ptr<Process> {
      const auto told = [this](NodeId client_id, Backend& door) {
        return make_told(system_, client_id, door, {.clock = clock_, .seed = plan_.seed, .life = 1});
      };
      return quic::make_quic(quic_options(self), told, datagrams);
    };
    auto hurt = std::make_unique<live::Hurt>(options, above, outer);
    client.hurt = hurt.get();
    return hurt;
  });
}

void Driver::on_channel() {
  for (;;) {
    const auto control = receive_control(options_.channel);
    if (control) {
      obey(*control);
    } else if (control.error().code == Errc::cancelled) {
      exit_ = 1;  // the runner is gone
      return loop_->stop();
    } else if (control.error().code == Errc::timed_out) {
      return;
    }
  }
}

void Driver::obey(const Control& control) {
  switch (control.kind) {
    case ControlKind::go:
      return begin(control.text);
    case ControlKind::admin:
      for (const auto& client : clients_) {
        if (client->admin) client->node->control(Bytes::copy_of(std::string_view(control.text)));
      }
      return;
    case ControlKind::begin_fault:
    case ControlKind::end_fault:
      for (const auto& client : clients_) {
        if (client->hurt == nullptr) continue;
        if (control.kind == ControlKind::end_fault) {
          client->hurt->end(control.fault.id);
        } else if (client->hurt->begin(control.fault) != Errc::ok) {
          (void)send_control(
              options_.channel,
              {.kind = ControlKind::progress, .fault = {}, .text = "a client refuses a fault"});
        }
      }
      return;
    case ControlKind::quit:
      return finish();
    default:
      return;
  }
}

void Driver::begin(const std::string& epoch) {
  const std::int64_t epoch_ns = std::strtoll(epoch.c_str(), nullptr, 10);
  clock_ = TrueClock(epoch_ns);
  const Instant origin = loop_->now() - Duration{monotonic_ns() - epoch_ns};
  loop_->arm(go_, origin);
  loop_->arm(end_, origin + plan_.duration);
  loop_->arm(tick_, origin + seconds(1));
}

void Driver::tell_progress() {
  (void)send_control(options_.channel, {.kind = ControlKind::progress,
                                        .fault = {},
                                        .text = std::to_string(listener_.done()) + " of " +
                                                std::to_string(plan_.operations.size()) + " operations"});
  loop_->arm(tick_, loop_->now() + seconds(1));
}

void Driver::finish() {
  for (const auto& client : clients_) {
    client->hurt = nullptr;
    if (client->node->running()) client->node->stop();
  }
  std::string latencies;
  for (const auto& [mode, histogram] : listener_.latencies())
    latencies += mode + " " + histogram.to_text() + "\n";
  const bool written =
      write_text(options_.folder / "history.jsonl", checkers::write_jsonl(listener_.take())) == Errc::ok &&
      write_text(options_.folder / "latency.txt", latencies) == Errc::ok;
  (void)send_control(options_.channel, {.kind = written ? ControlKind::done : ControlKind::trouble,
                                        .fault = {},
                                        .text = written ? "" : "the history cannot be written (disk full?)"});
  exit_ = written ? 0 : 1;
  loop_->stop();
}

int Driver::run() {
  (void)send_control(options_.channel, {.kind = ControlKind::ready, .fault = {}, .text = ""});
  loop_->run();
  return exit_;
}

}  // namespace

int run_driver(const DriverOptions& options) {
  Driver driver(options);
  if (auto opened = driver.open(); !opened) {
    (void)send_control(options.channel,
                       {.kind = ControlKind::trouble, .fault = {}, .text = opened.error().to_string()});
    return 1;
  }
  return driver.run();
}

Result<Latencies> read_latencies(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(Errc::not_found, file.string() + ": the clients left no latencies");
  Latencies out;
  for (std::string line; std::getline(in, line);) {
    const std::size_t gap = line.find(' ');
    if (gap == line.npos || !out[line.substr(0, gap)].add_text(line.substr(gap + 1)))
      return fail(Errc::bad_input, file.string() + ": not a histogram");
  }
  return out;
}

}  // namespace wn::cluster
