#pragma once
// A small world of endpoints over a datagram network in memory: virtual time, keyed latency and loss, and a
// tap that sees and may change every packet. Also an inner process that notes what it gets.
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/quic/quic.h"

namespace wn::quic::testing {

inline Seed seed_of(std::uint32_t n) {
  Seed out;
  for (std::size_t i = 0; i < 32; ++i) out.bytes[i] = static_cast<std::uint8_t>(n * 37 + i * 11 + 5);
  out.bytes[0] = static_cast<std::uint8_t>(n);
  out.bytes[1] = static_cast<std::uint8_t>(n >> 8);
  return out;
}

struct Got {
  NodeId from;
  Bytes frame;
};

// Notes frames; answers those that begin with '?' when told so.
class Listener final : public Process {
 public:
  explicit Listener(Backend& backend) : door(backend) {}
  void on_start() override {}
  void on_message(NodeId from, const Bytes& frame) override {
    ++frames;
    bytes += frame.size();
    if (keep) got.push_back({from, frame});
    if (answer && !frame.empty() && frame.data()[0] == '?') {
      static_cast<void>(door.network.send(from, Bytes::copy_of("!"), 33));
    }
  }
  void on_timer(std::uint32_t) override {}
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

  Backend& door;
  bool keep = true;
  bool answer = false;
  std::vector<Got> got;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
};

class Net;

// The outer Backend of one endpoint.
class Port final : public Clock, public Network, public Disk, public Entropy, public Probe {
 public:
  Port(Net& net, NodeId address) : net_(net), address_(address), backend{*this, *this, *this, *this, *this} {}
  Instant monotonic_now() const override;
  WallTime wall_now() const override { return {}; }
  void arm(std::uint32_t slot, Instant deadline) override { timers[slot] = deadline.ns; }
  void disarm(std::uint32_t slot) override { timers[slot] = INT64_MAX; }
  Errc send(NodeId to, Bytes packet, std::uint8_t type) override;
  Errc submit(DiskRequest) override { return Errc::ok; }
  Draw draw(Purpose purpose, std::uint64_t count) override;
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override { events.push_back({kind, field}); }
  void sometimes(Claim) override {}

  Net& net_;
  NodeId address_;
  Backend backend;
  std::array<std::int64_t, kTimerSlotsMax> timers = filled();
  std::vector<std::pair<TraceKind, std::array<std::uint64_t, 5>>> events;
  std::uint32_t life = 0;

 private:
  static std::array<std::int64_t, kTimerSlotsMax> filled() {
    std::array<std::int64_t, kTimerSlotsMax> out{};
    out.fill(INT64_MAX);
    return out;
  }
};

struct Node {
  std::unique_ptr<Port> port;
  std::unique_ptr<Endpoint> endpoint;
  Listener& listener() { return static_cast<Listener&>(endpoint->inner()); }
  Network& network() { return listener().door.network; }
  Stats stats() const { return endpoint->stats(); }
};

class Net {
 public:
  explicit Net(std::uint64_t seed) : random(seed) {}

  // An endpoint at the address that is its number.
  Node& add(Options options) {
    Node& node = nodes[options.self];
    if (!node.port) node.port = std::make_unique<Port>(*this, options.self);
    node.endpoint = make_quic(
        std::move(options), [](NodeId, Backend& door) { return std::make_unique<Listener>(door); },
        node.port->backend);
    node.endpoint->on_start();
    return node;
  }
  void kill(NodeId id) {
    Node& node = nodes[id];
    node.endpoint.reset();
    ++node.port->life;
    node.port->timers.fill(INT64_MAX);
  }

