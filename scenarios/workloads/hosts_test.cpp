// The client and admin hosts against a scripted server: a Backend made of plain containers.
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <functional>

#include "runtime/base/random.h"
#include "runtime/wire/client_codec.h"
#include "scenarios/workloads/admin_process.h"
#include "scenarios/workloads/client_process.h"

namespace wn::scenarios {
namespace {

struct Sent {
  NodeId to;
  kv::ClientRequest request;
};

// Time stands still unless the test moves it; what is sent waits in `sent`.
struct Bench : Clock, Network, Disk, Entropy, Probe {
  Instant now;
  std::array<Instant, kTimerSlotsMax> armed;
  std::deque<Sent> sent;
  std::vector<TraceKind> events;
  std::vector<std::string> claims;
  Backend backend{*this, *this, *this, *this, *this};
  std::unique_ptr<Process> process;

  Bench() { armed.fill(Instant::max()); }
  Instant monotonic_now() const override { return now; }
  WallTime wall_now() const override { return {}; }
  void arm(std::uint32_t slot, Instant deadline) override { armed.at(slot) = deadline; }
  void disarm(std::uint32_t slot) override { armed.at(slot) = Instant::max(); }
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    CHECK(type == static_cast<std::uint8_t>(wire::FrameType::client_request));
    wire::IncomingRequest in;
    REQUIRE(wire::decode(frame, in) == Errc::ok);
    sent.push_back({to, in.request});
    return Errc::ok;
  }
  Errc submit(DiskRequest) override { return Errc::io_error; }
  Draw draw(Purpose purpose, std::uint64_t count) override { return Random(1).at(purpose, 0, count); }
  void emit(TraceKind kind, std::array<std::uint64_t, 5>) override { events.push_back(kind); }
  void sometimes(Claim claim) override { claims.emplace_back(claim.name); }

  // Moves to the next deadline and fires it. False when none is armed.
  bool fire() {
    std::uint32_t first = 0;
    for (std::uint32_t slot = 1; slot < armed.size(); ++slot) {
      if (armed[slot] < armed[first]) first = slot;
    }
    if (armed[first] == Instant::max()) return false;
    now = std::max(now, armed[first]);
    armed[first] = Instant::max();
    process->on_timer(first);
    return true;
  }
  Sent take() {
    for (int i = 0; i < 1000 && sent.empty(); ++i) {
      if (!fire()) break;
    }
    REQUIRE_FALSE(sent.empty());
    Sent out = std::move(sent.front());
    sent.pop_front();
    return out;
  }
  void answer(const Sent& to, kv::ReplyCode code, kv::Reply reply = {}, NodeId leader = kNobody) {
    const kv::ClientReply out{.operation = to.request.operation,
                              .attempt = to.request.attempt,
                              .code = code,
                              .leader = leader,
                              .reply = std::move(reply)};
    process->on_message(to.to, wire::encode(out));
  }
  // Opens the session when the client asks for it first.
  Sent take_work() {
    Sent out = take();
    if (out.request.kind != kv::RequestKind::operation) return out;
    if (out.request.command.kind != kv::CommandKind::open_session) return out;
    answer(out, kv::ReplyCode::done, {.session = 77});
    return take();
  }
};

struct Seen : OperationListener {
  struct Done {
    std::uint32_t process;
    std::uint32_t id;
    OperationResult result;
  };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> invoked;  // process, operation
  std::vector<Done> done;
  void on_invoke(std::uint32_t process, const faults::Operation& op) override {
    invoked.emplace_back(process, op.id);
  }
  void on_complete(std::uint32_t process, const faults::Operation& op, const OperationResult& r) override {
    done.push_back({process, op.id, r});
  }
};

faults::Operation operation(std::uint32_t id, faults::OpFunction function, Duration at) {
  return {.id = id,
          .process = NodeId{9},
          .at = SimTime{at.ns},
          .function = function,
          .key = 3,
          .value = 5,
          .expected = 4};
}

struct ClientBench : Bench {
  Seen seen;
  explicit ClientBench(std::vector<faults::Operation> operations) {
    process = make_client_process(
        {.id = NodeId{9}, .servers = {NodeId{1}, NodeId{2}}, .operations = std::move(operations)}, backend,
        &seen);
    process->on_start();
  }
};

using checkers::Outcome;
using faults::OpFunction;

}  // namespace

