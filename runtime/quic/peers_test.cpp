// Who gets a connection, and what happens to connections.
#include <catch2/catch_test_macros.hpp>

#include "runtime/quic/test_net.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

namespace {

std::uint64_t closed(const Node& node, Closed reason) {
  return node.stats().closed[static_cast<std::size_t>(reason)];
}
bool connected(const Node& node, std::uint32_t peer) {
  for (const PeerState& state : node.endpoint->peers()) {
    if (state.id == NodeId{peer}) return state.connected;
  }
  return false;
}
void send(Node& node, std::uint32_t to, std::string_view text, std::uint8_t type = 32) {
  REQUIRE(node.network().send(NodeId{to}, Bytes::copy_of(text), type) == Errc::ok);
  node.endpoint->on_control({});
}

}  // namespace

TEST_CASE("a peer without the configured key gets no connection, and is not asked for ever faster") {
  Net net(2);
  Options one = server_options(1, 2);
  one.peers[0].key = key_of(seed_of(77));
  Node& a = net.add(one);
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(20));
  CHECK(!connected(a, 2));
  CHECK(!connected(b, 1));
  CHECK(closed(a, Closed::wrong_key) > 5);
  CHECK(a.stats().dials < 60);
  CHECK(b.stats().accepted == 0);
}

TEST_CASE("an impostor who dials with another key than the configured one is refused") {
  Net net(3);
  Node& server = net.add(server_options(1, 2));
  Options thief = server_options(2, 2);
  thief.identity = seed_of(66);
  thief.peers[0].dial = Dial::always;
  Node& b = net.add(thief);
  net.run_for(seconds(3));
  CHECK(server.stats().accepted == 0);
  CHECK(closed(server, Closed::unknown_key) + closed(server, Closed::wrong_key) > 0);
  send(b, 1, "hello");
  net.run_for(seconds(3));
  CHECK(server.listener().frames == 0);
}

TEST_CASE("clients that are not configured: refused, listed, or any, under an id that comes of their key") {
  for (const Clients policy : {Clients::refuse, Clients::listed, Clients::any}) {
    Net net(4);
    Options options = server_options(1, 1);
    options.clients = policy;
    options.listed = {key_of(seed_of(201))};
    Node& server = net.add(options);
    Node& listed = net.add(client_options(201, 1));
    Node& other = net.add(client_options(202, 1));
    net.run_for(seconds(1));
    send(listed, 1, "a");
    send(other, 1, "b");
    net.run_for(seconds(1));
    const std::size_t expected = policy == Clients::any ? 2 : policy == Clients::listed ? 1 : 0;
    REQUIRE(server.listener().got.size() == expected);
    for (const Got& got : server.listener().got) {
      CHECK(got.from == client_id(key_of(seed_of(got.frame.text() == "a" ? 201 : 202))));
    }
    CHECK((client_id(key_of(seed_of(201))).value & 0xC000'0000U) == 0x8000'0000U);
    CHECK(connected(server, 1) == false);
    if (expected > 0) {  // and back
      send(server, client_id(key_of(seed_of(201))).value, "c");
      net.run_for(milliseconds(100));
      CHECK(listed.listener().frames == 1);
    }
    CHECK((closed(server, Closed::unknown_key) > 0) == (policy != Clients::any));
  }
}

TEST_CASE("no common protocol is told as such on both ends") {
  Net net(5);
  Node& a = net.add(server_options(1, 2));
  Options other = server_options(2, 2);
  other.alpn = "worknode/9";
  Node& b = net.add(other);
  net.run_for(seconds(2));
  CHECK(closed(a, Closed::wrong_protocol) > 0);
  CHECK(closed(b, Closed::wrong_protocol) > 0);
  CHECK(b.stats().accepted == 0);
}

TEST_CASE("no common version is told by a Version Negotiation, smaller than what asked for it") {
  Net net(51);
  Node& server = net.add(server_options(1, 1));
  std::uint64_t told = 0;
  net.tap = [&](NodeId from, NodeId, Bytes& packet) {
    const bool is_long = (packet.data()[0] & 0x80) != 0;
    std::vector<std::uint8_t> bytes(packet.data(), packet.data() + packet.size());
    if (from == NodeId{400} && is_long) {
      for (std::size_t i = 1; i < 5; ++i) bytes[i] = 0x77;  // a version that nobody has
    } else if (from == NodeId{1} && is_long && bytes[1] + bytes[2] + bytes[3] + bytes[4] == 0) {
      ++told;
      CHECK(bytes.size() < 100);
      for (std::size_t i = bytes.size() - 4; i < bytes.size(); ++i)
        bytes[i] = 0x77;  // the only one it speaks
    }
    packet = Bytes::copy_of(bytes);
    return true;
  };
  Node& client = net.add(client_options(400, 1));
  net.run_for(milliseconds(300));
  CHECK(told > 0);
  CHECK(server.stats().versions_sent == told);
  CHECK(server.stats().library_bytes_high == 0);
  CHECK(closed(client, Closed::wrong_version) > 0);
}

TEST_CASE("a client from an address that is not configured has small windows, and frames of every size") {
  Net net(52);
  Options options = server_options(1, 1);
  options.clients = Clients::any;
  Node& server = net.add(options);
  Node& client = net.add(client_options(401, 1));
  net.run_for(milliseconds(100));
  for (int i = 0; i < 3; ++i)
    REQUIRE(client.network().send(NodeId{1}, Bytes::copy_of(std::string(kFrameBytesMax, 'x')), 45) ==
            Errc::ok);
  client.endpoint->on_control({});
  net.latency = 50'000'000;  // so that the window is what holds it back
  net.run_for(milliseconds(160));
  CHECK(server.stats().bytes_in < (1U << 20));
  net.run_for(seconds(20));
  CHECK(server.listener().frames == 3);
}

TEST_CASE("a server that was killed and comes back has its connections again within a second") {
  for (const std::uint32_t victim : {1U, 2U}) {
    Net net(6 + victim);
    net.add(server_options(1, 2));
    net.add(server_options(2, 2));
    net.run_for(seconds(2));
    net.kill(NodeId{victim});
    net.run_for(milliseconds(300));
    net.add(server_options(victim, 2));
    Node& survivor = net.nodes[NodeId{3 - victim}];
    for (int i = 0; i < 10; ++i) {
      send(survivor, victim, "again");
      net.run_for(milliseconds(100));
    }
    CHECK(net.nodes[NodeId{victim}].listener().frames > 7);
    CHECK(closed(survivor, victim == 1 ? Closed::replaced : Closed::reset) == 1);
    CHECK(survivor.stats().connections == 1);
  }
}

TEST_CASE("of two connections that crossed both ends keep the one of the smaller id") {
  Net net(9);
  Options one = server_options(1, 2);
  Options two = server_options(2, 2);
  one.peers[0].dial = two.peers[0].dial = Dial::always;
  Node& a = net.add(one);
  Node& b = net.add(two);
  net.run_for(seconds(5));
  REQUIRE(connected(a, 2));
  REQUIRE(connected(b, 1));
  CHECK(a.endpoint->peers()[0].dialled);
  CHECK(!b.endpoint->peers()[0].dialled);
  CHECK(a.stats().connections == 1);
  send(a, 2, "x");
  send(b, 1, "y");
  net.run_for(milliseconds(50));
  CHECK(a.listener().frames == 1);
  CHECK(b.listener().frames == 1);
}

TEST_CASE("a silent network ends connections as idle; they are made again when it speaks") {
  Net net(10);
  Node& a = net.add(server_options(1, 2));
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(1));
  net.loss_ppm = 1'000'000;
  net.run_for(seconds(30));
  CHECK(closed(a, Closed::idle) == 1);
  CHECK(closed(a, Closed::handshake_timeout) > 3);
  CHECK(a.stats().connections <= 1);
  net.loss_ppm = 0;
  net.run_for(seconds(4));
  CHECK(connected(a, 2));
  CHECK(connected(b, 1));
}

