#include <catch2/catch_test_macros.hpp>

#include "runtime/rpc/test_net.h"

using namespace wn;
using namespace wn::rpc;

namespace {

// One call, so that the nodes know each other.
void meet(Net& net) {
  CallSpec spec = spec_to(kB, kAdd, 1'000'000, net.in(kA, seconds(1)));
  spec.context = 1'000'000;
  REQUIRE(net.call(kA, spec));
  net.settle(kA);
  net.run(milliseconds(100));
  REQUIRE(net.at(kA).completions.at(1'000'000).status == Status::done);
  net.at(kA).completions.clear();
  net.delivered.clear();
  net.frames = 0;
}

Status status_of(Net& net, NodeId node, std::uint64_t context) {
  const auto& all = net.at(node).completions;
  REQUIRE(all.contains(context));
  return all.at(context).status;
}

std::uint64_t make(Net& net, CallSpec spec, std::uint64_t context) {
  spec.context = context;
  const auto id = net.call(kA, spec);
  REQUIRE(id.has_value());
  return id->value;
}

}  // namespace

TEST_CASE("a call reaches the worknode's handler with all its bounds, and its answer comes back") {
  Net net(2);
  CallSpec spec = spec_to(kB, kEcho, 7, net.in(kA, milliseconds(500)));
  spec.arguments = {Bytes::copy_of("one"), Bytes::copy_of("two")};
  spec.capability = Capability{Bytes::copy_of("token")};
  make(net, spec, 5);
  net.settle(kA);
  net.run(milliseconds(10));
  REQUIRE(net.delivered.size() == 1);
  const Delivery& d = net.delivered.front();
  CHECK(d.from == kA);
  CHECK(d.method == kEcho);
  CHECK(d.target == WorknodeId{.high = 0, .low = 16});
  CHECK(d.key == IdempotencyKey{NodeId{100}, 7});
  CHECK(d.capability.text() == "token");
  CHECK(d.hops == 3);
  CHECK(d.depth == 1);
  const Completion& c = net.at(kA).completions.at(5);
  CHECK(c.status == Status::done);
  REQUIRE(c.result.items.size() == 2);
  CHECK(c.result.items[1].text() == "two");
  CHECK(net.at(kA).endpoint->usage().calls == 0);
}

TEST_CASE("deadlines shrink as they travel") {
  Net net(2);
  net.weather.delay_min = net.weather.delay_max = milliseconds(10);
  meet(net);
  make(net, spec_to(kB, kEcho, 7, net.in(kA, milliseconds(500))), 5);
  net.settle(kA);
  net.run(milliseconds(10));
  REQUIRE(net.delivered.size() == 1);
  // Sent 500 ms before it, 10 ms under way: the callee's must leave the answer its 10 ms.
  const Duration left = net.delivered.front().deadline - net.moment(kB).now;
  CHECK(left < milliseconds(481));
  CHECK(left > milliseconds(470));
}

TEST_CASE("a call without an answer ends at its deadline, not later, and the work is withdrawn before") {
  Net net(2);
  meet(net);
  make(net, spec_to(kB, kSlow, 7, net.in(kA, milliseconds(50))), 5);
  net.settle(kA);
  net.run(milliseconds(49));
  CHECK(net.at(kA).completions.empty());
  net.run(milliseconds(1));
  CHECK(status_of(net, kA, 5) == Status::timed_out);
  REQUIRE(net.at(kB).withdrawals.size() == 1);
  CHECK(net.at(kB).withdrawals.front().reason == Status::timed_out);
  CHECK(net.at(kB).endpoint->usage().incoming == 0);
}

TEST_CASE("cancellation travels") {
  Net net(2);
  meet(net);
  const std::uint64_t id = make(net, spec_to(kB, kSlow, 7, net.in(kA, seconds(50))), 5);
  net.settle(kA);
  net.run(milliseconds(5));
  REQUIRE(net.at(kB).slow.size() == 1);
  net.at(kA).endpoint->cancel(net.moment(kA), CallId{id}, net.at(kA).effects);
  net.settle(kA);
  CHECK(status_of(net, kA, 5) == Status::cancelled);
  net.run(milliseconds(5));
  REQUIRE(net.at(kB).withdrawals.size() == 1);
  CHECK(net.at(kB).withdrawals.front().reason == Status::cancelled);
  Net::Node& b = net.at(kB);
  CHECK(b.endpoint->reply(net.moment(kB), b.slow.front().call,
                          {.status = Status::done, .error = Errc::ok, .result = {.kind = kKind, .items = {}}},
                          b.effects) == Errc::not_found);
}

