#include "scenarios/cluster_bench/ours.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "runtime/base/hex.h"
#include "runtime/client/answer.h"
#include "runtime/client/words.h"

namespace wn::cluster_bench {
namespace {

constexpr Duration kConnectPatience = seconds(10);
constexpr std::uint32_t kFirstWorknode = 1;

std::string text_of(const OursOptions& o, const std::vector<std::uint16_t>& ports,
                    const std::vector<std::uint16_t>& metric_ports,
                    const std::vector<capability::Seed>& seeds, std::size_t self) {
  std::string out = fmt::format(
      "[service]\nkind = \"{}\"\n\n[node]\nid = {}\nidentity = \"identity.key\"\ndata = \"data\"\n"
      "listen = \"127.0.0.1:{}\"\n\n[clients]\nrule = \"any\"\n\n[metrics]\nlisten = \"127.0.0.1:{}\"\n\n"
      "[raft]\nelection_timeout_min = \"{}ms\"\nelection_timeout_max = \"{}ms\"\nheartbeat_interval = "
      "\"{}ms\"\n",
      o.kv ? "kv" : "realm", self + 1, ports[self], metric_ports[self], o.election_min.ns / 1'000'000,
      o.election_max.ns / 1'000'000, o.heartbeat.ns / 1'000'000);
  if (!o.kv) {
    const std::uint32_t replicas = o.servers % 2 == 1 ? o.servers : o.servers - 1;
    out +=
        fmt::format("\n[realm]\nworknodes = {}\nrequests_max = 4096\n\n[groups]\ncount = {}\nreplicas = {}\n",
                    o.worknodes, o.groups, replicas);
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (i == self) continue;
    out += fmt::format("\n[[peer]]\nid = {}\naddress = \"127.0.0.1:{}\"\nkey = \"{}\"\n", i + 1, ports[i],
                       hex_of(quic::key_of(seeds[i]).bytes));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Ours>> Ours::start(const std::string& program, const std::string& folder,
                                          const OursOptions& options) {
  auto ours = std::make_unique<Ours>();
  ours->program_ = program;
  ours->folder_ = folder;
  for (std::uint32_t i = 0; i < options.servers; ++i) {
    ours->ports_.push_back(free_port());
    ours->metric_ports_.push_back(free_port());
    ours->seeds_.push_back(client::new_identity());
  }
  for (std::size_t i = 0; i < options.servers; ++i) {
    const std::string own = fmt::format("{}/n{}", folder, i + 1);
    mkdir(own.c_str(), 0700);
    umask(077);
    std::ofstream(own + "/identity.key") << hex_of(ours->seeds_[i].bytes) << "\n";
    std::ofstream(own + "/node.toml") << text_of(options, ours->ports_, ours->metric_ports_, ours->seeds_, i);
    ours->children_.emplace_back();
    if (const auto begun = ours->restart(i); !begun) return fail(begun.error());
  }
  return ours;
}

Result<void> Ours::restart(std::size_t i) {
  const std::string own = fmt::format("{}/n{}", folder_, i + 1);
  auto child = Child::start({program_, "node", "--config", own + "/node.toml"}, own + "/log");
  if (!child) return fail(child.error());
  children_[i] = std::move(*child);
  return {};
}

std::vector<client::Server> Ours::servers(std::uint32_t first) const {
  std::vector<client::Server> out;
  for (std::size_t k = 0; k < ports_.size(); ++k) {
    const std::size_t i = (first + k) % ports_.size();
    out.push_back({.host = "127.0.0.1",
                   .port = ports_[i],
                   .key = quic::key_of(seeds_[i]),
                   .id = NodeId{static_cast<std::uint32_t>(i + 1)}});
  }
  return out;
}

Duration Ours::processor_time() const {
  Duration out;
  for (const Child& c : children_) out = out + c.processor_time();
  return out;
}

std::uint64_t Ours::resident_bytes() const {
  std::uint64_t most = 0;
  for (const Child& c : children_) most = std::max(most, c.resident_bytes());
  return most;
}

std::string Ours::log(std::size_t i) const {
  std::ifstream in(fmt::format("{}/n{}/log", folder_, i + 1));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Ours::metrics(std::size_t i) const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(metric_ports_[i]);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string out;
  if (connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) {
    const std::string ask = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (send(fd, ask.data(), ask.size(), MSG_NOSIGNAL) > 0) {
      char buffer[16 << 10];
      for (ssize_t got = 0; (got = recv(fd, buffer, sizeof buffer, 0)) > 0;)
        out.append(buffer, static_cast<std::size_t>(got));
    }
  }
  close(fd);
  return out;
}

std::unique_ptr<OursTarget> OursTarget::connect(real::Loop& loop, const Ours& ours, std::uint32_t clients,
                                                std::uint32_t callers, std::uint32_t window) {
  auto target = std::make_unique<OursTarget>();
  target->window_ = window;
  for (std::uint32_t i = 0; i < clients; ++i) {
    client::SeatOptions options;
    options.servers = ours.servers(i);
    options.identity = client::new_identity();
    options.driver.core.timeout = seconds(10);
    options.driver.core.retry = seconds(2);
    options.driver.kv.operation_timeout = seconds(10);
    options.driver.kv.attempt_timeout = seconds(2);
    options.driver.kv_lanes = std::max(window * ((callers + clients - 1) / clients), 1U);
    auto seat = client::Seat::make(loop, std::move(options));
    if (!seat) return nullptr;
    target->seats_.push_back(std::move(*seat));
  }
  const Instant until = loop.now() + kConnectPatience;
  const auto all = [&] {
    return std::ranges::all_of(target->seats_, [&](const auto& seat) {
      return std::ranges::all_of(seat->endpoint().peers(), [](const auto& p) { return p.connected; });
    });
  };
  while (!all()) {
    if (loop.now() > until) return nullptr;
    loop.turn(milliseconds(20));
  }
  return target;
}

void OursTarget::ask(std::uint32_t client, std::uint32_t slot, std::uint64_t number, Done done) {
  const std::uint32_t place = client * window_ + slot;
  client::Driver& driver = seats_[client % seats_.size()]->driver();
  if (kv_) {
    kv::ClientOperation o;
    o.command.key = Bytes::copy_of(fmt::format("k{}", place));
    if (what_ == Ask::put) {
      o.command.kind = kv::CommandKind::put;
      o.command.value = Bytes::copy_of(fmt::format("{:0{}}", number, payload_));
    }
    o.kind = what_ == Ask::put ? kv::RequestKind::operation : kv::RequestKind::read;
    driver.submit(std::move(o),
                  [done = std::move(done)](client::KvAnswer&& a) { done(a.outcome == kv::Outcome::ok); });
    return;
  }
  client::Operation o;
  o.request.function = what_ == Ask::put ? realm::Function::put : realm::Function::get;
  o.request.mode = mode_;
  o.request.worknode = realm::numbered(kFirstWorknode + place);
  o.request.value = static_cast<std::int64_t>(number);
  driver.submit(std::move(o), [this, done = std::move(done)](client::RealmAnswer&& a) {
    if (a.outcome != client::Outcome::ok) {
      const auto answer = client::answer_of(realm::Function::put, client::RealmAnswer(a));
      if (!answer) last_failure_ = answer.error().message;
    }
    done(a.outcome == client::Outcome::ok);
  });
}

std::uint64_t OursTarget::wire_bytes() const {
  std::uint64_t out = 0;
  for (const auto& seat : seats_)
    out += seat->endpoint().stats().bytes_in + seat->endpoint().stats().bytes_out;
  return out;
}

}  // namespace wn::cluster_bench
