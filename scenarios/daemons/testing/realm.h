#pragma once
// Daemons as child processes on loopback, for this room's tests: their folders, keys, ports, configurations.
#include <httplib.h>

#include "runtime/base/hex.h"
#include "runtime/client/client.h"
#include "runtime/daemon/config.h"
#include "scenarios/daemons/process.h"

namespace wn::scenarios::testing {

// `count` daemons, their configurations and keys.
class Realm {
 public:
  Realm(std::uint32_t count, daemon::Service service) : ports_(count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const Ran made = scratch_.worknode("node --new-identity n" + std::to_string(i + 1) + ".key");
      REQUIRE(made.code == 0);
      keys_.push_back(made.out.substr(0, 64));
    }
    for (std::uint32_t i = 0; i < count; ++i)
      scratch_.write(name(i) + ".toml", daemon::write(config(i, service)));
    children_.resize(count);
  }
  std::string name(std::size_t i) const { return "n" + std::to_string(i + 1); }
  fs::path file(const std::string& name) const { return scratch_ / name; }
  const Scratch& scratch() const { return scratch_; }
  int port(std::size_t i) const { return ports_[i]; }
  std::string log(std::size_t i) const { return slurp(file(name(i) + ".log")); }

  // `before`: the words of a command that runs the daemon.
  void start(std::size_t i, std::vector<std::string> before = {}) {
    for (const std::string& word :
         {std::string(WN_PROGRAM), std::string("node"), std::string("--config"), name(i) + ".toml"})
      before.push_back(word);
    children_[i].emplace(before, file("").string(), file(name(i) + ".out").string());
  }
  void start_all() {
    for (std::size_t i = 0; i < children_.size(); ++i) start(i);
    for (std::size_t i = 0; i < children_.size(); ++i) {
      INFO(log(i) << slurp(file(name(i) + ".out")));
      REQUIRE(wait_until([&] { return get(i, "/readyz").first == 200; }));
    }
  }
  Child& child(std::size_t i) { return *children_[i]; }
  int end(std::size_t i, int signal) {
    const int code = children_[i]->end(signal);
    children_[i].reset();
    return code;
  }

  // 0: it does not answer.
  std::pair<int, std::string> get(std::size_t i, const std::string& path) const {
    const std::string told = log(i);
    const std::size_t at = told.rfind("metrics=127.0.0.1:");
    if (at == std::string::npos) return {};
    httplib::Client client("http://" + told.substr(at + 8, told.find(' ', at) - at - 8));
    const auto got = client.Get(path);
    return got ? std::pair(got->status, got->body) : std::pair(0, std::string());
  }
  // Of one daemon alone, or of all of them.
  std::unique_ptr<client::Client> client(std::size_t i, Duration timeout = seconds(30)) const {
    return client(std::vector{url(i)}, timeout);
  }
  std::unique_ptr<client::Client> client_of_all() const {
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < keys_.size(); ++i) urls.push_back(url(i));
    return client(urls, seconds(30));
  }

  std::string url(std::size_t i) const {
    return "quic://127.0.0.1:" + std::to_string(port(i)) + "/" + keys_[i] + "?id=" + std::to_string(i + 1);
  }

 private:
  static std::unique_ptr<client::Client> client(const std::vector<std::string>& urls, Duration timeout) {
    auto servers = client::servers_from(urls);
    REQUIRE(servers.has_value());
    auto made = client::Client::connect({.servers = *servers, .timeout = timeout});
    REQUIRE(made.has_value());
    return *std::move(made);
  }
  daemon::Config config(std::uint32_t self, daemon::Service service) const {
    // With one node: never, so that its log grows.
    const std::uint32_t compact_every = keys_.size() == 1 ? 1'000'000 : 50;
    daemon::Config out;
    out.service = service;
    out.id = NodeId{self + 1};
    out.identity = name(self) + ".key";
    out.data = name(self) + ".data";
    out.listen = "127.0.0.1:" + std::to_string(port(self));
    out.metrics_listen = "127.0.0.1:0";
    out.log_file = name(self) + ".log";
    out.host.realm.worknodes = 20;
    out.host.compact_every_updates = compact_every;
    if (service == daemon::Service::realm) out.groups = 3;
    if (keys_.size() == 1) out.group_replicas = 1;
    for (std::uint32_t i = 0; i < keys_.size(); ++i) {
      if (i == self) continue;
      daemon::Peer peer{.id = NodeId{i + 1}, .address = "127.0.0.1:" + std::to_string(port(i)), .key = {}};
      REQUIRE(from_hex(keys_[i], peer.key.bytes));
      out.peers.push_back(peer);
    }
    return out;
  }

  Scratch scratch_;
  Ports ports_;
  std::vector<std::string> keys_;
  std::vector<std::optional<Child>> children_;
};

}  // namespace wn::scenarios::testing
