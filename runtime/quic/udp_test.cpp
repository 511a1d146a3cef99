// The same endpoint over the machine's own UDP sockets.
#include <catch2/catch_test_macros.hpp>

#include "runtime/quic/testing/machine.h"
#include "runtime/real/probes.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

namespace {

template <class Done>
bool turn_until(real::Loop& loop, Done&& done) {
  const Instant until = loop.now() + seconds(20);
  while (!done() && loop.now() < until) loop.turn(milliseconds(50));
  return done();
}

}  // namespace

TEST_CASE("over UDP: servers and a client connect, frames of a megabyte arrive, an address may change") {
  auto loop = *real::Loop::make();
  real::NullProbe probe;
  Machine server;
  Machine client;
  server.node = *real::Node::make(*loop, {.id = NodeId{1}}, probe);
  client.node = *real::Node::make(
      *loop, {.id = NodeId{500}, .peers = {{.id = NodeId{1}, .address = server.node->network().local()}}},
      probe);
  Options options = server_options(1, 1);
  options.clients = Clients::any;
  server.start(options);
  client.start(client_options(500, 1));
  REQUIRE(turn_until(*loop, [&] { return server.endpoint->stats().accepted == 1; }));
  server.listener().answer = true;
  const auto ask = [&](const Bytes& frame) {
    const std::uint64_t before = client.listener().frames;
    REQUIRE(client.listener().door.network.send(NodeId{1}, frame, 32) == Errc::ok);
    client.node->control({});
    return turn_until(*loop, [&] { return client.listener().frames > before; });
  };
  CHECK(ask(Bytes::copy_of("?")));
  CHECK(ask(Bytes::copy_of(std::string(kFrameBytesMax, '?'))));
  REQUIRE(client.node->network().rebind().has_value());
  CHECK(ask(Bytes::copy_of("? from another port")));
  CHECK(turn_until(*loop, [&] { return server.endpoint->stats().migrations == 1; }));
  CHECK(client.endpoint->stats().dials == 1);
  CHECK(server.endpoint->stats().accepted == 1);
}
