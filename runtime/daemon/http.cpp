// The only file that sees cpp-httplib.
#include "runtime/daemon/http.h"

#include <httplib.h>

#include <atomic>
#include <charconv>
#include <thread>

#include "runtime/real/os.h"

namespace wn::daemon {
namespace {

constexpr std::size_t kThreads = 2;
constexpr time_t kPatienceSeconds = 5;
constexpr const char* kText = "text/plain; version=0.0.4; charset=utf-8";

void answer(httplib::Response& response, const std::string& reason) {
  response.status = reason.empty() ? 200 : 503;
  response.set_content(reason.empty() ? "ok\n" : reason + "\n", "text/plain; charset=utf-8");
}

}  // namespace

struct HttpFace::Parts {
  httplib::Server server;
  std::string host;
  int port = 0;
  std::atomic<bool> ended = false;
  std::thread thread;
};

HttpFace::HttpFace(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpFace::~HttpFace() {
  parts_->server.stop();
  parts_->thread.join();
}

std::string HttpFace::address() const { return parts_->host + ":" + std::to_string(parts_->port); }

Result<std::unique_ptr<HttpFace>> HttpFace::open(const std::string& address, const Board& board) {
  auto parts = std::make_unique<Parts>();
  const std::size_t colon = address.rfind(':');
  parts->host = address.substr(0, colon);
  std::string host = parts->host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), parts->port);
  httplib::Server& server = parts->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_read_timeout(kPatienceSeconds);
  server.set_write_timeout(kPatienceSeconds);
  server.set_keep_alive_max_count(100);
  server.set_payload_max_length(1024);
  // Without SO_REUSEPORT, its default, under which two daemons would share one port.
  server.set_socket_options([](int socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.Get("/metrics", [&board](const httplib::Request&, httplib::Response& response) {
    const auto snapshot = board.latest();
    if (!snapshot) return answer(response, "starting");
    response.set_content(metrics_text(*snapshot, process_use()), kText);
  });
  server.Get("/healthz", [&board](const httplib::Request&, httplib::Response& response) {
    answer(response, unhealthy(board.latest().get(), real::monotonic_now()));
  });
  server.Get("/readyz", [&board](const httplib::Request&, httplib::Response& response) {
    answer(response, unready(board.latest().get(), real::monotonic_now()));
  });
  if (parts->port == 0) {
    parts->port = server.bind_to_any_port(host);
    if (parts->port <= 0) return fail(Errc::not_found, address + ": cannot be listened on");
  } else if (!server.bind_to_port(host, parts->port)) {
    return fail(Errc::already_exists, address + ": in use, or not an address of this machine");
  }
  parts->thread = std::thread([&server, &ended = parts->ended] {
    server.listen_after_bind();
    ended = true;
  });
  // What follows may stop it again: not before it has begun.
  while (!server.is_running() && !parts->ended) std::this_thread::yield();
  return std::unique_ptr<HttpFace>(new HttpFace(std::move(parts)));
}

}  // namespace wn::daemon
