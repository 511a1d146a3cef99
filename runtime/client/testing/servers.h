#pragma once
// For this room's tests: servers of a realm or of the key-value service over QUIC on loopback, all on one
// thread. They can be stopped and started again on the same address and folder.
#include <fmt/format.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/client/words.h"
#include "runtime/host/group_map.h"
#include "runtime/host/host.h"
#include "runtime/node/node.h"
#include "runtime/quic/quic.h"
#include "runtime/real/loop.h"
#include "runtime/real/node.h"
#include "runtime/real/probes.h"
#include "runtime/real/test_folder.h"

namespace wn::client {

enum class TestService { realm, kv };

class TestServers {
 public:
  TestServers(std::uint32_t count, TestService service) : service_(service) {
    loop_ = *real::Loop::make();
    for (std::uint32_t n = 1; n <= count; ++n) {
      auto server = std::make_unique<One>();
      server->seed.bytes.fill(static_cast<std::uint8_t>(0x40 + n));
      members_.push_back(NodeId{n});
      servers_.push_back(std::move(server));
    }
    for (std::uint32_t n = 1; n <= count; ++n) {
      One& s = *servers_[n - 1];
      s.node = *real::Node::make(*loop_, {.id = NodeId{n}, .folder = s.folder.path()}, probe_);
      s.address = s.node->network().local();
    }
    for (auto& s : servers_) {
      for (std::uint32_t n = 1; n <= count; ++n) {
        if (servers_[n - 1] != s) s->node->network().set_peer(NodeId{n}, servers_[n - 1]->address);
      }
      begin(*s);
    }
    thread_ = std::thread([this] { loop_->run(); });
  }
  TestServers(const TestServers&) = delete;
  TestServers& operator=(const TestServers&) = delete;
  ~TestServers() {
    on_loop([this] { loop_->stop(); });
    thread_.join();
    for (auto& s : servers_) s->node->stop();
  }

  // `first` comes first: the home of a client of these.
  std::vector<Server> servers(std::uint32_t first = 1) const {
    std::vector<Server> out;
    for (std::uint32_t i = 0; i < servers_.size(); ++i) {
      const std::uint32_t n = (first - 1 + i) % static_cast<std::uint32_t>(servers_.size()) + 1;
      const One& s = *servers_[n - 1];
      out.push_back(
          {.host = "127.0.0.1", .port = s.address.port, .key = quic::key_of(s.seed), .id = NodeId{n}});
    }
    return out;
  }
  void stop(std::uint32_t n) {
    on_loop([&] { servers_[n - 1]->node->stop(); });
  }
  void start(std::uint32_t n) {
    on_loop([&] { begin(*servers_[n - 1]); });
  }

 private:
  struct One {
    real::TestFolder folder;
    capability::Seed seed;
    real::SocketAddress address;
    std::unique_ptr<real::Node> node;
  };

  void on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    WN_CHECK(loop_->post([&] { task(), done.set_value(); }) == Errc::ok);
    done.get_future().wait();
  }

  void begin(One& s) {
    s.node->start([this, &s](NodeId id, Backend& backend) -> std::unique_ptr<Process> {
      quic::Options options;
      options.self = id;
      options.identity = s.seed;
      options.clients = quic::Clients::any;
      for (const NodeId other : members_) {
        const One& peer = *servers_[other.value - 1];
        if (other != id)
          options.peers.push_back({.id = other, .key = quic::key_of(peer.seed), .address = other});
      }
      return quic::make_quic(
          options, [this](NodeId self, Backend& inner) { return service(self, inner); }, backend);
    });
  }

  std::unique_ptr<Process> service(NodeId id, Backend& backend) const {
    if (service_ == TestService::kv) {
      node::Options options;
      options.id = id;
      for (const NodeId member : members_) options.initial.voters.insert_sorted(member);
      return node::make_node(options, backend);
    }
    host::Options options;
    options.realm.node = id;
    options.realm.members = members_;
    options.realm.worknodes = 40;
    options.realm.fan_out = 3;
    options.realm.limits.memory_bytes = 8U << 20;
    options.realm.limits.actors_max = 256;
    options.realm.limits.messages_max = 4096;
    options.realm.limits.fiber_stacks = 4;
    options.realm.limits.fiber_stack_bytes = 64U << 10;
    options.endpoint = true;
    options.groups.groups = host::first_groups({.groups = 2,
                                                .replicas = static_cast<std::uint32_t>(members_.size()),
                                                .members = members_,
                                                .worknodes = 40,
                                                .fan_out = 3});
    return host::make_host(options, backend);
  }

  TestService service_;
  real::NullProbe probe_;
  std::unique_ptr<real::Loop> loop_;
  std::vector<NodeId> members_;
  std::vector<std::unique_ptr<One>> servers_;
  std::thread thread_;
};

}  // namespace wn::client
