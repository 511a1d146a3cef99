#include "runtime/quic/quic.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/quic/test_net.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

TEST_CASE("two configured servers find each other and exchange frames of every size") {
  Net net(1);
  Node& a = net.add(server_options(1, 2));
  Node& b = net.add(server_options(2, 2));
  net.run_for(milliseconds(50));
  REQUIRE(a.stats().dialled == 1);
  REQUIRE(b.stats().accepted == 1);
  std::vector<Bytes> sent;
  for (const std::size_t size : {0UL, 1UL, 100UL, 1200UL, 5000UL, 70'000UL, 1UL << 20}) {
    const Bytes frame = Bytes::build(size, [&](std::uint8_t* to) {
      for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(i * 7 + size);
    });
    sent.push_back(frame);
    REQUIRE(a.network().send(NodeId{2}, frame, 5) == Errc::ok);
    REQUIRE(b.network().send(NodeId{1}, frame, 5) == Errc::ok);
    a.endpoint->on_timer(0);  // a turn ends
    b.endpoint->on_timer(0);
  }
  net.run_for(seconds(2));
  for (Node* node : {&a, &b}) {
    const std::vector<Got>& got = node->listener().got;
    REQUIRE(got.size() == sent.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      REQUIRE(got[i].from == (node == &a ? NodeId{2} : NodeId{1}));
      REQUIRE(got[i].frame == sent[i]);
    }
  }
}