TEST_CASE("an idle pair stays connected and sends little") {
  Net net(11);
  Node& a = net.add(server_options(1, 2));
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(60));
  CHECK(a.stats().dials == 1);
  CHECK(connected(b, 1));
  CHECK(a.stats().bytes_out + b.stats().bytes_out < 100'000);
}

TEST_CASE("a client whose address changes keeps its connection; the new path is validated first") {
  Net net(12);
  Options options = server_options(1, 1);
  options.clients = Clients::any;
  Node& server = net.add(options);
  Node& client = net.add(client_options(300, 1));
  net.run_for(seconds(1));
  send(client, 1, "before");
  net.run_for(milliseconds(100));
  net.moved[NodeId{300}] = NodeId{0xF000'0001};
  send(client, 1, "after");
  net.run_for(seconds(2));
  REQUIRE(server.listener().got.size() == 2);
  CHECK(server.listener().got[0].from == server.listener().got[1].from);
  CHECK(server.stats().migrations == 1);
  CHECK(server.stats().accepted == 1);
  CHECK(server.endpoint->peers()[0].address == NodeId{0xF000'0001});
  send(server, client_id(key_of(seed_of(300))).value, "back");
  net.run_for(milliseconds(100));
  CHECK(client.listener().frames == 1);
  CHECK(client.stats().dials == 1);
}

TEST_CASE("shutting down is told to the peers") {
  Net net(13);
  Node& a = net.add(server_options(1, 2));
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(1));
  b.endpoint->shut_down();
  net.run_for(milliseconds(10));
  CHECK(closed(a, Closed::by_peer) == 1);
  CHECK(!connected(a, 2));
}

TEST_CASE("what a seed decides are sizes and times of packets, though keys differ from run to run") {
  std::vector<std::pair<std::uint32_t, std::size_t>> sizes[2];
  std::vector<Bytes> first[2];
  for (int run = 0; run < 2; ++run) {
    Net net(14);
    net.loss_ppm = 50'000;
    net.corrupt_ppm = 50'000;
    net.duplicate_ppm = 20'000;
    net.tap = [&](NodeId, NodeId, Bytes& packet) {
      first[run].push_back(packet);
      return true;
    };
    for (std::uint32_t i = 1; i <= 3; ++i) net.add(server_options(i, 3));
    for (int i = 0; i < 200; ++i) {
      net.run_for(milliseconds(20));
      Node& from = net.nodes[NodeId{1U + static_cast<std::uint32_t>(i) % 3}];
      const Bytes frame = Bytes::copy_of(std::string(static_cast<std::size_t>(i * 37), 'x'));
      static_cast<void>(from.network().send(NodeId{1U + static_cast<std::uint32_t>(i + 1) % 3}, frame, 5));
      from.endpoint->on_control({});
    }
    sizes[run] = net.sizes;
  }
  CHECK(sizes[0].size() > 400);
  CHECK(sizes[0] == sizes[1]);
  CHECK(first[0] != first[1]);
}
