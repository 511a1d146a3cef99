#include "runtime/client/core/core.h"

#include <catch2/catch_test_macros.hpp>
#include <optional>

#include "runtime/client/core/frames.h"
#include "runtime/wire/frame.h"

namespace wn::client {
namespace {

using realm::Function;
using realm::ReplyCode;

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
Instant at(std::int64_t ms) { return Instant{} + milliseconds(ms); }

CoreOptions three_servers() {
  CoreOptions o;
  o.servers = {NodeId{1}, NodeId{2}, NodeId{3}};
  o.jitter_percent = 0;
  return o;
}

Operation operation(Function function, Mode mode, std::uint64_t worknode = 1) {
  Operation o;
  o.request.function = function;
  o.request.mode = mode;
  o.request.worknode = realm::numbered(worknode);
  return o;
}

realm::Reply reply_to(const Send& send, ReplyCode code, Errc error = Errc::ok) {
  realm::Reply r;
  r.operation = send.request.operation;
  r.attempt = send.attempt;
  r.code = code;
  r.error = error;
  return r;
}

TEST_CASE("an operation is sent home, answered once, and forgotten") {
  Core core(three_servers(), heap());
  Effects effects;
  Operation o = operation(Function::put, Mode::eventual);
  o.context = 77;
  REQUIRE(core.invoke(at(0), o, 0, effects) == Errc::ok);
  REQUIRE(effects.sends.size() == 1);
  CHECK(effects.sends[0].to == NodeId{1});
  const Send sent = effects.sends[0];
  core.on_reply(at(1), NodeId{2}, reply_to(sent, ReplyCode::done), 0, effects);
  CHECK(effects.completed.empty());  // not who was asked
  core.on_reply(at(1), NodeId{1}, reply_to(sent, ReplyCode::done), 0, effects);
  core.on_reply(at(1), NodeId{1}, reply_to(sent, ReplyCode::done), 0, effects);
  REQUIRE(effects.completed.size() == 1);
  CHECK((effects.completed[0].context == 77 && effects.completed[0].outcome == Outcome::ok));
  CHECK(core.open() == 0);
  CHECK(core.next_deadline() == Instant::max());
}

TEST_CASE("functions that a mode does not have are refused, and so is more than open_max") {
  CoreOptions options = three_servers();
  options.open_max = 1;
  Core core(options, heap());
  Effects effects;
  CHECK(core.invoke(at(0), operation(Function::cas, Mode::eventual), 0, effects) == Errc::invalid_argument);
  CHECK(core.invoke(at(0), operation(Function::add, Mode::local), 0, effects) == Errc::ok);
  CHECK(core.invoke(at(0), operation(Function::add, Mode::local), 0, effects) == Errc::overloaded);
}

TEST_CASE("a change stays where it was first sent; reads and STRONG ones go on to the next server") {
  for (const Mode mode : {Mode::eventual, Mode::strong, Mode::local}) {
    Core core(three_servers(), heap());
    Effects effects;
    REQUIRE(core.invoke(at(0), operation(Function::put, mode), 0, effects) == Errc::ok);
    core.on_tick(at(300), 0, effects);
    REQUIRE(effects.sends.size() == 2);
    CHECK(effects.sends[1].request.operation == effects.sends[0].request.operation);
    CHECK(effects.sends[1].to == (mode == Mode::strong ? NodeId{2} : NodeId{1}));
    CHECK(core.home() == (mode == Mode::local ? NodeId{1} : NodeId{2}));
    REQUIRE(core.invoke(at(301), operation(Function::get, Mode::local), 0, effects) == Errc::ok);
    CHECK(effects.sends.back().to == NodeId{1});
  }
}

TEST_CASE("without credit nothing is sent again, and what is overloaded fails at once") {
  CoreOptions options = three_servers();
  options.retry_burst = 2;
  options.retry_percent = 10;
  options.retry = milliseconds(10);
  Core core(options, heap());
  Effects effects;
  for (int i = 0; i < 100; ++i)
    REQUIRE(core.invoke(at(0), operation(Function::get, Mode::eventual), 0, effects) == Errc::ok);
  for (int t = 1; t < 3000; t += 10) core.on_tick(at(t), 0, effects);
  CHECK(core.stats().attempts <= 100 + 2);  // what was earned beyond the burst is lost
  effects.clear();
  REQUIRE(core.invoke(at(3000), operation(Function::put, Mode::eventual), 0, effects) == Errc::ok);
  const Send sent = effects.sends.back();
  core.on_reply(at(3001), sent.to, reply_to(sent, ReplyCode::overloaded, Errc::overloaded), 0, effects);
  REQUIRE(effects.completed.back().outcome == Outcome::fail);
  CHECK(effects.completed.back().reply.error == Errc::overloaded);
}

TEST_CASE("one STRONG operation is under way on a worknode, and numbers ascend on the wire") {
  Core core(three_servers(), heap());
  Effects effects;
  REQUIRE(core.invoke(at(0), operation(Function::put, Mode::strong, 5), 0, effects) == Errc::ok);
  REQUIRE(core.invoke(at(0), operation(Function::put, Mode::strong, 5), 0, effects) == Errc::ok);
  REQUIRE(core.invoke(at(0), operation(Function::put, Mode::strong, 6), 0, effects) == Errc::ok);
  REQUIRE(effects.sends.size() == 2);
  CHECK(effects.sends[1].request.worknode == realm::numbered(6));
  const Send first = effects.sends[0];
  core.on_reply(at(1), first.to, reply_to(first, ReplyCode::done), 0, effects);
  REQUIRE(effects.sends.size() == 3);
  CHECK(effects.sends[2].request.operation > effects.sends[1].request.operation);
}

TEST_CASE("what waits for its turn and never has it took no effect") {
  Core core(three_servers(), heap());
  Effects effects;
  REQUIRE(core.invoke(at(0), operation(Function::put, Mode::strong, 5), 0, effects) == Errc::ok);
  Operation second = operation(Function::put, Mode::strong, 5);
  second.timeout = milliseconds(200);
  REQUIRE(core.invoke(at(0), second, 0, effects) == Errc::ok);
  core.on_tick(at(250), 0, effects);
  REQUIRE(effects.completed.size() == 1);
  CHECK((effects.completed[0].outcome == Outcome::fail && effects.completed[0].attempts == 0));
  core.close(effects);
  CHECK(effects.completed.back().outcome == Outcome::info);
  CHECK(core.open() == 0);
}

TEST_CASE("a client shows what it has seen, and refuses a session that is none") {
  Core core(three_servers(), heap());
  Effects effects;
  causality::VersionVector seen(heap());
  REQUIRE(seen.advance(ReplicaId{4}, 9) == Errc::ok);
  std::vector<std::uint8_t> bytes;
  seen.encode(bytes);
  REQUIRE(core.invoke(at(0), operation(Function::get, Mode::eventual), 0, effects) == Errc::ok);
  realm::Reply reply = reply_to(effects.sends[0], ReplyCode::done);
  reply.session = Bytes::copy_of(ByteView(bytes));
  core.on_reply(at(1), NodeId{1}, reply, 0, effects);
  CHECK(core.session() == reply.session);
  REQUIRE(core.invoke(at(2), operation(Function::get, Mode::eventual), 0, effects) == Errc::ok);
  CHECK(effects.sends[1].request.session == reply.session);
  CHECK(core.resume(as_bytes("nonsense")) == Errc::corrupt);
}

TEST_CASE("frames: what is damaged or something else is no reply") {
  realm::Request request = operation(Function::get, Mode::eventual).request;
  request.operation = request.attempt = 1;
  realm::Reply out;
  CHECK_FALSE(open_reply(frame_of(request), out));
  CHECK_FALSE(open_reply({}, out));
}

}  // namespace
}  // namespace wn::client