TEST_CASE("a chain of dependent calls is one round trip, whatever its length") {
  for (const std::uint64_t length : {2U, 5U, 16U}) {
    Net net(2);
    meet(net);
    std::uint64_t before = make(net, spec_to(kB, kMake, 1, net.in(kA, seconds(1))), 1);
    for (std::uint64_t i = 2; i <= length; ++i) {
      CallSpec spec = spec_to(kB, kMake, i, net.in(kA, seconds(1)));
      spec.target = Promise{.call = CallId{before}, .field = 0};
      spec.arguments = {Promise{.call = CallId{before}, .field = 0}};
      before = make(net, spec, i);
    }
    net.settle(kA);
    net.run(milliseconds(1));
    CHECK(net.frames == 2);
    REQUIRE(net.at(kA).completions.size() == length);
    for (std::uint64_t i = 1; i <= length; ++i) CHECK(status_of(net, kA, i) == Status::done);
    REQUIRE(net.delivered.size() == length);
    for (std::uint64_t i = 1; i < length; ++i) {
      CHECK(net.delivered[i].target == WorknodeId{.high = 7, .low = 1000 + i});
      CHECK(net.delivered[i].arguments.front() == bytes_of({.high = 7, .low = 1000 + i}));
    }
  }
}

TEST_CASE("what rests on a call that fails is broken, down the chain, and takes no effect") {
  Net net(2);
  meet(net);
  net.handler = [](Net& n, NodeId at, const Delivery& d) {
    n.at(at).endpoint->reply(n.moment(at), d.call,
                             {.status = Status::failed, .error = Errc::io_error, .result = {}},
                             n.at(at).effects);
  };
  const std::uint64_t first = make(net, spec_to(kB, kRelay, 1, net.in(kA, seconds(1))), 1);
  CallSpec second = spec_to(kB, kMake, 2, net.in(kA, seconds(1)));
  second.arguments = {Promise{.call = CallId{first}, .field = 0}};
  CallSpec third = spec_to(kB, kMake, 3, net.in(kA, seconds(1)));
  third.target = Promise{.call = CallId{make(net, second, 2)}, .field = 0};
  make(net, third, 3);
  net.settle(kA);
  net.run(milliseconds(1));
  CHECK(status_of(net, kA, 1) == Status::failed);
  CHECK(net.at(kA).completions.at(1).error == Errc::io_error);
  CHECK(status_of(net, kA, 2) == Status::broken_promise);
  CHECK(status_of(net, kA, 3) == Status::broken_promise);
  CHECK(net.delivered.empty());
}

TEST_CASE("a promise of a call that has ended, or of another node's, or of no call is refused at once") {
  Net net(3);
  meet(net);
  CallSpec spec = spec_to(kB, kMake, 3, net.in(kA, seconds(1)));
  spec.target = Promise{.call = CallId{1}, .field = 0};
  CHECK(net.call(kA, spec).error() == Status::broken_promise);
  spec.target = Promise{.call = CallId{99}, .field = 0};
  CHECK(net.call(kA, spec).error() == Status::broken_promise);
  const std::uint64_t other = make(net, spec_to(kC, kMake, 4, net.in(kA, seconds(1))), 1);
  spec.target = Promise{.call = CallId{other}, .field = 0};
  CHECK(net.call(kA, spec).error() == Status::broken_promise);
}

TEST_CASE("calls to one peer in one turn share a frame, and so do their answers") {
  Net net(2);
  meet(net);
  for (std::uint64_t i = 1; i <= 20; ++i) make(net, spec_to(kB, kAdd, i, net.in(kA, seconds(1))), i);
  net.settle(kA);
  net.run(milliseconds(1));
  CHECK(net.frames == 2);
  CHECK(net.at(kA).completions.size() == 20);
}

