// What an event costs. Run: sim_bench --benchmark_format=json
//   queue/N      push + pop with N events waiting
//   world/echo   small frames between two nodes: queue + digest + dispatch + passage
//   gossip/N     N nodes, each 100 times a second: a frame to 3 peers drawn from all, each answered
//   trace_write  100,000 events to trace.bin;  disk_append  write + sync of a log record
//   view/N       the same with a fixed random view of 16 peers a node (as in HyParView, Leitao et al., DSN
//   '07)
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <memory>
#include <sstream>
#include <vector>

#include "sim/disk/file_content.h"
#include "sim/scheduler/event.h"
#include "sim/scheduler/event_queue.h"
#include "sim/trace/recorder.h"
#include "sim/trace/trace_file.h"
#include "sim/world/test_world.h"
#include "sim/world/world.h"

namespace wn::sim {
namespace {

using testing::quiet_plan;

void queue(benchmark::State& state) {
  EventQueue<Event> q;
  const Random random(1);
  std::vector<std::int64_t> delays;
  for (std::uint64_t i = 0; i < 65536; ++i) {
    delays.push_back(static_cast<std::int64_t>(random.at("bench", 0, i).below(1'000'000)));
  }
  for (std::int64_t i = 0; i < state.range(0); ++i) q.push({delays[static_cast<std::size_t>(i) & 65535]}, {});
  std::size_t i = 0;
  for (auto _ : state) {
    const SimTime now = q.next_time();
    const Event event = q.pop();
    q.push(now + Duration{delays[++i & 65535]}, event);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(queue)->Arg(16)->Arg(256)->Arg(4096)->Arg(65536)->Arg(1'000'000);

class Echo final : public Process {
 public:
  Echo(NodeId id, Backend& backend) : id_(id), backend_(backend), frame_(testing::text("0123456789abcdef")) {}
  void on_start() override {
    for (int i = 0; i < 8; ++i) (void)backend_.network.send(NodeId{3 - id_.value}, frame_, 1);
  }
  void on_message(NodeId from, const Bytes& frame) override { (void)backend_.network.send(from, frame, 1); }
  void on_timer(std::uint32_t) override {}
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

 private:
  NodeId id_;
  Backend& backend_;
  Bytes frame_;
};

void echo(benchmark::State& state) {
  faults::Plan plan = quiet_plan(2);
  plan.network.latency_mean = milliseconds(2);
  World world(plan, [](NodeId id, Backend& backend) { return std::make_unique<Echo>(id, backend); }, nullptr);
  for (auto _ : state) world.step(SimTime::max());
  state.SetItemsProcessed(static_cast<std::int64_t>(world.stats().messages_delivered));
}
BENCHMARK(echo);

class Gossip final : public Process {
 public:
  Gossip(NodeId id, Backend& backend, std::uint32_t nodes, std::uint32_t view)
      : id_(id),
        backend_(backend),
        nodes_(nodes),
        view_(view),
        frame_(testing::text("what I know, in brief....")) {}
  void on_start() override { backend_.clock.arm(0, Instant{} + milliseconds(10)); }
  void on_message(NodeId from, const Bytes& frame) override {
    if (!frame.empty()) (void)backend_.network.send(from, {}, 2);
  }
  void on_timer(std::uint32_t) override {
    Draw draw = backend_.entropy.draw("gossip", ++round_);
    for (int i = 0; i < 3; ++i) (void)backend_.network.send(peer(draw), frame_, 1);
    backend_.clock.arm(0, backend_.clock.monotonic_now() + milliseconds(10));
  }
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

 private:
  NodeId peer(Draw& draw) {
    const auto other = [&](Draw& d) {
      const auto n = static_cast<std::uint32_t>(1 + d.below(nodes_ - 1));
      return NodeId{n < id_.value ? n : n + 1};
    };
    if (view_ == 0) return other(draw);
    Draw fixed = Random(id_.value).at("view", 0, draw.below(view_));
    return other(fixed);
  }
  NodeId id_;
  Backend& backend_;
  std::uint32_t nodes_;
  std::uint32_t view_;
  Bytes frame_;
  std::uint64_t round_ = 0;
};

void gossip_with(benchmark::State& state, std::uint32_t view) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  faults::Plan plan = quiet_plan(nodes);
  plan.network.latency_mean = milliseconds(2);
  World world(
      plan, [&](NodeId id, Backend& backend) { return std::make_unique<Gossip>(id, backend, nodes, view); },
      nullptr);
  // Every run delivers as many messages, whatever the number of nodes; the first is not counted.
  const Duration stretch = Duration{seconds(100).ns / nodes};
  SimTime end = SimTime{} + stretch;
  world.run_until(end);
  const std::uint64_t before = world.stats().messages_delivered;
  for (auto _ : state) world.run_until(end = end + stretch);
  const auto delivered = static_cast<std::int64_t>(world.stats().messages_delivered - before);
  state.SetItemsProcessed(delivered);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_rss_mib"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
void view(benchmark::State& state) { gossip_with(state, 16); }
void gossip(benchmark::State& state) { gossip_with(state, 0); }
BENCHMARK(view)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(gossip)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

// 100,000 events of a gossiping world to trace.bin, in memory.
void trace_write(benchmark::State& state) {
  faults::Plan plan = quiet_plan(5);
  plan.network.latency_mean = milliseconds(2);
  TraceRecorder recorder(100'000);
  World world(
      plan, [](NodeId id, Backend& backend) { return std::make_unique<Gossip>(id, backend, 5, 0); },
      &recorder);
  while (!recorder.truncated()) world.step(SimTime::max());
  const std::vector<TraceEvent> events = recorder.to_vector();
  std::size_t bytes = 0;
  for (auto _ : state) {
    std::ostringstream out;
    benchmark::DoNotOptimize(write_trace(out, {}, events, {}));
    bytes = out.view().size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(trace_write)->Unit(benchmark::kMillisecond);

// Appends of 200 bytes to one file, a sync after each: the life of a log.
void disk_append(benchmark::State& state) {
  FileContent file;
  const Bytes record = Bytes::copy_of(std::string(200, 'r'));
  std::int64_t n = 0;
  for (auto _ : state) {
    if (file.size() > 64U << 20) file = FileContent{};
    file.write(file.size(), record);
    file.sync({++n});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(disk_append);

}  // namespace
}  // namespace wn::sim
