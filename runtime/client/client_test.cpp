// The client against real servers over QUIC on loopback. Nothing here asserts a time.
#include "runtime/client/client.h"

#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <mutex>

#include "runtime/client/seat.h"
#include "runtime/client/testing/servers.h"

namespace wn::client {
namespace {

using realm::numbered;
using realm::Property;

std::unique_ptr<Client> client_of(std::vector<Server> servers) {
  auto made = Client::connect({.servers = std::move(servers), .timeout = seconds(20)});
  REQUIRE(made.has_value());
  REQUIRE((*made)->wait_connected(seconds(20)).has_value());
  return std::move(*made);
}

TEST_CASE("client: what is put in each mode is read back in it") {
  TestServers servers(1, TestService::realm);
  auto client = client_of(servers.servers());
  for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong}) {
    const std::int64_t value = 100 + static_cast<std::int64_t>(mode);
    const auto put = client->put(numbered(3), value, mode);
    INFO(to_string(mode) << (put ? "" : put.error().message));
    REQUIRE(put.has_value());
    const auto got = client->get(numbered(3), Property::title, mode);
    REQUIRE(got.has_value());
    CHECK((got->found && got->items == std::vector<std::int64_t>{value}));
  }
  REQUIRE(client->add(numbered(4), 5).has_value());
  REQUIRE(client->add(numbered(4), 6).has_value());
  CHECK(client->get(numbered(4), Property::count)->items == std::vector<std::int64_t>{11});
  CHECK(client->cas(numbered(3), 1, 2).error().code == Errc::precondition);
  CHECK(client->cas(numbered(3), 103, 2).has_value());
  const auto missing = client->put(WorknodeId{.high = 9, .low = 9}, 1);
  REQUIRE_FALSE(missing.has_value());
  CHECK((missing.error().problem == Problem::refused && missing.error().code == Errc::not_found));
  const Stats stats = client->stats();
  CHECK((stats.connected && stats.operations.ok >= 10 && stats.bytes_in > 0));
}

TEST_CASE("client: many operations at a time take effect once each, in their order") {
  TestServers servers(1, TestService::realm);
  auto client = client_of(servers.servers());
  std::vector<std::future<Answer<Value>>> open;
  realm::Request add;
  add.function = realm::Function::add;
  add.property = Property::count;
  add.value = 1;
  for (int i = 0; i < 400; ++i) {
    add.worknode = numbered(static_cast<std::uint64_t>(i % 5 + 1));
    open.push_back(client->submit(add));
  }
  for (auto& one : open) {
    const Answer<Value> answer = one.get();
    INFO((answer ? "" : answer.error().message));
    REQUIRE(answer.has_value());
  }
  std::int64_t sum = 0;
  for (std::uint64_t n = 1; n <= 5; ++n) sum += client->get(numbered(n), Property::count)->items.at(0);
  CHECK(sum == 400);
}

TEST_CASE("client: a watch tells each new value, and nothing after it was taken back") {
  TestServers servers(1, TestService::realm);
  auto client = client_of(servers.servers());
  std::mutex mutex;
  std::condition_variable news;
  std::vector<std::int64_t> told;
  const auto id =
      client->watch({.worknode = numbered(2), .interval = milliseconds(2)}, [&](const auto& value) {
        const std::lock_guard lock(mutex);
        if (value && value->found) told.push_back(value->items.at(0));
        news.notify_all();
      });
  REQUIRE(id != 0);
  for (std::int64_t v = 1; v <= 3; ++v) {
    REQUIRE(client->put(numbered(2), v).has_value());
    std::unique_lock lock(mutex);
    REQUIRE(news.wait_for(lock, std::chrono::seconds(20), [&] { return !told.empty() && told.back() == v; }));
  }
  client->unwatch(id);
  REQUIRE(client->put(numbered(2), 9).has_value());
  REQUIRE(client->get(numbered(2)).has_value());
  CHECK(told.back() == 3);
  CHECK(std::ranges::is_sorted(told));
}

TEST_CASE("client: a STRONG write goes on when its home is gone, and comes back to three") {
  TestServers servers(3, TestService::realm);
  auto client = client_of(servers.servers(2));
  REQUIRE(client->put(numbered(3), 1, Mode::strong).has_value());
  servers.stop(2);
  REQUIRE(client->put(numbered(3), 2, Mode::strong).has_value());
  CHECK(client->get(numbered(3), Property::title, Mode::strong)->items == std::vector<std::int64_t>{2});
  servers.start(2);
  REQUIRE(client->put(numbered(5), 3, Mode::strong).has_value());
}

TEST_CASE("client: the key-value service, several sessions at a time") {
  TestServers servers(3, TestService::kv);
  auto client = client_of(servers.servers());
  const auto put = [&](std::string_view key, std::string_view value) {
    kv::Command c;
    c.kind = kv::CommandKind::put;
    c.key = Bytes::copy_of(key);
    c.value = Bytes::copy_of(value);
    return c;
  };
  std::vector<std::promise<Answer<KvValue>>> done(40);
  for (std::size_t i = 0; i < done.size(); ++i)
    client->submit(put(fmt::format("k{}", i), "v"),
                   [&, i](auto answer) { done[i].set_value(std::move(answer)); });
  for (auto& one : done) REQUIRE(one.get_future().get().has_value());
  kv::Command get;
  get.key = Bytes::copy_of("k39");
  const auto got = client->run(get);
  REQUIRE(got.has_value());
  CHECK((got->found && got->value.text() == "v"));
  get.key = Bytes::copy_of("nobody");
  CHECK_FALSE(client->run(get)->found);
  CHECK(client->run(put("", "x")).error().problem == Problem::invalid);
}

TEST_CASE("client: another key than the URL says is no server of ours, and the client says so") {
  TestServers servers(1, TestService::realm);
  auto list = servers.servers();
  list[0].key.bytes[0] ^= 1;
  auto client = Client::connect({.servers = list, .timeout = milliseconds(600)});
  REQUIRE(client.has_value());
  const auto got = (*client)->get(numbered(1));
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().problem == Problem::unreachable);
  CHECK(got.error().message == "no server could be reached: a server has another key than its URL says");
  CHECK((*client)->put(numbered(1), 1).error().problem == Problem::unknown_outcome);
}

TEST_CASE("client: closing ends what is open, and what comes later is refused") {
  auto client =
      Client::connect({.servers = {{.host = "127.0.0.1", .port = 9, .key = {{1}}, .id = NodeId{1}}}});
  REQUIRE(client.has_value());
  realm::Request get;
  get.worknode = numbered(1);
  auto open = (*client)->submit(get);
  (*client)->close();
  CHECK_FALSE(open.get().has_value());
  CHECK((*client)->get(numbered(1)).error().problem == Problem::closed);
  CHECK((*client)->watch({.worknode = numbered(1)}, [](const auto&) {}) == 0);
  CHECK_FALSE((*client)->stats().connected);
}

}  // namespace
}  // namespace wn::client
