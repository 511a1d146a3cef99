// Worknodes at home on other nodes.
#include "runtime/host/remote.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/host/placement.h"
#include "runtime/host/test_hosts.h"

namespace wn::host {
namespace {

using realm::Function;
using realm::Property;
using realm::Request;

constexpr std::uint8_t kCallsFrame = 56;
const std::vector<NodeId> kThree{NodeId{1}, NodeId{2}, NodeId{3}};

// A worknode of the first tree that is at home there.
std::uint64_t at_home_on(NodeId node, std::uint64_t from = 1) {
  for (std::uint64_t n = from; n <= 12; ++n) {
    if (placed_on(realm::numbered(n), kThree) == node) return n;
  }
  FAIL("no such worknode");
  return 0;
}

Request add(std::uint64_t worknode, std::int64_t value) {
  return {.function = Function::add,
          .worknode = realm::numbered(worknode),
          .property = Property::count,
          .value = value};
}
Request get(std::uint64_t worknode) {
  return {.function = Function::get, .worknode = realm::numbered(worknode), .property = Property::count};
}

TEST_CASE(
    "placement: every worknode has a home, about as many on each node, and few move when one node goes") {
  const std::vector<NodeId> four{NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}};
  std::map<NodeId, int> homes;
  int moved = 0;
  for (std::uint64_t n = 1; n <= 4000; ++n) {
    const NodeId before = placed_on(realm::numbered(n), four);
    const NodeId after = placed_on(realm::numbered(n), kThree);
    ++homes[before];
    if (before != NodeId{4}) REQUIRE(after == before);
    moved += before != after ? 1 : 0;
  }
  for (const NodeId node : four) CHECK(homes[node] > 850);
  CHECK(moved == homes[NodeId{4}]);
  CHECK(placed_on(realm::numbered(1), {}) == kNobody);
}

TEST_CASE(
    "a request goes to its worknode's home, whichever node is asked, and is answered through that node") {
  TestHosts hosts(3);
  const std::uint64_t w = at_home_on(NodeId{2});
  hosts.cut = [](NodeId, NodeId) { return false; };
  CHECK(hosts.call(NodeId{1}, add(w, 5)).code == realm::ReplyCode::done);
  CHECK(hosts.count(kCallsFrame) == 1);
  CHECK(hosts.call(NodeId{3}, add(w, 6)).code == realm::ReplyCode::done);
  // No gossip has to pass: both are read where they were written.
  CHECK(hosts.call(NodeId{1}, get(w)).items == std::vector<std::int64_t>{11});
  CHECK(hosts.call(NodeId{2}, get(w)).items == std::vector<std::int64_t>{11});
}

TEST_CASE("without remote calls nothing is sent, and one node alone sends nothing either") {
  TestHosts plain(3, [](Options& o) { o.remote_calls = false; });
  CHECK(plain.call(NodeId{1}, add(at_home_on(NodeId{2}), 5)).code == realm::ReplyCode::done);
  CHECK(plain.count(kCallsFrame) == 0);
  TestHosts alone(1);
  CHECK(alone.call(NodeId{1}, add(3, 5)).code == realm::ReplyCode::done);
  CHECK(alone.call(NodeId{1}, {.function = Function::call, .worknode = realm::numbered(1)}).code ==
        realm::ReplyCode::done);
  CHECK(alone.count(kCallsFrame) == 0);
}

TEST_CASE("a sum over children asks each at its home, those of one node in one frame") {
  TestHosts hosts(3);
  std::int64_t total = 0;
  for (std::uint64_t child = 1; child <= 3; ++child) {
    total += static_cast<std::int64_t>(child) * 10;
    CHECK(hosts.call(NodeId{1}, add(child, static_cast<std::int64_t>(child) * 10)).code ==
          realm::ReplyCode::done);
  }
  for (const NodeId at : kThree) {
    const realm::Reply sum = hosts.call(at, {.function = Function::call, .worknode = realm::kRealmRoot});
    CHECK(sum.code == realm::ReplyCode::done);
    CHECK(sum.items == std::vector<std::int64_t>{total});
  }
}

TEST_CASE(
    "a home that cannot be reached is told to the client in time, and nothing takes effect twice after it") {
  TestHosts hosts(3);
  const std::uint64_t w = at_home_on(NodeId{2});
  bool away = true;
  hosts.cut = [&](NodeId from, NodeId to) { return away && (from == NodeId{2} || to == NodeId{2}); };
  Request request = add(w, 5);
  const Instant before = hosts.now();
  const std::uint64_t operation = hosts.ask(NodeId{1}, request);
  hosts.run_for(seconds(5), [&] { return hosts.reply(operation).has_value(); });
  REQUIRE(hosts.reply(operation).has_value());
  CHECK(hosts.reply(operation)->code == realm::ReplyCode::overloaded);
  CHECK(hosts.reply(operation)->error == Errc::timed_out);
  CHECK(hosts.now() - before <= seconds(1));
  CHECK(hosts.claimed("host: a worknode's home did not answer in time"));
  away = false;
  request.operation = operation;
  for (const std::uint32_t attempt : {2U, 3U}) {
    request.attempt = attempt;
    hosts.again(NodeId{1}, request);
    hosts.run_for(seconds(1));
    CHECK(hosts.reply(operation)->code == realm::ReplyCode::done);
  }
  CHECK(hosts.call(NodeId{3}, get(w)).items == std::vector<std::int64_t>{5});
}

TEST_CASE(
    "an operation asked for again after its home, or the node that asked, has restarted takes effect once") {
  TestHosts hosts(3);
  const std::uint64_t w = at_home_on(NodeId{2});
  Request request = add(w, 5);
  request.operation = hosts.ask(NodeId{1}, request);
  hosts.run_for(milliseconds(20));
  for (const NodeId who : {NodeId{2}, NodeId{1}}) {
    hosts.restart(who);
    ++request.attempt;
    hosts.again(NodeId{1}, request);
    hosts.run_for(seconds(1));
    CHECK(hosts.reply(request.operation)->code == realm::ReplyCode::done);
  }
  CHECK(hosts.call(NodeId{3}, get(w)).items == std::vector<std::int64_t>{5});
}

// Clients that add to counters while links fail and nodes restart; what they were told, against the sums.
struct Clients {
  std::int64_t certain = 0, possible = 0;
  std::uint64_t wrong = 0;
};
Clients disturbed(std::uint64_t seed, Defect defect) {
  TestHosts hosts(3, [&](Options& o) { o.defect = defect; });
  Draw draw = Random(seed).at("host.remote.test");
  std::uint64_t frame = 0;
  std::uint64_t loss = 200'000;
  hosts.cut = [&](NodeId from, NodeId) {
    return Random(seed).at("cut", from.value, ++frame).chance_ppm(loss);
  };
  Clients out;
  for (int i = 0; i < 40; ++i) {
    const NodeId at{static_cast<std::uint32_t>(1 + draw.below(3))};
    const NodeId client{100 + at.value};
    Request request = add(1 + draw.below(4), 1);
    request.operation = hosts.ask(at, request, client);
    request.attempt = 1;
    const auto done = [&] {
      return hosts.reply(request.operation).has_value() &&
             hosts.reply(request.operation)->code == realm::ReplyCode::done;
    };
    for (; request.attempt <= 3 && !done(); ++request.attempt) {
      if (request.attempt > 1) hosts.again(at, request, client);
      hosts.run_for(milliseconds(950), done);
    }
    out.certain += done() ? 1 : 0;
    ++out.possible;
    if (draw.below(10) == 0) hosts.restart(NodeId{static_cast<std::uint32_t>(1 + draw.below(3))});
  }
  loss = 0;
  hosts.run_for(seconds(5));
  std::int64_t total = 0;
  for (std::uint64_t w = 1; w <= 4; ++w) {
    const realm::Reply reply = hosts.call(NodeId{1}, get(w));
    CHECK(reply.code == realm::ReplyCode::done);
    if (!reply.items.empty()) total += reply.items[0];
  }
  out.wrong = static_cast<std::uint64_t>(total >= out.certain && total <= out.possible ? 0 : 1);
  return out;
}

TEST_CASE("under lost frames and restarts each operation takes effect once, and the planted bug shows") {
  std::uint64_t wrong = 0;
  std::int64_t certain = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Clients clients = disturbed(seed, Defect::none);
    wrong += clients.wrong;
    certain += clients.certain;
  }
  CHECK(wrong == 0);
  CHECK(certain > 12 * 30);
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    wrong += disturbed(seed, Defect::rpc_retry_without_key).wrong;
  CHECK(wrong > 0);
}

TEST_CASE("a method without a handler is denied, not left alone") {
  Remote a({.node = NodeId{1}, .members = kThree, .incarnation = 1}, std::pmr::new_delete_resource());
  Remote b({.node = NodeId{2}, .members = kThree, .incarnation = 1}, std::pmr::new_delete_resource());
  const rpc::Moment now{Instant{} + seconds(1)};
  std::optional<rpc::Status> status;
  a.call(now,
         {.to = NodeId{2},
          .method = RemoteMethod::strong,
          .target = {},
          .key = a.own_key(),
          .within = seconds(1)},
         [&](const rpc::Completion& c) { status = c.status; });
  for (rpc::Outgoing& out : std::exchange(a.flush(now).sends, {}))
    b.receive(now, NodeId{1}, out.kind, out.payload.view());
  while (b.run_next()) {
  }
  for (rpc::Outgoing& out : std::exchange(b.flush(now).sends, {}))
    a.receive(now, NodeId{2}, out.kind, out.payload.view());
  CHECK_FALSE(status.has_value());  // never from inside
  while (a.run_next()) {
  }
  CHECK(status == rpc::Status::denied);
  CHECK(a.own_key() != a.own_key());
}

}  // namespace
}  // namespace wn::host
