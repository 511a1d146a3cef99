// Input of nobody in particular: random bytes, damaged and repeated packets, floods from thousands of
// addresses. What must hold before anybody is authenticated: no more bytes leave to an address than came from
// it, memory is bounded, nothing crashes, and configured peers still get through.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "runtime/quic/test_net.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

namespace {

constexpr std::uint32_t kServer = 1;
constexpr NodeId kStranger{0xF000'0000};

std::uint64_t rounds(std::uint64_t otherwise) {
  const char* const more = std::getenv("WORKNODE_FUZZ");
  return otherwise + (more != nullptr ? std::strtoull(more, nullptr, 10) : 0);
}

// Counts what comes from and goes to each address, and complains at the first byte too many.
class Ledger {
 public:
  explicit Ledger(Net& net) {
    net.tap = [this](NodeId from, NodeId to, Bytes& packet) {
      if (from == NodeId{kServer}) {
        std::uint64_t& owed = credit_[to];
        if (!authenticated.contains(to)) excess = excess || packet.size() > owed;
        owed -= std::min<std::uint64_t>(owed, packet.size());
        out += packet.size();
      }
      return more ? more(from, to, packet) : true;
    };
  }
  void came(NodeId from, std::size_t bytes) { credit_[from] += bytes; }
  std::function<bool(NodeId, NodeId, Bytes&)> more;
  std::set<NodeId> authenticated;
  bool excess = false;
  std::uint64_t out = 0;

 private:
  std::map<NodeId, std::uint64_t> credit_;
};

void inject(Node& server, Ledger& ledger, NodeId from, const Bytes& packet) {
  ledger.came(from, packet.size());
  server.endpoint->on_message(from, packet);
}

// All packets that a client sends in an honest connection.
std::vector<Bytes> honest_packets(std::uint64_t seed) {
  Net net(seed);
  std::vector<Bytes> out;
  Options options = server_options(kServer, 1);
  options.clients = Clients::any;
  net.add(options);
  net.tap = [&](NodeId from, NodeId, Bytes& packet) {
    if (from != NodeId{kServer}) out.push_back(packet);
    return true;
  };
  Node& client = net.add(client_options(500, 1));
  net.run_for(milliseconds(100));
  for (int i = 0; i < 5; ++i) {
    static_cast<void>(client.network().send(NodeId{kServer}, Bytes::copy_of("a request"), 32));
    client.endpoint->on_control({});
    net.run_for(milliseconds(10));
  }
  REQUIRE(net.nodes[NodeId{kServer}].listener().frames == 5);
  return out;
}

}  // namespace

TEST_CASE("random datagrams leave no state and get no more bytes than they brought") {
  Net net(41);
  Ledger ledger(net);
  ledger.authenticated = {NodeId{2}, NodeId{3}};  // that it dials itself
  Node& server = net.add(server_options(kServer, 3));
  net.run_for(milliseconds(1));
  const std::uint64_t at_rest = server.stats().library_bytes;
  const std::uint64_t dials = server.stats().connections;
  for (std::uint64_t i = 0; i < rounds(20'000); ++i) {
    Draw draw = Random(42).at("test.garbage", 0, i);
    const std::size_t size = draw.below(3) == 0 ? draw.below(1600) : draw.below(80);
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(draw.u64());
    if (size > 5 && draw.below(2) == 0) {  // of our version
      bytes[0] |= 0xC0;
      bytes[1] = bytes[2] = bytes[3] = 0;
      bytes[4] = 1;
      bytes[5] = static_cast<std::uint8_t>(draw.below(24));
    }
    inject(server, ledger, NodeId{kStranger.value + static_cast<std::uint32_t>(draw.below(5000))},
           Bytes::copy_of(bytes));
    if (i % 64 == 0) net.now += 100'000;
  }
  CHECK(!ledger.excess);
  CHECK(server.stats().connections == dials);
  CHECK(server.stats().library_bytes == at_rest);
  CHECK(server.stats().garbage > 5000);
}

TEST_CASE("first packets from thousands of addresses are answered by Retry, without state, up to a rate") {
  const std::vector<Bytes> honest = honest_packets(43);
  Net net(44);
  Ledger ledger(net);
  Options options = server_options(kServer, 1);
  options.clients = Clients::any;
  options.limits.stateless_answers_per_second = 500;
  Node& server = net.add(options);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    inject(server, ledger, NodeId{kStranger.value + i % 5000}, honest[0]);
    net.now += 100'000;  // two seconds in all
  }
  CHECK(!ledger.excess);
  CHECK(server.stats().retries_sent <= 3 * 500);
  CHECK(server.stats().retries_sent >= 900);
  CHECK(server.stats().unanswered > 10'000);
  CHECK(server.stats().connections == 0);
  CHECK(server.stats().library_bytes_high == 0);
  net.run_for(seconds(2));
  Node& client = net.add(client_options(600, 1));
  net.run_for(seconds(1));
  CHECK(client.stats().dialled == 1);
}

TEST_CASE("a token is worth nothing at another address, and a repeated handshake opens nothing") {
  std::vector<Bytes> recorded;
  Net net(45);
  Ledger ledger(net);
  Options options = server_options(kServer, 1);
  options.clients = Clients::any;
  ledger.more = [&](NodeId from, NodeId, Bytes& packet) {
    if (from == NodeId{kServer}) return true;
    recorded.push_back(packet);
    ledger.came(from, packet.size());
    return true;
  };
  Node& server = net.add(options);
  ledger.authenticated.insert(NodeId{501});
  net.add(client_options(501, 1));
  net.run_for(milliseconds(200));
  REQUIRE(server.stats().accepted == 1);
  ledger.authenticated.clear();
  const std::size_t count = recorded.size();
  for (const std::uint32_t at : {0xF000'0007U, 501U}) {
    for (int again = 0; again < 3; ++again) {
      for (std::size_t i = 0; i < count; ++i) inject(server, ledger, NodeId{at}, recorded[i]);
      net.run_for(milliseconds(5));
    }
  }
  net.run_for(seconds(5));
  CHECK(server.stats().accepted == 1);
  CHECK(server.stats().half_open == 0);
  CHECK(server.stats().connections == 1);
  // The client's living connection at 501 is not disturbed; its packets are beyond this budget.
  CHECK(net.nodes[NodeId{501}].stats().dials == 1);
}

TEST_CASE("damaged packets of a real handshake, from the right and from wrong addresses") {
  const std::vector<Bytes> honest = honest_packets(46);
  Net net(47);
  Ledger ledger(net);
  Options options = server_options(kServer, 1);
  options.clients = Clients::any;
  Node& server = net.add(options);
  for (std::uint64_t i = 0; i < rounds(5000); ++i) {
    Draw draw = Random(48).at("test.mutate", 0, i);
    std::vector<std::uint8_t> bytes(honest[draw.below(honest.size())].size());
    const Bytes& from = honest[draw.below(honest.size())];
    bytes.assign(from.data(), from.data() + from.size());
    const std::uint64_t edits = 1 + draw.below(4);
    for (std::uint64_t e = 0; e < edits && !bytes.empty(); ++e) {
      const std::uint64_t where =
          draw.below(2) == 0 ? draw.below(std::min<std::size_t>(bytes.size(), 60)) : draw.below(bytes.size());
      switch (draw.below(4)) {
        case 0:
          bytes.resize(where);
          break;
        case 1:
          bytes.resize(bytes.size() + draw.below(100));
          break;
        default:
          bytes[where] = static_cast<std::uint8_t>(draw.u64());
          break;
      }
    }
    if (bytes.empty()) continue;
    inject(server, ledger, NodeId{kStranger.value + static_cast<std::uint32_t>(draw.below(100))},
           Bytes::copy_of(bytes));
    net.now += 1'000'000;
  }
  CHECK(!ledger.excess);
  CHECK(server.stats().accepted == 0);
  CHECK(server.stats().half_open_high <= options.limits.half_open_max);
  net.run_for(seconds(5));
  CHECK(server.stats().library_bytes == 0);
}

TEST_CASE("addresses that are real but never finish: few at once, forgotten soon, and peers get through") {
  Net net(49);
  Ledger ledger(net);
  std::map<NodeId, int> sent;
  ledger.more = [&](NodeId from, NodeId to, Bytes& packet) {
    if (from == NodeId{kServer} || from.value < 1000) return true;
    if (to != NodeId{kServer} || ++sent[from] > 2) return false;  // an Initial, one with a token, silence
    ledger.came(from, packet.size());
    return true;
  };
  Options options = server_options(kServer, 2);
  options.clients = Clients::any;
  options.limits.half_open_max = 16;
  ledger.authenticated.insert(NodeId{2});  // that it dials itself
  Node& server = net.add(options);
  for (std::uint32_t i = 0; i < 200; ++i) {
    Options half = client_options(1000 + i, 1);
    net.add(half);
    if (i % 10 == 0) net.run_for(milliseconds(1));
  }
  net.run_for(milliseconds(100));
  CHECK(server.stats().half_open_high <= 16);
  CHECK(server.stats().half_open > 0);
  CHECK(server.stats().refused_handshakes > 50);
  CHECK(server.stats().library_bytes_high < 16 * 200'000);
  net.add(server_options(2, 2));  // a configured peer, in the middle of it
  net.run_for(milliseconds(500));
  CHECK(net.nodes[NodeId{2}].stats().accepted + server.stats().accepted + server.stats().dialled >= 1);
  net.run_for(seconds(6));
  CHECK(!ledger.excess);
  CHECK(server.stats().half_open == 0);
  CHECK(server.stats().connections == 1);
}

TEST_CASE("a server's first flight is withheld rather than larger than what the client sent") {
  Net net(50);
  Ledger ledger(net);
  // The client's second Initial is followed by silence; the server's timers want to send again and again.
  int sent = 0;
  ledger.more = [&](NodeId from, NodeId, Bytes& packet) {
    if (from == NodeId{kServer}) return false;  // what it sends is lost, so that it repeats itself
    if (++sent > 2) return false;
    ledger.came(from, packet.size());
    return true;
  };
  Options options = server_options(kServer, 1);
  options.clients = Clients::any;
  options.handshake_timeout = seconds(30);
  net.add(options);
  std::vector<Bytes> retry;
  ledger.more = [&, before = ledger.more](NodeId from, NodeId to, Bytes& packet) {
    const bool is_retry = from == NodeId{kServer} && packet.size() < 300 && (packet.data()[0] & 0xF0) == 0xF0;
    return before(from, to, packet) || is_retry;
  };
  net.add(client_options(700, 1));
  net.run_for(seconds(20));
  CHECK(net.nodes[NodeId{kServer}].stats().withheld > 0);
  CHECK(!ledger.excess);
}
