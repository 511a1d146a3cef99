#include "scenarios/cluster_bench/redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace wn::cluster_bench {
namespace {

// The end of the reply that begins there; 0: not whole yet. Simple strings, errors, integers, bulk.
std::size_t reply_end(const std::string& text, std::size_t from) {
  const std::size_t line = text.find("\r\n", from);
  if (line == std::string::npos) return 0;
  if (text[from] != '$') return line + 2;
  const long size = std::strtol(text.c_str() + from + 1, nullptr, 10);
  if (size < 0) return line + 2;
  const std::size_t end = line + 2 + static_cast<std::size_t>(size) + 2;
  return text.size() >= end ? end : 0;
}

}  // namespace

std::unique_ptr<RedisTarget> RedisTarget::connect(real::Loop& loop, std::uint16_t port,
                                                  std::uint32_t connections, std::uint32_t payload,
                                                  bool put) {
  std::unique_ptr<RedisTarget> target(new RedisTarget(loop, payload, put));
  for (std::uint32_t i = 0; i < connections; ++i) {
    auto c = std::make_unique<Connection>();
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const bool connected = ::connect(c->fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
    Connection* const raw = c.get();
    target->connections_.push_back(std::move(c));
    if (!connected || loop.watch(raw->fd, real::kReadable,
                                 [t = target.get(), raw](std::uint32_t) { t->on_ready(*raw); }) != Errc::ok)
      return nullptr;
  }
  return target;
}

RedisTarget::~RedisTarget() {
  for (const auto& c : connections_) {
    loop_.unwatch(c->fd);
    close(c->fd);
  }
}

void RedisTarget::ask(std::uint32_t client, std::uint32_t slot, std::uint64_t number, Done done) {
  Connection& c = *connections_[client % connections_.size()];
  const std::string key = fmt::format("k{}", client * 64 + slot);
  if (put_) {
    const std::string value = fmt::format("{:0{}}", number, payload_);
    c.out +=
        fmt::format("*3\r\n$3\r\nSET\r\n${}\r\n{}\r\n${}\r\n{}\r\n", key.size(), key, value.size(), value);
  } else {
    c.out += fmt::format("*2\r\n$3\r\nGET\r\n${}\r\n{}\r\n", key.size(), key);
  }
  c.waiting.push_back(std::move(done));
  if (std::exchange(c.flush_due, true)) return;
  loop_.at_turn_end([this, &c] { flush(c); });  // what a turn asks leaves together, as ours does
}

// What the kernel does not take now is small beside its buffers; it is tried again at the next answer.
void RedisTarget::flush(Connection& c) {
  c.flush_due = false;
  const ssize_t sent = ::send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
  if (sent > 0) c.out.erase(0, static_cast<std::size_t>(sent));
}

void RedisTarget::on_ready(Connection& c) {
  char buffer[64 << 10];
  const ssize_t got = recv(c.fd, buffer, sizeof buffer, 0);
  if (got == 0) loop_.unwatch(c.fd);
  if (got <= 0) return;
  c.in.append(buffer, static_cast<std::size_t>(got));
  std::size_t from = 0;
  for (;;) {
    const std::size_t end = reply_end(c.in, from);
    if (end == 0 || c.waiting.empty()) break;
    const bool refused = c.in[from] == '-';
    from = end;
    const Done done = std::move(c.waiting.front());
    c.waiting.pop_front();
    done(!refused);
  }
  c.in.erase(0, from);
  if (!c.out.empty()) flush(c);
}

}  // namespace wn::cluster_bench
