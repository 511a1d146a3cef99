#include "scenarios/cluster_bench/peers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>

namespace wn::cluster_bench {

Result<Etcd> Etcd::start(std::uint32_t members, const std::string& folder, std::uint32_t election_ms) {
  Etcd out;
  out.folder_ = folder;
  std::vector<std::uint16_t> peer_ports;
  std::string cluster;
  for (std::uint32_t i = 0; i < members; ++i) {
    out.ports_.push_back(free_port());
    peer_ports.push_back(free_port());
    cluster += fmt::format("{}m{}=http://127.0.0.1:{}", i == 0 ? "" : ",", i, peer_ports[i]);
  }
  for (std::uint32_t i = 0; i < members; ++i) {
    const std::string url = fmt::format("http://127.0.0.1:{}", out.ports_[i]);
    const std::string peer = fmt::format("http://127.0.0.1:{}", peer_ports[i]);
    out.commands_.push_back({"etcd",
                             "--name",
                             fmt::format("m{}", i),
                             "--data-dir",
                             fmt::format("{}/m{}", folder, i),
                             "--listen-client-urls",
                             url,
                             "--advertise-client-urls",
                             url,
                             "--listen-peer-urls",
                             peer,
                             "--initial-advertise-peer-urls",
                             peer,
                             "--initial-cluster",
                             cluster,
                             "--initial-cluster-state",
                             "new",
                             "--heartbeat-interval",
                             std::to_string(election_ms / 10),
                             "--election-timeout",
                             std::to_string(election_ms),
                             "--log-level",
                             "error"});
    out.children_.emplace_back();
    out.restart(i);
  }
  const std::string health = fmt::format("etcdctl --endpoints={} endpoint health", out.endpoints());
  for (int tries = 0; tries < 100; ++tries) {
    if (std::system(("ETCDCTL_API=3 " + health + " >/dev/null 2>&1").c_str()) == 0) return out;
    usleep(100'000);
  }
  return fail(Errc::timed_out, "etcd does not become healthy");
}

void Etcd::restart(std::size_t i) {
  auto child = Child::start(commands_[i], fmt::format("{}/m{}.log", folder_, i));
  if (child) children_[i] = std::move(*child);
}

std::string Etcd::endpoints() const {
  std::string out;
  for (const std::uint16_t port : ports_) out += fmt::format("{}127.0.0.1:{}", out.empty() ? "" : ",", port);
  return out;
}

Duration Etcd::processor_time() const {
  Duration out;
  for (const Child& c : children_) out = out + c.processor_time();
  return out;
}

int Etcd::leader() const {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    // endpoint, id, version, size, is leader, …
    const std::string line = output_of(
        fmt::format("ETCDCTL_API=3 etcdctl --endpoints=127.0.0.1:{} endpoint status 2>/dev/null", ports_[i]));
    std::istringstream fields(line);
    std::string field;
    for (int k = 0; k < 5; ++k) std::getline(fields, field, ',');
    if (field.find("true") != std::string::npos) return static_cast<int>(i);
  }
  return -1;
}

Result<Child> start_redis(std::uint16_t port, const std::string& folder) {
  return Child::start({"redis-server", "--port", std::to_string(port), "--bind", "127.0.0.1", "--dir", folder,
                       "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no"},
                      folder + "/redis.log");
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* const path = std::getenv("PATH");
  std::istringstream in(path == nullptr ? "" : path);
  for (std::string folder; std::getline(in, folder, ':');) {
    const std::string file = folder + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  while (pipe && fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr)
    out += buffer.data();
  return out;
}

}  // namespace wn::cluster_bench