TEST_CASE("client host: an operation is invoked at its time, not before") {
  ClientBench b({operation(1, OpFunction::get, seconds(2))});
  CHECK(b.seen.invoked.empty());
  const Sent sent = b.take_work();
  CHECK(b.now == Instant{} + seconds(2));
  CHECK(sent.request.kind == kv::RequestKind::read);
  CHECK(sent.request.command.key.text() == "k3");
  b.answer(sent, kv::ReplyCode::done, {.value = Bytes::copy_of("3 7 -9")});
  REQUIRE(b.seen.done.size() == 1);
  CHECK(b.seen.done[0].process == 9);
  CHECK(b.seen.done[0].result.outcome == Outcome::ok);
  CHECK(b.seen.done[0].result.found);
  CHECK(b.seen.done[0].result.elements == std::vector<std::int64_t>{3, 7, -9});
  CHECK(b.seen.done[0].result.first_try);
  while (b.fire()) continue;  // a timer that nobody needs any more
  CHECK(b.sent.empty());
}

TEST_CASE("client host: one operation at a time, the next one when the first is over") {
  ClientBench b({operation(1, OpFunction::put, seconds(1)), operation(2, OpFunction::put, seconds(1))});
  const Sent first = b.take_work();
  CHECK(b.seen.invoked.size() == 1);
  CHECK(first.request.command.value.text() == "5");
  b.answer(first, kv::ReplyCode::done);
  CHECK(b.seen.invoked.size() == 2);
  const Sent second = b.take_work();
  CHECK(second.request.command.sequence == first.request.command.sequence + 1);
}

TEST_CASE("client host: a cas that does not match is a failure, one that matches is a success") {
  ClientBench b({operation(1, OpFunction::cas, seconds(1)), operation(2, OpFunction::cas, seconds(1))});
  const Sent first = b.take_work();
  CHECK(first.request.command.expected.text() == "4");
  b.answer(first, kv::ReplyCode::done, {.status = kv::Status::cas_mismatch, .value = Bytes::copy_of("8")});
  b.answer(b.take_work(), kv::ReplyCode::done);
  REQUIRE(b.seen.done.size() == 2);
  CHECK(b.seen.done[0].result.outcome == Outcome::fail);
  CHECK(b.seen.done[1].result.outcome == Outcome::ok);
}

TEST_CASE("client host: an unanswered write is unknown, and its process is retired") {
  ClientBench b({operation(1, OpFunction::put, seconds(1)), operation(2, OpFunction::put, seconds(1)),
                 operation(3, OpFunction::get, seconds(1))});
  b.take_work();
  while (b.seen.done.empty()) REQUIRE(b.fire());
  CHECK(b.seen.done[0].result.outcome == Outcome::info);
  REQUIRE(b.seen.invoked.size() == 2);
  CHECK(b.seen.invoked[1].first == 9 + kProcessStride);
}

TEST_CASE("client host: a hint is followed and the retry repeats the same sequence") {
  ClientBench b({operation(1, OpFunction::append, seconds(1))});
  const Sent first = b.take_work();
  const NodeId other{first.to == NodeId{1} ? 2U : 1U};
  b.answer(first, kv::ReplyCode::not_leader, {}, other);
  const Sent second = b.take();
  CHECK(second.to == other);
  CHECK(second.request.command == first.request.command);
  b.answer(second, kv::ReplyCode::done);
  REQUIRE(b.seen.done.size() == 1);
  CHECK(b.seen.done[0].result.attempts == 2);
  CHECK_FALSE(b.seen.done[0].result.first_try);
}

