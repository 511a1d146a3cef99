// The workloads that simulated networks are compared by, with the same numbers as
// reports/peers/rust/common/src/network.rs. A frame takes at least 1 ms and 2.4 ms on average; none is lost.
//   ping_pong/N   N/2 pairs of nodes; in each, one frame of 16 bytes goes there and back again
//   rumour/N      N nodes; every 10 ms each sends a frame of 24 bytes to 3 others, drawn anew
// Rates are of messages received in a second of processor time; building the world and taking it down are not
// counted.
#include <benchmark/benchmark.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "runtime/base/check.h"
#include "sim/world/test_world.h"
#include "sim/world/world.h"

namespace wn::sim {
namespace {

constexpr std::uint64_t kMessages = 100'000;
constexpr std::uint64_t kFanOut = 3;
constexpr Duration kInterval = milliseconds(10);

// What all nodes of one run share.
struct Workload {
  std::uint32_t nodes;
  std::uint64_t turns;  // of each node: frames received, or rounds begun
  std::uint64_t expected;
  std::uint64_t received = 0;
};

class Player : public Process {
 public:
  Player(NodeId id, Backend& backend, Workload& workload, std::string_view frame)
      : id_(id), backend_(backend), workload_(workload), frame_(testing::text(frame)) {}
  void on_timer(std::uint32_t) override {}
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

 protected:
  NodeId id_;
  Backend& backend_;
  Workload& workload_;
  Bytes frame_;
  std::uint64_t turn_ = 0;
};

class PingPong final : public Player {
 public:
  PingPong(NodeId id, Backend& backend, Workload& workload)
      : Player(id, backend, workload, "0123456789abcdef"), first_(id.value % 2 == 1) {}
  void on_start() override {
    if (first_) (void)backend_.network.send(NodeId{id_.value + 1}, frame_, 1);
  }
  void on_message(NodeId from, const Bytes& frame) override {
    ++workload_.received;
    if (++turn_ < workload_.turns || !first_) (void)backend_.network.send(from, frame, 1);
  }

 private:
  bool first_;
};

class Rumour final : public Player {
 public:
  Rumour(NodeId id, Backend& backend, Workload& workload)
      : Player(id, backend, workload, "what I know, in brief...") {}
  void on_start() override { arm(); }
  void on_message(NodeId, const Bytes&) override { ++workload_.received; }
  void on_timer(std::uint32_t) override {
    ++turn_;
    for (std::uint64_t i = 0; i < kFanOut; ++i) {
      const auto n = static_cast<std::uint32_t>(1 + below(workload_.nodes - 1));
      (void)backend_.network.send(NodeId{n < id_.value ? n : n + 1}, frame_, 1);
    }
    if (turn_ < workload_.turns) arm();
  }

 private:
  // SplitMix64 and a multiplication, as in the peers' programs: a workload should cost next to nothing.
  std::uint64_t below(std::uint64_t n) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(z ^ (z >> 31)) * n) >> 64);
  }
  void arm() { backend_.clock.arm(0, backend_.clock.monotonic_now() + kInterval); }
  std::uint64_t state_ = id_.value;
};

template <class Node>
void run(benchmark::State& state, std::uint64_t sent_each_turn) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  faults::Plan plan = testing::quiet_plan(nodes);
  plan.network.latency_mean = microseconds(2400);
  const std::uint64_t turns = kMessages / (nodes * sent_each_turn);
  for (auto _ : state) {
    state.PauseTiming();
    Workload workload{.nodes = nodes, .turns = turns, .expected = turns * nodes * sent_each_turn};
    auto world = std::make_unique<World>(
        plan, [&](NodeId id, Backend& backend) { return std::make_unique<Node>(id, backend, workload); },
        nullptr);
    state.ResumeTiming();
    while (workload.received < workload.expected && world->step(SimTime::max())) continue;
    state.PauseTiming();
    WN_CHECK(workload.received == workload.expected);
    world.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(turns * nodes * sent_each_turn));
}
// How many instructions `work` takes in user mode, each of them stepped over (ptrace), in a process of its
// own: the same number on every run and under any load, and no processor counters needed. 0: this machine
// does not let us.
template <class Work>
std::uint64_t instructions_of(const Work& work) {
  const pid_t child = ::fork();
  if (child < 0) return 0;
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    work([] { ::raise(SIGSTOP); });
    ::_exit(0);
  }
  std::uint64_t steps = 0;
  int status = 0;
  bool counting = true;
  ::waitpid(child, &status, 0);
  while (counting && WIFSTOPPED(status)) {
    if (::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0 || ::waitpid(child, &status, 0) < 0) break;
    counting = WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
    if (counting) ++steps;
  }
  if (!WIFEXITED(status)) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  return steps;
}

// Of a warm world: a guard that load and clocks cannot blur.
template <class Node>
void count_instructions(benchmark::State& state, std::uint64_t sent_each_turn) {
  constexpr std::uint64_t kWarm = 3000;
  constexpr std::uint64_t kCounted = 100;
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  faults::Plan plan = testing::quiet_plan(nodes);
  plan.network.latency_mean = microseconds(2400);
  for (auto _ : state) {
    const std::uint64_t steps = instructions_of([&](auto mark) {
      Workload workload{.nodes = nodes, .turns = kMessages, .expected = kMessages * nodes * sent_each_turn};
      World world(
          plan, [&](NodeId id, Backend& backend) { return std::make_unique<Node>(id, backend, workload); },
          nullptr);
      while (workload.received < kWarm && world.step(SimTime::max())) continue;
      mark();
      while (workload.received < kWarm + kCounted && world.step(SimTime::max())) continue;
      mark();
    });
    state.counters["instructions_per_message"] = static_cast<double>(steps) / static_cast<double>(kCounted);
  }
}
void ping_pong_instructions(benchmark::State& state) { count_instructions<PingPong>(state, 1); }
void rumour_instructions(benchmark::State& state) { count_instructions<Rumour>(state, kFanOut); }
BENCHMARK(ping_pong_instructions)->Arg(10)->Iterations(1);
BENCHMARK(rumour_instructions)->Arg(10)->Iterations(1);

void ping_pong(benchmark::State& state) { run<PingPong>(state, 1); }
void rumour(benchmark::State& state) { run<Rumour>(state, kFanOut); }
BENCHMARK(ping_pong)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(rumour)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::sim
