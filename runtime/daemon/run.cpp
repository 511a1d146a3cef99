// The composition, from start to stop.
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/daemon/agreement.h"
#include "runtime/daemon/daemon.h"
#include "runtime/daemon/http.h"
#include "runtime/daemon/identity.h"
#include "runtime/daemon/log.h"
#include "runtime/daemon/meters.h"
#include "runtime/daemon/reporter.h"
#include "runtime/real/loop.h"
#include "runtime/real/node.h"
#include "runtime/real/os.h"

namespace wn::daemon {
namespace {

constexpr Duration kWatchInterval = milliseconds(250);  // between two looks at the meters
constexpr Duration kGoodbye = milliseconds(50);         // for the last packets

std::unexpected<Error> with(const std::string& what, const Error& error) {
  return fail(error.code, what + ": " + error.message);
}

class Daemon {
 public:
  Daemon(const Config& config, const Hooks& hooks) : config_(config), hooks_(hooks) {}

  Result<void> run() {
    if (auto begun = begin(); !begun) return begun;
    loop_->run();
    node_->stop();
    reporter_->stopped(metered_failure());
    if (meters_.failed) {
      return fail(static_cast<Errc>(meters_.failure),
                  config_.data + ": the disk or what is on it failed: " +
                      std::string(to_string(static_cast<Errc>(meters_.failure))));
    }
    return {};
  }

 private:
  Result<void> begin() {
    auto identity = read_identity(config_.identity);
    if (!identity) return fail(identity.error());
    auto sink = FileSink::open(config_.log_file);
    if (!sink) return with("log", sink.error());
    sink_ = *std::move(sink);
    auto loop = real::Loop::make();
    if (!loop) return with("event loop", loop.error());
    loop_ = *std::move(loop);
    reporter_ = std::make_unique<Reporter>(config_, *sink_, meters_, board_);
    events_ = std::make_unique<EventMeter>(meters_, hooks_.probe, reporter_.get());
    // Before any other thread is there: it would not know that they are blocked.
    // A file over the limit of its size is the error of one write, not the end of the process.
    ::signal(SIGXFSZ, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};
    if (const Errc e = loop_->watch_signals(kSignals, [this](int signal) { on_signal(signal); });
        e != Errc::ok)
      return fail(e, "signals cannot be watched");
    if (auto made = make_node(); !made) return made;
    if (!config_.metrics_listen.empty()) {
      auto http = HttpFace::open(config_.metrics_listen, board_);
      if (!http) return with("metrics", http.error());
      http_ = *std::move(http);
    }
    if (hooks_.began) hooks_.began(*loop_, *node_);
    watch_timer_ = loop_->add_timer([this] { watch(); });
    loop_->arm(watch_timer_, loop_->now());
    node_->start(machine_factory(*identity));
    reporter_->started(node_->network().local().to_string(), http_ ? http_->address() : "",
                       quic::key_of(*identity));
    return {};
  }

  Result<void> make_node() {
    real::NodeOptions options;
    options.id = config_.id;
    options.folder = config_.data;
    const auto listen = real::SocketAddress::resolve(config_.listen);
    if (!listen) return with("listen = \"" + config_.listen + "\"", listen.error());
    options.bind = *listen;
    for (const Peer& peer : config_.peers) {
      const auto address = real::SocketAddress::resolve(peer.address);
      if (!address)
        return with("peer " + std::to_string(peer.id.value) + ": " + peer.address, address.error());
      options.peers.push_back({peer.id, *address});
    }
    auto node = real::Node::make(*loop_, std::move(options), *events_);
    if (!node) return fail(node.error());
    node_ = *std::move(node);
    return {};
  }

  ProcessFactory service_factory(const capability::Seed& identity) {
    if (config_.service == Service::kv) {
      node::Options options = node_options(config_);
      options.defect = hooks_.defect;
      return [options](NodeId, Backend& door) { return node::make_node(options, door); };
    }
    host::Options options = host_options(config_, identity);
    options.defect = hooks_.defect;
    options.realm.defect = hooks_.defect;
    return [this, options](NodeId, Backend& door) {
      auto server = host::make_host(options, door);
      server_ = server.get();
      return server;
    };
  }

  ProcessFactory machine_factory(const capability::Seed& identity) {
    ProcessFactory service = service_factory(identity);
    if (hooks_.service) service = hooks_.service(std::move(service));
    ProcessFactory metered = [this, service](NodeId id, Backend& door) {
      auto process = std::make_unique<Metered>(id, door, service, meters_);
      metered_ = process.get();
      return process;
    };
    ProcessFactory agreeing = [this, metered](NodeId id, Backend& door) {
      AgreementOptions options{.shared = shared_of(config_),
                               .members = {},
                               .differs = [this](const Difference& d) { reporter_->differs(d); }};
      for (const Peer& peer : config_.peers) options.members.push_back(peer.id);
      return std::make_unique<Agreeing>(id, door, metered, std::move(options));
    };
    ProcessFactory transport = [this, agreeing, options = quic_options(config_, identity)](NodeId,
                                                                                           Backend& door) {
      auto endpoint = quic::make_quic(options, agreeing, door);
      endpoint_ = endpoint.get();
      return endpoint;
    };
    return hooks_.machine ? hooks_.machine(std::move(transport)) : transport;
  }

  std::optional<Errc> metered_failure() const {
    if (!meters_.failed) return std::nullopt;
    return static_cast<Errc>(meters_.failure);
  }

  // A few times a second, and more often while stopping.
  void watch() {
    if (meters_.failed) return loop_->stop();
    if (metered_ != nullptr) metered_->count_under_way();
    reporter_->look({.now = loop_->now(),
                     .server = server_,
                     .endpoint = endpoint_,
                     .loop = loop_->stats(),
                     .udp = node_->network().stats()});
    if (!stopping_) return loop_->arm(watch_timer_, loop_->now() + kWatchInterval);
    const bool drained = metered_ == nullptr || metered_->idle() || loop_->now() >= drain_until_;
    if (!drained) return loop_->arm(watch_timer_, loop_->now() + milliseconds(5));
    if (!said_goodbye_ && endpoint_ != nullptr) {
      said_goodbye_ = true;
      endpoint_->shut_down();
      return loop_->arm(watch_timer_, loop_->now() + kGoodbye);
    }
    loop_->stop();
  }

  void on_signal(int signal) {
    if (signal == SIGHUP) return reporter_->reopen();
    if (stopping_) ::_exit(128 + signal);
    stopping_ = true;
    drain_until_ = loop_->now() + kDrainMax;
    reporter_->stopping(signal);
    if (metered_ != nullptr) metered_->close();
    loop_->arm(watch_timer_, loop_->now());
  }

  const Config& config_;
  const Hooks& hooks_;
  Meters meters_;
  Board board_;
  std::unique_ptr<FileSink> sink_;
  std::unique_ptr<real::Loop> loop_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<EventMeter> events_;
  std::unique_ptr<HttpFace> http_;
  std::unique_ptr<real::Node> node_;
  // Of the process that the node runs.
  host::Server* server_ = nullptr;
  Metered* metered_ = nullptr;
  quic::Endpoint* endpoint_ = nullptr;
  real::Loop::Timer watch_timer_;
  bool stopping_ = false;
  bool said_goodbye_ = false;
  Instant drain_until_;
};

}  // namespace

Result<void> run(const Config& config, const Hooks& hooks) { return Daemon(config, hooks).run(); }

}  // namespace wn::daemon
