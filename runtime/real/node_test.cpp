#include "runtime/real/node.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "runtime/real/os.h"
#include "runtime/real/probes.h"
#include "runtime/real/test_folder.h"

namespace wn::real {
namespace {

// What a test may do at a node.
struct Acts {
  std::function<void(Backend&)> start = [](Backend&) {};
  std::function<void(Backend&, NodeId, const Bytes&)> message = [](Backend&, NodeId, const Bytes&) {};
  std::function<void(Backend&, std::uint32_t)> timer = [](Backend&, std::uint32_t) {};
  std::function<void(Backend&, DiskCompletion)> disk = [](Backend&, const DiskCompletion&) {};
  std::function<void(Backend&, const Bytes&)> control = [](Backend&, const Bytes&) {};
};

class Actor final : public Process {
 public:
  Actor(const Acts& acts, Backend& backend) : acts_(acts), backend_(backend) {}
  void on_start() override { acts_.start(backend_); }
  void on_message(NodeId from, const Bytes& frame) override { acts_.message(backend_, from, frame); }
  void on_timer(std::uint32_t slot) override { acts_.timer(backend_, slot); }
  void on_disk(DiskCompletion completion) override { acts_.disk(backend_, std::move(completion)); }
  void on_control(const Bytes& command) override { acts_.control(backend_, command); }

