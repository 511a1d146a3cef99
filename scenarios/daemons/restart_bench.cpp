// How long a node takes from its start until it has recovered, by the entries in its journal: real files on
// the machine's disk, the page cache warm, as after kill -9. An argument is the number of entries.
#include <benchmark/benchmark.h>

#include "runtime/base/check.h"
#include "runtime/host/group_map.h"
#include "runtime/host/host.h"
#include "runtime/node/node.h"
#include "runtime/real/node.h"
#include "runtime/real/os.h"
#include "runtime/real/probes.h"
#include "runtime/real/test_folder.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/client_codec.h"
#include "runtime/wire/frame.h"

namespace wn::scenarios {
namespace {

constexpr NodeId kSelf{1};
constexpr NodeId kClient{500};
constexpr std::uint64_t kWindow = 400;  // requests under way while the journal is filled
constexpr Duration kTurn = milliseconds(20);

// The service under a door that keeps its replies to itself and counts them.
class Counted final : public Process, private Network {
 public:
  Counted(Backend& outer, const ProcessFactory& service)
      : door_{outer.clock, *this, outer.disk, outer.entropy, outer.probe}, inner_(service(kSelf, door_)) {}
  void on_start() override { inner_->on_start(); }
  void on_message(NodeId from, const Bytes& frame) override { inner_->on_message(from, frame); }
  void on_timer(std::uint32_t slot) override { inner_->on_timer(slot); }
  void on_disk(DiskCompletion completion) override { inner_->on_disk(std::move(completion)); }
  void on_control(const Bytes&) override {}
  std::uint64_t replies = 0;
  Bytes last_reply;

 private:
  Errc send(NodeId, Bytes frame, std::uint8_t) override {
    ++replies;
    last_reply = std::move(frame);
    return Errc::ok;
  }
  Backend door_;
  std::unique_ptr<Process> inner_;
};

class Machine {
 public:
  explicit Machine(ProcessFactory service) : service_(std::move(service)), loop_(*real::Loop::make()) {
    real::NodeOptions options;
    options.id = kSelf;
    options.folder = folder_.path() + "/data";
    node_ = *real::Node::make(*loop_, options, probe_);
  }
  void start() {
    probe_ = {};
    node_->start([this](NodeId, Backend& door) {
      auto process = std::make_unique<Counted>(door, service_);
      process_ = process.get();
      return process;
    });
  }
  void stop() { node_->stop(); }
  template <class Holds>
  void until(Holds holds) {
    while (!holds()) loop_->turn(kTurn);
  }
  void wait() { loop_->turn(kTurn); }
  std::uint64_t told(TraceKind kind) const { return probe_.count(kind); }
  std::array<std::uint64_t, 5> last(TraceKind kind) const { return probe_.last(kind); }
  // Sends frames 0 … count - 1, a window at a time, each answered before the last is sent.
  template <class Frame>
  void fill(std::uint64_t count, Frame frame) {
    for (std::uint64_t at = 0; at < count; at += kWindow) {
      const std::uint64_t end = std::min(at + kWindow, count);
      const std::uint64_t due = process_->replies + (end - at);
      for (std::uint64_t i = at; i < end; ++i) process_->on_message(kClient, frame(i));
      until([&] { return process_->replies >= due; });
    }
  }
  Bytes ask(const Bytes& frame) {
    fill(1, [&](std::uint64_t) { return frame; });
    return process_->last_reply;
  }

 private:
  real::TestFolder folder_;
  ProcessFactory service_;
  real::CountingProbe probe_;
  std::unique_ptr<real::Loop> loop_;
  std::unique_ptr<real::Node> node_;
  Counted* process_ = nullptr;
};

void measure(benchmark::State& state, Machine& machine, TraceKind recovered) {
  for (auto _ : state) {
    state.PauseTiming();
    machine.stop();
    state.ResumeTiming();
    machine.start();
    machine.until([&] { return machine.told(recovered) > 0; });
  }
  // Field 2 is what the node says that it has recovered: the last index, or the updates applied.
  state.counters["recovered"] = static_cast<double>(machine.last(recovered)[2]);
}

// ---- the key-value service: a Raft log without a snapshot

Bytes kv_frame(kv::Command command, std::uint64_t operation) {
  kv::ClientRequest request;
  request.operation = operation;
  request.attempt = 1;
  request.command = std::move(command);
  return wire::encode(request);
}

void restart_kv(benchmark::State& state) {
  node::Options options;
  options.id = kSelf;
  options.initial.voters.insert_sorted(kSelf);
  options.snapshot_every_entries = 0;
  options.raft.log_entries_max = 1U << 22;
  Machine machine([options](NodeId, Backend& door) { return node::make_node(options, door); });
  machine.start();
  machine.until([&] { return machine.told(TraceKind::raft_restored) > 0; });
  // Refused until it leads.
  kv::ClientReply opened;
  do {
    kv::Command command;
    command.kind = kv::CommandKind::open_session;
    WN_CHECK(wire::decode(machine.ask(kv_frame(command, 1)), opened) == Errc::ok);
    machine.wait();
  } while (opened.code != kv::ReplyCode::done);
  machine.fill(static_cast<std::uint64_t>(state.range(0)), [&](std::uint64_t i) {
    kv::Command command;
    command.kind = kv::CommandKind::put;
    command.session = opened.reply.session;
    command.sequence = i + 1;
    command.key = Bytes::copy_of("key" + std::to_string(i % 10'000));
    command.value = Bytes::copy_of("value" + std::to_string(i));
    return kv_frame(std::move(command), i + 2);
  });
  measure(state, machine, TraceKind::raft_restored);
}
BENCHMARK(restart_kv)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// ---- a realm: journal records of one mode since the last image

void restart_realm(benchmark::State& state, Mode mode) {
  host::Options options;
  options.realm.node = kSelf;
  options.realm.members = {kSelf};
  options.realm.worknodes = 100;
  options.compact_every_updates = 0x7FFF'FFFF;
  options.groups.groups =
      host::first_groups({.groups = 1, .replicas = 1, .members = {kSelf}, .worknodes = 100});
  options.groups.raft.log_entries_max = 1U << 22;
  options.groups.snapshot_every = 1U << 30;
  Machine machine([options](NodeId, Backend& door) { return host::make_host(options, door); });
  machine.start();
  machine.until([&] { return machine.told(TraceKind::realm_restored) > 0; });
  machine.fill(static_cast<std::uint64_t>(state.range(0)), [&](std::uint64_t i) {
    realm::Request request;
    request.operation = i + 1;
    request.attempt = 1;
    request.function = realm::Function::put;
    request.worknode = realm::numbered(1 + i % 100);
    request.value = static_cast<std::int64_t>(i);
    request.mode = mode;
    const Bytes payload = realm::encode(request);
    return Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
      std::copy_n(payload.data(), payload.size(), bytes + wire::kHeaderBytes);
      wire::seal_frame(bytes, wire::FrameType::realm_request, payload.size());
    });
  });
  measure(state, machine, TraceKind::realm_restored);
}
BENCHMARK_CAPTURE(restart_realm, eventual, Mode::eventual)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(restart_realm, strong, Mode::strong)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace wn::scenarios
