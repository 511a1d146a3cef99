#include "runtime/real/udp.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <string>

#include "runtime/base/random.h"
#include "runtime/real/address_table.h"

namespace wn::real {
namespace {

struct Got {
  NodeId from;
  Bytes frame;
};

struct Side {
  Side(Loop& loop, UdpOptions options) {
    network = std::move(*UdpNetwork::open(
        loop, std::move(options), [this](NodeId from, const Bytes& frame) { got.push_back({from, frame}); }));
  }
  std::unique_ptr<UdpNetwork> network;
  std::vector<Got> got;
};

template <class Done>
bool turn_until(Loop& loop, Done&& done) {
  const Instant until = loop.now() + seconds(20);
  while (!done() && loop.now() < until) loop.turn(milliseconds(20));
  return done();
}

Bytes filled(std::size_t size, std::uint8_t salt) {
  return Bytes::build(size, [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(i * 31 + salt);
  });
}

TEST_CASE("udp: frames of all sizes arrive whole, with and without segmentation and coalescing") {
  for (const bool offload : {false, true}) {
    auto loop = *Loop::make();
    Side to(*loop, {.self = NodeId{2}, .segments = offload, .coalesce = offload});
    Side from(*loop, {.self = NodeId{1},
                      .peers = {{NodeId{2}, to.network->local()}},
                      .segments = offload,
                      .coalesce = offload});
    // Runs of one size with shorter ends, single ones, empty ones, the largest one.
    std::multiset<Bytes> sent;
    std::uint8_t salt = 0;
    for (const std::size_t size :
         {1200, 1200, 1200, 700, 1200, 1, 0, 0, 1452, 1452, 1452, 1452, 9000, 9000, 9000, 65'507, 5}) {
      const Bytes frame = filled(size, ++salt);
      sent.insert(frame);
      CHECK(from.network->send(NodeId{2}, frame, 1) == Errc::ok);
    }
    for (int i = 0; i < 500; ++i) {
      const Bytes frame = filled(1200, static_cast<std::uint8_t>(i));
      sent.insert(frame);
      CHECK(from.network->send(NodeId{2}, frame, 1) == Errc::ok);
    }
    CHECK(to.got.empty());  // they leave when the turn ends
    CHECK(turn_until(*loop, [&] { return to.got.size() == sent.size(); }));
    std::multiset<Bytes> got;
    for (const Got& one : to.got) {
      CHECK(is_path_handle(one.from));
      CHECK(one.from == to.got[0].from);
      got.insert(one.frame);
    }
    CHECK(got == sent);
    const UdpStats stats = from.network->stats();
    CHECK(stats.sent == sent.size());
    CHECK(stats.send_failed == 0);
    CHECK((stats.segmented > 0) == offload);
    CHECK(stats.send_calls < 40);  // in batches
    CHECK(to.network->stats().received == sent.size());
  }
}

TEST_CASE("udp: what cannot be sent is refused or told to nobody, as the seam says") {
  auto loop = *Loop::make();
  Side to(*loop, {.self = NodeId{2}});
  Side from(*loop,
            {.self = NodeId{1}, .peers = {{NodeId{2}, to.network->local()}}, .outgoing_datagrams_max = 10});
  CHECK(from.network->send(NodeId{2}, filled(kDatagramBytesMax + 1, 0), 1) == Errc::too_large);
  CHECK(from.network->send(NodeId{1}, filled(1, 0), 1) == Errc::ok);
  CHECK(from.network->send(NodeId{77}, filled(1, 0), 1) == Errc::ok);
  CHECK(from.network->send(NodeId{kPathHandleFirst + 5}, filled(1, 0), 1) == Errc::ok);
  CHECK(from.network->queued() == 0);
  for (int i = 0; i < 10; ++i) CHECK(from.network->send(NodeId{2}, filled(1, 0), 1) == Errc::ok);
  CHECK(from.network->send(NodeId{2}, filled(1, 0), 1) == Errc::overloaded);
  CHECK(turn_until(*loop, [&] { return to.got.size() == 10; }));
  CHECK(from.network->send(NodeId{2}, filled(1, 0), 1) == Errc::ok);
  const UdpStats stats = from.network->stats();
  CHECK(stats.too_large == 1);
  CHECK(stats.unknown == 2);
  CHECK(stats.overloaded == 1);
}

TEST_CASE("udp: an address in use, one of another machine, and bad peers are refused") {
  auto loop = *Loop::make();
  const auto ignore = [](NodeId, const Bytes&) {};
  Side one(*loop, {.self = NodeId{1}});
  CHECK(UdpNetwork::open(*loop, {.self = NodeId{2}, .bind = one.network->local()}, ignore).error().code ==
        Errc::already_exists);
  CHECK(UdpNetwork::open(*loop, {.self = NodeId{2}, .bind = *SocketAddress::parse("192.0.2.1:0")}, ignore)
            .error()
            .code == Errc::not_found);
  CHECK(
      UdpNetwork::open(*loop, {.self = NodeId{2}, .peers = {{NodeId{kPathHandleFirst}, loopback(9)}}}, ignore)
          .error()
          .code == Errc::invalid_argument);
}

TEST_CASE("udp: after a rebind packets come from a new address: a new handle, and answers reach it") {
  auto loop = *Loop::make();
  Side server(*loop, {.self = NodeId{2}});
  Side client(*loop, {.self = NodeId{1}, .peers = {{NodeId{2}, server.network->local()}}});
  const auto ask = [&] {
    server.got.clear();
    client.got.clear();
    CHECK(client.network->send(NodeId{2}, filled(10, 1), 1) == Errc::ok);
    REQUIRE(turn_until(*loop, [&] { return !server.got.empty(); }));
    CHECK(server.network->send(server.got[0].from, filled(10, 2), 1) == Errc::ok);
    REQUIRE(turn_until(*loop, [&] { return !client.got.empty(); }));
    CHECK(client.got[0].from == NodeId{2});
    return server.got[0].from;
  };
  const NodeId before = ask();
  CHECK(ask() == before);
  const SocketAddress old = client.network->local();
  CHECK(client.network->rebind().has_value());
  CHECK(client.network->local() != old);
  const NodeId after = ask();
  CHECK(after != before);
  CHECK(client.network->stats().rebinds == 1);
  // A configured peer keeps its id for its configured address alone.
  server.network->set_peer(NodeId{1}, client.network->local());
  CHECK(ask() == NodeId{1});
  CHECK(client.network->rebind().has_value());
  CHECK(is_path_handle(ask()));
}

TEST_CASE("udp: a socket of IPv6 speaks with both families, and knows IPv4 peers by their own address") {
  auto loop = *Loop::make();
  const auto any_six = UdpNetwork::open(*loop, {.self = NodeId{9}, .bind = *SocketAddress::parse("[::]:0")},
                                        [](NodeId, const Bytes&) {});
  if (!any_six) SKIP("no IPv6 here");
  Side six(*loop, {.self = NodeId{1}, .bind = *SocketAddress::parse("[::]:0")});
  Side four(*loop, {.self = NodeId{2}, .peers = {{NodeId{1}, loopback(six.network->local().port)}}});
  six.network->set_peer(NodeId{2}, four.network->local());
  CHECK(six.network->send(NodeId{2}, filled(10, 1), 1) == Errc::ok);
  CHECK(four.network->send(NodeId{1}, filled(10, 2), 1) == Errc::ok);
  CHECK(turn_until(*loop, [&] { return !four.got.empty() && !six.got.empty(); }));
  CHECK(six.got[0].from == NodeId{2});
}

TEST_CASE("addresses: text and value, both ways, and what is no address") {
  for (const char* text : {"127.0.0.1:4000", "0.0.0.0:0", "[::1]:65535", "[2001:db8::7]:9"})
    CHECK(SocketAddress::parse(text)->to_string() == text);
  for (const char* text : {"", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:65536", "1.2.3:4", "::1:4",
                           "[::1:4", "name:1", "1.2.3.4:-1"})
    CHECK(SocketAddress::parse(text).error().code == Errc::bad_input);
  CHECK(SocketAddress::resolve("127.0.0.1:5")->to_string() == "127.0.0.1:5");
  CHECK(SocketAddress::resolve("localhost:5").has_value());
}

TEST_CASE("address table: a flood of strangers does not push out those that talk to us") {
  AddressTable table(64);
  table.configure(NodeId{5}, loopback(5));
  std::vector<NodeId> friends;
  for (std::uint16_t i = 0; i < 20; ++i) {
    const SocketAddress address = loopback(static_cast<std::uint16_t>(1000 + i));
    const NodeId handle = table.hear_from(address);
    for (std::uint32_t n = 0; n < kProvenHeard; ++n) {
      CHECK(table.speak_to(handle) != nullptr);
      CHECK(table.hear_from(address) == handle);
    }
    friends.push_back(handle);
  }
  std::set<NodeId> strangers;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    SocketAddress address = loopback(static_cast<std::uint16_t>(i));
    address.host[1] = static_cast<std::uint8_t>(1 + i / 60'000);
    address.host[2] = 7;
    strangers.insert(table.hear_from(address));
  }
  CHECK(strangers.size() == 10'000);  // no handle is used twice
  CHECK(table.handles() <= 64);
  for (const NodeId handle : friends) CHECK(table.find(handle) != nullptr);
  CHECK(table.find(*strangers.begin()) == nullptr);
  CHECK(table.speak_to(*strangers.begin()) == nullptr);
  CHECK(table.hear_from(loopback(5)) == NodeId{5});
  CHECK(*table.find(NodeId{5}) == loopback(5));
  CHECK(table.evicted() > 9'900);
}

TEST_CASE("address table: it does what a plain list of what was heard would, within its limits") {
  AddressTable table(kPathHandlesMin);
  std::map<NodeId, SocketAddress> given;
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    Draw draw = Random(3).at("test.table", 0, step);
    const SocketAddress address = loopback(static_cast<std::uint16_t>(1 + draw.below(40)));
    if (draw.below(2) == 0) {
      const NodeId handle = table.hear_from(address);
      const auto [at, fresh] = given.emplace(handle, address);
      REQUIRE(at->second == address);  // a handle means one address for ever
      REQUIRE(*table.find(handle) == address);
    } else if (!given.empty()) {
      auto at = given.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(draw.below(given.size())));
      const SocketAddress* const found = table.speak_to(at->first);
      REQUIRE((found == nullptr || *found == at->second));
    }
    REQUIRE(table.handles() <= kPathHandlesMin);
  }
  CHECK(table.evicted() > 0);
}

}  // namespace
}  // namespace wn::real