  // Puts a packet on the wire.
  void launch(NodeId from, NodeId to, Bytes packet) {
    sizes.emplace_back(from.value, packet.size());
    Draw draw = random.at("test.passage", from.value, ++launched);
    if (tap && !tap(from, to, packet)) return;
    if (draw.chance_ppm(loss_ppm)) return;
    const std::uint32_t copies = draw.chance_ppm(duplicate_ppm) ? 2 : 1;
    if (draw.chance_ppm(corrupt_ppm) && !packet.empty()) {
      const std::uint64_t bit = draw.below(packet.size() * 8);
      packet = Bytes::build(packet.size(), [&](std::uint8_t* out) {
        std::ranges::copy(packet.view(), out);
        out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] ^ (1U << (bit % 8)));
      });
    }
    for (std::uint32_t i = 0; i < copies; ++i) {
      const std::int64_t delay =
          latency + static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(jitter + 1)));
      wire.push({now + delay, ++order, from, to, packet});
    }
  }

  void run_for(Duration time) {
    const std::int64_t end = now + time.ns;
    while (step(end)) {
    }
    now = end;
  }

  std::int64_t now = 0;
  std::int64_t latency = 300'000;
  std::int64_t jitter = 100'000;
  std::uint64_t loss_ppm = 0;
  std::uint64_t duplicate_ppm = 0;
  std::uint64_t corrupt_ppm = 0;
  std::function<bool(NodeId from, NodeId to, Bytes& packet)> tap;  // false: lost
  std::map<NodeId, NodeId> moved;                                  // where a node's packets seem to come from
  std::map<NodeId, Node> nodes;
  std::vector<std::pair<std::uint32_t, std::size_t>> sizes;
  Random random;

 private:
  struct Flying {
    std::int64_t at;
    std::uint64_t order;
    NodeId from;
    NodeId to;
    Bytes packet;
    bool operator>(const Flying& other) const {
      return std::pair(at, order) > std::pair(other.at, other.order);
    }
  };

  bool step(std::int64_t end) {
    std::int64_t next = wire.empty() ? INT64_MAX : wire.top().at;
    Node* due = nullptr;
    std::uint32_t slot = 0;
    for (auto& [id, node] : nodes) {
      for (std::uint32_t s = 0; s < kTimerSlotsMax; ++s) {
        if (node.endpoint == nullptr || std::max(node.port->timers[s], now) >= next) continue;
        next = std::max(node.port->timers[s], now);
        due = &node;
        slot = s;
      }
    }
    if (next > end || next == INT64_MAX) return false;
    now = std::max(now, next);
    if (due != nullptr) {
      due->port->timers[slot] = INT64_MAX;
      due->endpoint->on_timer(slot);
      return true;
    }
    const Flying flying = wire.top();
    wire.pop();
    for (auto& [id, node] : nodes) {
      const auto it = moved.find(id);
      const NodeId address = it == moved.end() ? id : it->second;
      if (address == flying.to && node.endpoint) node.endpoint->on_message(flying.from, flying.packet);
    }
    return true;
  }

  std::priority_queue<Flying, std::vector<Flying>, std::greater<>> wire;
  std::uint64_t launched = 0;
  std::uint64_t order = 0;
};

inline Instant Port::monotonic_now() const { return Instant{net_.now}; }
inline Errc Port::send(NodeId to, Bytes packet, std::uint8_t) {
  const auto it = net_.moved.find(address_);
  net_.launch(it == net_.moved.end() ? address_ : it->second, to, std::move(packet));
  return Errc::ok;
}
inline Draw Port::draw(Purpose purpose, std::uint64_t count) {
  return net_.random.at(purpose, address_.value + (life << 16), count);
}

// `count` servers 1 ... count that know each other, in one realm.
inline Options server_options(std::uint32_t self, std::uint32_t count) {
  Options out;
  out.self = NodeId{self};
  out.identity = seed_of(self);
  for (std::uint32_t i = 1; i <= count; ++i) {
    if (i != self) out.peers.push_back({.id = NodeId{i}, .key = key_of(seed_of(i)), .address = NodeId{i}});
  }
  return out;
}

// A client 100 + n of servers 1 ... count.
inline Options client_options(std::uint32_t self, std::uint32_t servers) {
  Options out = server_options(self, servers);
  for (Peer& peer : out.peers) peer.dial = Dial::always;
  return out;
}

}  // namespace wn::quic::testing