TEST_CASE("nested calls inherit what is left: deadline, hops, depth; they end with the call above") {
  Net net(3);
  net.handler = [](Net& n, NodeId at, const Delivery& d) {
    CallSpec spec = spec_to(kC, kSlow, 50, n.in(at, seconds(100)));
    spec.parent = d.call;
    spec.hops = HopBudget{30};
    spec.context = 9;
    REQUIRE(n.call(at, spec));
  };
  CallSpec spec = spec_to(kB, kRelay, 1, net.in(kA, milliseconds(200)));
  const std::uint64_t id = make(net, spec, 1);
  net.settle(kA);
  net.run(milliseconds(20));
  REQUIRE(net.at(kC).slow.size() == 1);
  const Delivery& d = net.at(kC).slow.front();
  CHECK(d.hops == 2);
  CHECK(d.depth == 2);
  CHECK(d.deadline - net.moment(kC).now < milliseconds(180));
  net.at(kA).endpoint->cancel(net.moment(kA), CallId{id}, net.at(kA).effects);
  net.settle(kA);
  net.run(milliseconds(5));
  CHECK(status_of(net, kB, 9) == Status::cancelled);
  CHECK(net.at(kC).withdrawals.size() == 1);
}

TEST_CASE("hop budgets run out: calls in a ring stop with a typed refusal") {
  Net net(2);
  std::uint32_t refused = 0;
  std::uint64_t key = 10;
  net.handler = [&](Net& n, NodeId at, const Delivery& d) {
    CallSpec spec = spec_to(at == kA ? kB : kA, kRelay, ++key, n.in(at, seconds(1)));
    spec.parent = d.call;
    spec.context = key;
    const auto made = n.call(at, spec);
    if (made) return;
    CHECK(made.error() == Status::no_hops);
    ++refused;
    n.at(at).endpoint->reply(n.moment(at), d.call,
                             {.status = Status::failed, .error = Errc::overloaded, .result = {}},
                             n.at(at).effects);
  };
  make(net, spec_to(kB, kRelay, 1, net.in(kA, seconds(1))), 1);
  net.settle(kA);
  net.run(seconds(2));
  CHECK(refused == 1);
  CHECK(key == 14);
}

TEST_CASE("a handler whose calls grow with its data is stopped at its budget") {
  Net net(3, 1, [](Options& o) { o.calls_per_handler = 8; });
  std::uint32_t made = 0;
  Status last{};
  net.handler = [&](Net& n, NodeId at, const Delivery& d) {
    for (std::uint64_t i = 0; i < 100; ++i) {
      CallSpec spec = spec_to(kC, kAdd, 100 + i, n.in(at, seconds(1)));
      spec.parent = d.call;
      spec.context = 100 + i;
      const auto call = n.call(at, spec);
      made += call.has_value() ? 1 : 0;
      if (!call) last = call.error();
    }
  };
  make(net, spec_to(kB, kRelay, 1, net.in(kA, milliseconds(100))), 1);
  net.settle(kA);
  net.run(milliseconds(200));
  CHECK(made == 8);
  CHECK(last == Status::no_calls_left);
}

TEST_CASE("what is beyond the call's limits, or the method's, is refused before it leaves") {
  Net net(2);
  CallSpec spec = spec_to(kB, kEcho, 1, net.in(kA, seconds(1)));
  spec.arguments = {Bytes::copy_of(std::string(5000, 'x'))};
  CHECK(net.call(kA, spec).error() == Status::too_large);
  spec = spec_to(kB, 77, 1, net.in(kA, seconds(1)));
  CHECK(net.call(kA, spec).error() == Status::unknown_method);
  spec = spec_to(kB, kEcho, 1, net.moment(kA).now);
  CHECK(net.call(kA, spec).error() == Status::timed_out);
  spec = spec_to(kB, kEcho, 1, net.in(kA, seconds(1)));
  spec.hops = HopBudget{0};
  CHECK(net.call(kA, spec).error() == Status::no_hops);
}

TEST_CASE("the callee holds its handlers to the caller's limits") {
  Net net(2);
  CallSpec spec = spec_to(kB, kEcho, 1, net.in(kA, seconds(1)));
  spec.arguments = {Bytes::copy_of(std::string(2000, 'x'))};  // more than may come back
  make(net, spec, 1);
  net.settle(kA);
  net.run(milliseconds(10));
  CHECK(status_of(net, kA, 1) == Status::too_large);
}
