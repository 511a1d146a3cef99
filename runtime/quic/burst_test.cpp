// What is sent at once, as soon as that is possible: nothing of it is lost when the network loses nothing.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/quic/test_net.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

namespace {

constexpr std::uint8_t kTypes[] = {5, 45, 40, 60};  // one of each class
constexpr std::uint64_t kSmall = 500;
constexpr std::uint64_t kLarge = 20;

// A frame says which it is, and its type.
Bytes numbered(std::uint64_t n, std::size_t size) {
  return Bytes::build(size, [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(n >> (8 * (i % 4)));
  });
}

// The numbers of the frames that came, in order of number; damaged ones fail.
std::vector<std::uint64_t> numbers_of(const std::vector<Got>& got) {
  std::vector<std::uint64_t> out;
  for (const Got& one : got) {
    std::uint64_t n = 0;
    for (int i = 3; i >= 0; --i) n = n << 8 | one.frame.data()[i];
    REQUIRE(one.frame == numbered(n, one.frame.size()));
    out.push_back(n);
  }
  std::ranges::sort(out);
  return out;
}

struct Burst {
  std::uint64_t number = 0;
  std::vector<std::uint64_t> taken;
  void send(Network& network, NodeId to, std::uint64_t count, std::size_t size) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t n = ++number;
      if (network.send(to, numbered(n, size), kTypes[n % std::size(kTypes)]) == Errc::ok) taken.push_back(n);
    }
  }
};

bool connected(const Node& node, NodeId to) {
  const auto peers = node.endpoint->peers();
  return std::ranges::any_of(peers, [&](const PeerState& p) { return p.id == to && p.connected; });
}

struct Pair {
  Net net;
  Node* client = nullptr;
  Node* server = nullptr;
  NodeId client_is;

  explicit Pair(std::uint64_t seed) : net(seed) {
    net.latency = static_cast<std::int64_t>(100'000 + seed % 7 * 900'000);
    net.jitter = seed % 2 == 0 ? 0 : 4'000'000;  // packets overtake each other
  }
  void start(Limits limits = {}) {
    Options options = server_options(1, 1);
    options.clients = Clients::any;
    options.limits = limits;
    server = &net.add(options);
    options = client_options(2, 1);
    options.limits = limits;
    client_is = client_id(key_of(options.identity));
    client = &net.add(options);
  }
};

}  // namespace

TEST_CASE("a client's burst in the turn in which its handshake ends arrives, each frame once") {
  for (std::uint64_t seed = 0; seed < 28; ++seed) {
    Pair pair(seed);
    // Half of the time what ends the handshake falls behind all that follows it.
    std::vector<Bytes> late;
    if (seed % 4 >= 2) {
      pair.net.tap = [&](NodeId from, NodeId, Bytes& packet) {
        if (from != NodeId{2} || pair.client->stats().dialled == 0 || !late.empty()) return true;
        late.push_back(packet);
        return false;
      };
    }
    pair.start();
    Burst burst;
    burst.send(pair.client->network(), NodeId{1}, 40, 100);  // waits for the connection
    while (!connected(*pair.client, NodeId{1})) {
      pair.net.run_for(microseconds(1));
      REQUIRE(pair.net.now < 2'000'000'000);
    }
    burst.send(pair.client->network(), NodeId{1}, kSmall, 100);
    burst.send(pair.client->network(), NodeId{1}, kLarge, 60'000);
    pair.client->endpoint->on_control({});
    pair.net.run_for(microseconds(50));
    REQUIRE(late.size() == (seed % 4 >= 2 ? 1U : 0U));
    for (const Bytes& packet : late) pair.net.launch(NodeId{2}, NodeId{1}, packet);
    pair.net.run_for(seconds(5));
    INFO("seed " << seed);
    REQUIRE(burst.taken.size() == 40 + kSmall + kLarge);
    REQUIRE(numbers_of(pair.server->listener().got) == burst.taken);
  }
}

TEST_CASE("a server's burst in the turn in which a client's handshake ends arrives, each frame once") {
  for (std::uint64_t seed = 0; seed < 14; ++seed) {
    Pair pair(seed);
    pair.start();
    while (!connected(*pair.server, pair.client_is)) {
      pair.net.run_for(microseconds(1));
      REQUIRE(pair.net.now < 2'000'000'000);
    }
    Burst burst;
    burst.send(pair.server->network(), pair.client_is, kSmall, 100);
    burst.send(pair.server->network(), pair.client_is, kLarge, 60'000);
    pair.server->endpoint->on_control({});
    pair.net.run_for(seconds(5));
    INFO("seed " << seed);
    REQUIRE(burst.taken.size() == kSmall + kLarge);
    REQUIRE(numbers_of(pair.client->listener().got) == burst.taken);
  }
}

TEST_CASE("a burst larger than every window arrives without anything else being sent") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Pair pair(seed);
    Limits limits;
    limits.stranger_stream_window = limits.stream_window = 32U << 10;
    limits.stranger_connection_window = limits.connection_window = 80U << 10;
    limits.queue_bytes_max = 1U << 20;
    pair.start(limits);
    pair.net.run_for(milliseconds(200));
    Burst burst;
    burst.send(pair.client->network(), NodeId{1}, 200, 20'000);
    CHECK(burst.taken.size() < 200);  // the rest was refused, and said so
    CHECK(burst.taken.size() > 40);
    pair.client->endpoint->on_control({});
    pair.net.run_for(seconds(20));
    INFO("seed " << seed);
    REQUIRE(numbers_of(pair.server->listener().got) == burst.taken);
    CHECK(pair.client->endpoint->peers()[0].queued_bytes == 0);
  }
}

TEST_CASE("what the process above sends in any callback leaves without another one") {
  struct Sender final : Process {
    explicit Sender(Backend& backend) : door(backend) {}
    void on_start() override { send(); }
    void on_message(NodeId, const Bytes&) override { send(); }
    void on_timer(std::uint32_t) override { send(); }
    void on_disk(DiskCompletion) override { send(); }
    void on_control(const Bytes&) override { send(); }
    void send() { static_cast<void>(door.network.send(NodeId{1}, Bytes::copy_of("x"), 40)); }
    Backend& door;
  };
  Net net(3);
  Options options = server_options(1, 1);
  options.clients = Clients::any;
  Node& server = net.add(options);
  options = client_options(2, 1);
  options.keep_alive = {};
  Node& node = net.nodes[options.self];
  node.port = std::make_unique<Port>(net, options.self);
  node.endpoint = make_quic(
      options, [](NodeId, Backend& door) { return std::make_unique<Sender>(door); }, node.port->backend);
  node.endpoint->on_start();
  net.run_for(milliseconds(300));
  CHECK(server.listener().frames == 1);
  node.endpoint->on_timer(3);
  net.run_for(milliseconds(2));
  CHECK(server.listener().frames == 2);
  node.endpoint->on_disk({});
  net.run_for(milliseconds(2));
  CHECK(server.listener().frames == 3);
  node.endpoint->on_control({});
  net.run_for(milliseconds(2));
  CHECK(server.listener().frames == 4);
  REQUIRE(server.network().send(client_id(key_of(options.identity)), Bytes::copy_of("y"), 40) == Errc::ok);
  server.endpoint->on_control({});
  net.run_for(milliseconds(4));
  CHECK(server.listener().frames == 5);
}