TEST_CASE("client host: a transaction's reads come back by micro-operation") {
  faults::Operation txn = operation(1, OpFunction::txn, seconds(1));
  txn.txn = {{.append = true, .key = 1, .value = 10}, {.append = false, .key = 2}};
  ClientBench b({txn});
  const Sent sent = b.take_work();
  REQUIRE(sent.request.command.micro.size() == 2);
  b.answer(sent, kv::ReplyCode::done, {.micro = {{}, {.found = true, .value = Bytes::copy_of("1 2")}}});
  REQUIRE(b.seen.done.size() == 1);
  CHECK(b.seen.done[0].result.reads == std::vector<std::vector<std::int64_t>>{{}, {1, 2}});
}

TEST_CASE("client host: damaged replies change nothing") {
  ClientBench b({operation(1, OpFunction::get, seconds(1))});
  b.take_work();
  b.process->on_message(NodeId{1}, Bytes::copy_of("not a frame"));
  CHECK(b.seen.done.empty());
}

TEST_CASE("admin host: commands survive the way there and back, and hostile ones are refused") {
  const AdminCommand change{.voters = {NodeId{3}, NodeId{400}}};
  CHECK(decode_admin_command(encode(change).view()).value() == change);
  const faults::Fault fault{.kind = faults::FaultKind::transfer, .nodes = {NodeId{7}}};
  CHECK(decode_admin_command(encode_admin_command(fault).view()).value() ==
        AdminCommand{.transfer = true, .voters = {NodeId{7}}});
  for (std::string_view bad : {"", "M", "X\1\0\0\0", "M\1\0\0", "T\1\0\0\0\2\0\0\0"}) {
    CHECK_FALSE(decode_admin_command(as_bytes(bad)).has_value());
  }
  CHECK_FALSE(decode_admin_command(as_bytes(std::string_view("M\0\0\0\0", 5))).has_value());
}

TEST_CASE("admin host: commands are carried out one after the other, in order") {
  Bench b;
  b.process = make_admin_process({.id = NodeId{9}, .servers = {NodeId{1}, NodeId{2}}}, b.backend);
  b.process->on_start();
  b.process->on_control(encode(AdminCommand{.voters = {NodeId{1}, NodeId{2}}}));
  b.process->on_control(encode(AdminCommand{.transfer = true, .voters = {NodeId{2}}}));
  b.process->on_control(Bytes::copy_of("junk"));
  const Sent first = b.take();
  CHECK(first.request.kind == kv::RequestKind::membership);
  CHECK(first.request.voters == std::vector<NodeId>{NodeId{1}, NodeId{2}});
  CHECK(b.sent.empty());
  b.answer(first, kv::ReplyCode::done);
  const Sent second = b.take();
  CHECK(second.request.kind == kv::RequestKind::transfer);
  CHECK(second.request.target == NodeId{2});
  b.answer(second, kv::ReplyCode::rejected);
  CHECK_FALSE(b.fire());
  CHECK(b.claims == std::vector<std::string>{"admin: invalid command dropped", "admin: change carried out",
                                             "admin: change refused"});
}

TEST_CASE("admin host: from the moment that faults are over it asks for nothing more") {
  Bench b;
  b.process = make_admin_process({.id = NodeId{9}, .servers = {NodeId{1}, NodeId{2}}, .active = seconds(1)},
                                 b.backend);
  b.process->on_start();
  b.process->on_control(encode(AdminCommand{.transfer = true, .voters = {NodeId{2}}}));
  b.process->on_control(encode(AdminCommand{.transfer = true, .voters = {NodeId{1}}}));
  const Sent first = b.take();
  b.now = b.now + seconds(1);
  b.answer(first, kv::ReplyCode::done);
  CHECK(b.sent.empty());
  CHECK_FALSE(b.fire());
  b.process->on_control(encode(AdminCommand{.transfer = true, .voters = {NodeId{2}}}));
  CHECK(b.sent.empty());
}

TEST_CASE("admin host: more commands than the limit are dropped") {
  Bench b;
  b.process = make_admin_process({.id = NodeId{9}, .servers = {NodeId{1}}}, b.backend);
  for (std::size_t i = 0; i < kAdminCommandsMax + 3; ++i) {
    b.process->on_control(encode(AdminCommand{.voters = {NodeId{1}}}));
  }
  CHECK(b.claims == std::vector<std::string>(2, "admin: command dropped, too many waiting"));
}

}  // namespace wn::scenarios
