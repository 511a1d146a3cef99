// Crowds: bounded memory, typed refusals, and no more said than was asked.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <optional>

#include "runtime/rpc/codec.h"
#include "runtime/rpc/test_net.h"

using namespace wn;
using namespace wn::rpc;

namespace {

// A frame of calls as a stranger writes it.
Bytes flood_frame(std::uint64_t first, std::size_t calls, std::size_t bytes, std::uint64_t callee,
                  std::uint32_t method) {
  std::vector<std::uint8_t> list, body;
  for (std::size_t i = 0; i < calls; ++i) {
    CallSpec spec = spec_to(kB, method, first + i, Instant{});
    spec.arguments = {Bytes::copy_of(std::string(bytes, 'f'))};
    body.clear();
    encode_body({.spec = &spec, .hops = 3, .depth = 1, .response_bytes = 4096, .response_items = 4}, body);
    put_call(list, {.id = first + i, .attempt = 1, .budget = seconds(20), .key = spec.key}, body);
  }
  return calls_frame({.caller = 1, .callee = callee, .floor = 0}, list);
}

struct Crowd {
  Crowd() {
    options.node = kB;
    options.incarnation = 1;
    options.methods = test_methods();
    options.members = {kA, kB, kC};
    options.bytes_max = 1U << 20;
    options.peer_bytes_max = 64U << 10;
    options.peers_max = 64;
    endpoint.emplace(options, &counted);
  }
  struct Counted final : std::pmr::memory_resource {
    std::size_t held = 0, peak = 0;
    void* do_allocate(std::size_t n, std::size_t a) override {
      held += n;
      peak = std::max(peak, held);
      return std::pmr::new_delete_resource()->allocate(n, a);
    }
    void do_deallocate(void* p, std::size_t n, std::size_t a) override {
      held -= n;
      std::pmr::new_delete_resource()->deallocate(p, n, a);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  };
  // Bytes sent in answer to the frame.
  std::size_t hear(NodeId from, const Bytes& frame) {
    effects.clear();
    endpoint->receive(moment, from, MessageKind::calls, frame.view(), effects);
    endpoint->flush(moment, effects);
    std::size_t sent = 0;
    for (const Outgoing& out : effects.sends) sent += out.payload.size();
    deliveries += effects.deliveries.size();
    return sent;
  }

  Counted counted;
  Options options;
  std::optional<Endpoint> endpoint;
  Effects effects;
  Moment moment{Instant{} + seconds(1)};
  std::size_t deliveries = 0;
};

}  // namespace

TEST_CASE("ten thousand peers that flood are refused within bounded memory, and a member is still served") {
  Crowd crowd;
  std::size_t came = 0, said = 0;
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint32_t peer = 0; peer < 10'000; ++peer) {
      const Bytes frame = flood_frame(1 + round * 8, 8, 200, 1, kSlow);
      came += frame.size();
      said += crowd.hear(NodeId{1000 + peer}, frame);
    }
    const Usage usage = crowd.endpoint->usage();
    CHECK(usage.bytes <= crowd.options.bytes_max / 2);  // strangers'
    CHECK(usage.peers <= crowd.options.peers_max);
    REQUIRE(crowd.endpoint->broken_invariant() == "");
  }
  CHECK(crowd.endpoint->usage().refused > 200'000);
  CHECK(said <= came);
  CHECK(crowd.counted.peak < 2U << 20);
  // What members may have is still there.
  const std::size_t before = crowd.deliveries;
  crowd.hear(kA, flood_frame(1, 4, 100, 1, kAdd));
  CHECK(crowd.deliveries == before + 4);
}

TEST_CASE("one peer gets its share and no more, in calls and in bytes") {
  Crowd crowd;
  for (std::uint64_t i = 0; i < 100; ++i) crowd.hear(kA, flood_frame(1 + i * 4, 4, 1000, 1, kSlow));
  const Usage usage = crowd.endpoint->usage();
  CHECK(usage.bytes <= crowd.options.peer_bytes_max / 2);
  CHECK(usage.incoming > 3);
  CHECK(usage.refused > 300);
  REQUIRE(crowd.endpoint->broken_invariant() == "");
}

TEST_CASE("refusals are never larger than what they refuse, nor is anything said to what cannot be read") {
  Crowd crowd;
  for (const std::uint32_t method : {kAdd, 77U}) {
    for (const std::size_t calls : {1U, 2U, 9U, 300U}) {
      const Bytes frame = flood_frame(1, calls, 0, 0, method);  // not introduced; no such method
      CHECK(crowd.hear(kC, frame) <= frame.size());
    }
  }
  CHECK(crowd.deliveries == 0);
  CHECK(crowd.hear(kC, Bytes::copy_of("noise")) == 0);
  CHECK(crowd.hear(NodeId{77}, flood_frame(1, 1, 0, 0, kAdd)) > 0);
}

TEST_CASE("promises that nobody keeps are dropped at their deadline, and cost no more than calls") {
  Crowd crowd;
  std::vector<std::uint8_t> list, body;
  for (std::uint64_t id = 2; id < 30; ++id) {
    CallSpec spec = spec_to(kB, kAdd, id, Instant{});
    spec.target = Promise{.call = CallId{1}, .field = 0};
    body.clear();
    encode_body({.spec = &spec, .hops = 3, .depth = 1, .response_bytes = 64, .response_items = 1}, body);
    put_call(list, {.id = id, .attempt = 1, .budget = milliseconds(10), .key = spec.key}, body);
  }
  crowd.hear(kA, calls_frame({.caller = 1, .callee = 1, .floor = 0}, list));
  CHECK(crowd.endpoint->usage().incoming == 28);
  crowd.moment.now = crowd.moment.now + milliseconds(10);
  crowd.endpoint->tick(crowd.moment, 1, crowd.effects);
  CHECK(crowd.endpoint->usage().incoming == 0);
  crowd.moment.now = crowd.moment.now + seconds(20);
  crowd.endpoint->tick(crowd.moment, 1, crowd.effects);
  CHECK(crowd.endpoint->usage().bytes == 0);
  REQUIRE(crowd.endpoint->broken_invariant() == "");
}

TEST_CASE("a caller keeps to the credit that the callee gives, and loses none of it") {
  Net net(2, 1, [](Options& o) {
    o.window_calls = 4;
    o.peer_calls_max = 6;
  });
  std::size_t at_once = 0;
  for (std::uint64_t i = 1; i <= 12; ++i) {
    CallSpec spec = spec_to(kB, kSlow, i, net.in(kA, milliseconds(300)));
    spec.context = i;
    REQUIRE(net.call(kA, spec));
  }
  net.settle(kA);
  for (int step = 0; step < 400; ++step) {
    net.run(milliseconds(1));
    at_once = std::max(at_once, net.at(kB).endpoint->usage().incoming);
    const Credit credit = net.at(kA).endpoint->credit(kB);
    REQUIRE(credit.calls_used <= credit.calls_window);
  }
  CHECK(at_once <= 6);
  CHECK(net.at(kA).completions.size() == 12);
  CHECK(net.at(kA).endpoint->credit(kB).calls_used == 0);
}