 private:
  const Acts& acts_;
  Backend& backend_;
};

ProcessFactory factory_of(const Acts& acts) {
  return [&acts](NodeId, Backend& backend) { return std::make_unique<Actor>(acts, backend); };
}

template <class Done>
bool turn_until(Loop& loop, Done&& done) {
  const Instant until = loop.now() + seconds(20);
  while (!done() && loop.now() < until) loop.turn(milliseconds(100));
  return done();
}

TEST_CASE("node: a process starts from the loop, before anything else reaches it") {
  auto loop = *Loop::make();
  NullProbe probe;
  auto node = *Node::make(*loop, {.id = NodeId{1}}, probe);
  std::string seen;
  Acts acts;
  acts.start = [&](Backend& backend) {
    seen += "start ";
    backend.clock.arm(3, Instant{1});
    CHECK(seen == "start ");  // not from inside of the call
  };
  acts.timer = [&](Backend&, std::uint32_t slot) { seen += "timer" + std::to_string(slot) + " "; };
  acts.control = [&](Backend&, const Bytes& command) { seen += std::string(command.text()); };
  node->start(factory_of(acts));
  CHECK(seen.empty());
  node->control(Bytes::copy_of("go "));
  CHECK(turn_until(*loop, [&] { return seen.find("timer3") != std::string::npos; }));
  CHECK(seen == "start go timer3 ");
}

TEST_CASE("node: stop from inside of a callback ends the process when that returns") {
  auto loop = *Loop::make();
  NullProbe probe;
  auto node = *Node::make(*loop, {.id = NodeId{1}}, probe);
  int calls = 0;
  Acts acts;
  acts.control = [&](Backend& backend, const Bytes&) {
    ++calls;
    node->stop();
    backend.clock.arm(0, Instant{1});  // still alive, and in vain
  };
  acts.timer = [&](Backend&, std::uint32_t) { ++calls; };
  node->start(factory_of(acts));
  node->control(Bytes::copy_of("a"));
  node->control(Bytes::copy_of("b"));
  for (int i = 0; i < 5; ++i) loop->turn(milliseconds(1));
  CHECK(calls == 1);
  CHECK_FALSE(node->running());
  node->start(factory_of(acts));  // and it may start again
  node->control(Bytes::copy_of("c"));
  for (int i = 0; i < 5; ++i) loop->turn(milliseconds(1));
  CHECK(calls == 2);
}

TEST_CASE("node: completions of a process that was stopped do not reach the next one") {
  TestFolder folder;
  auto loop = *Loop::make();
  NullProbe probe;
  auto node = *Node::make(*loop, {.id = NodeId{1}, .folder = folder.path()}, probe);
  std::vector<std::uint64_t> tickets;
  Acts first;
  first.start = [&](Backend& backend) {
    for (std::uint64_t i = 1; i <= 50; ++i)
      CHECK(backend.disk.submit({.ticket = i,
                                 .operation = DiskOperation::write,
                                 .file = "f",
                                 .offset = i,
                                 .data = Bytes::copy_of("x")}) == Errc::ok);
    node->stop();
  };
  node->start(factory_of(first));
  loop->turn({});
  CHECK_FALSE(node->running());
  Acts second;
  second.start = [&](Backend& backend) {
    CHECK(backend.disk.submit(
              {.ticket = 1000, .operation = DiskOperation::read, .file = "f", .length = 99}) == Errc::ok);
  };
  std::size_t read = 0;
  second.disk = [&](Backend&, const DiskCompletion& c) {
    tickets.push_back(c.ticket);
    read = c.data.size();
  };
  node->start(factory_of(second));
  CHECK(turn_until(*loop, [&] { return !tickets.empty(); }));
  CHECK(tickets == std::vector<std::uint64_t>{1000});
  CHECK(read == 51);  // what the first one had queued took effect
}

TEST_CASE("node: two nodes on one loop speak by datagrams, and a stranger gets a handle") {
  auto loop = *Loop::make();
  NullProbe probe;
  auto one = *Node::make(*loop, {.id = NodeId{1}}, probe);
  auto two = *Node::make(*loop, {.id = NodeId{2}, .peers = {{NodeId{1}, one->network().local()}}}, probe);
  NodeId stranger;
  std::string answer;
  Acts echo;
  echo.message = [&](Backend& backend, NodeId from, const Bytes& frame) {
    stranger = from;
    CHECK(backend.network.send(from, frame, 1) == Errc::ok);
  };
  Acts asks;
  asks.start = [](Backend& backend) {
    CHECK(backend.network.send(NodeId{1}, Bytes::copy_of("hello"), 1) == Errc::ok);
  };
  asks.message = [&](Backend&, NodeId from, const Bytes& frame) {
    CHECK(from == NodeId{1});
    answer = frame.text();
  };
  one->start(factory_of(echo));
  two->start(factory_of(asks));
  CHECK(turn_until(*loop, [&] { return !answer.empty(); }));
  CHECK(answer == "hello");
  CHECK(is_path_handle(stranger));
}

TEST_CASE("node: draws differ, and clocks are the machine's") {
  auto loop = *Loop::make();
  CountingProbe probe;
  auto node = *Node::make(*loop, {.id = NodeId{1}}, probe);
  Backend& backend = node->backend();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::uint64_t drawn = backend.entropy.draw("test.draw", 0).u64();
    CHECK(drawn != last);
    last = drawn;
  }
  const Instant before = monotonic_now();
  const Instant read = backend.clock.monotonic_now();
  CHECK(before <= read);
  CHECK(read <= monotonic_now());
  backend.probe.emit(TraceKind::sometimes, {7});
  backend.probe.sometimes("a claim");
  CHECK(probe.count(TraceKind::sometimes) == 1);
  CHECK(probe.last(TraceKind::sometimes)[0] == 7);
  CHECK(probe.claims().at("a claim") == 1);
}

TEST_CASE("node: nobody's id is refused, and so is a folder that another node has open") {
  TestFolder folder;
  auto loop = *Loop::make();
  NullProbe probe;
  CHECK(Node::make(*loop, {}, probe).error().code == Errc::invalid_argument);
  auto node = *Node::make(*loop, {.id = NodeId{1}, .folder = folder.path()}, probe);
  CHECK(Node::make(*loop, {.id = NodeId{2}, .folder = folder.path()}, probe).error().code ==
        Errc::already_exists);
  node.reset();
  CHECK(Node::make(*loop, {.id = NodeId{2}, .folder = folder.path()}, probe).has_value());
}

}  // namespace
}  // namespace wn::real
