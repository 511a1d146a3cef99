// Idle groups: CPU, messages and memory of 10,000 groups of three replicas on five nodes, for a second of
// simulated time. And commits a second over many groups, in one process, with disks and a network that answer
// at once.
#include <benchmark/benchmark.h>

#include <memory>

#include "runtime/base/check.h"
#include "runtime/groups/test_client.h"

namespace wn::groups {
namespace {

constexpr std::uint32_t kNodes = 5;

Options many(std::uint64_t groups) {
  Options options = one_group({1, 2, 3});
  for (std::uint64_t g = 2; g <= groups; ++g) {
    raft::MemberList on;
    for (std::uint64_t k = 0; k < 3; ++k) {
      on.insert_sorted(NodeId{static_cast<std::uint32_t>(1 + (g + k) % kNodes)});
    }
    options.groups.push_back(
        {.group = GroupId{g}, .root = worknode(g), .members = on, .worknodes = {worknode(g)}});
  }
  return options;
}

std::unique_ptr<TestWorld> settled(const Options& options) {
  auto world = std::make_unique<TestWorld>(kNodes, options);
  world->judge_notes = false;
  for (int i = 0; i < 30 && !world->all_asleep() && options.sleep; ++i) world->run(seconds(1));
  if (!options.sleep) world->run(seconds(5));
  WN_CHECK(!options.sleep || world->all_asleep());
  return world;
}

// One iteration is one simulated second; its CPU time against a second is the share of a core.
void idle_groups(benchmark::State& state, bool sleep) {
  Options options = many(static_cast<std::uint64_t>(state.range(0)));
  options.sleep = sleep;
  const auto world = settled(options);
  const std::uint64_t batches = world->sends(MessageKind::batch);
  const std::uint64_t alives = world->sends(MessageKind::alive);
  for (auto _ : state) world->run(seconds(1));
  state.counters["batches/sim_s"] = benchmark::Counter(
      static_cast<double>(world->sends(MessageKind::batch) - batches), benchmark::Counter::kAvgIterations);
  state.counters["alives/sim_s"] = benchmark::Counter(
      static_cast<double>(world->sends(MessageKind::alive) - alives), benchmark::Counter::kAvgIterations);
}
void idle_asleep(benchmark::State& state) { idle_groups(state, true); }
void idle_awake(benchmark::State& state) { idle_groups(state, false); }
BENCHMARK(idle_asleep)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(idle_awake)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond)->Iterations(2);

// Resident memory of the process for each replica of an idle group, by the kernel's count of pages.
long resident_kib() {
  long pages = 0;
  long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  const int read = std::fscanf(file, "%ld %ld", &pages, &resident);
  std::fclose(file);
  return read == 2 ? resident * 4 : 0;
}

void memory_of_idle_replica(benchmark::State& state) {
  for (auto _ : state) {
    const long before = resident_kib();
    const auto world = settled(many(static_cast<std::uint64_t>(state.range(0))));
    const long used = resident_kib() - before;
    state.counters["bytes/replica"] =
        static_cast<double>(used) * 1024 / (3.0 * static_cast<double>(state.range(0)));
  }
}
BENCHMARK(memory_of_idle_replica)->Arg(10'000)->Iterations(1)->Unit(benchmark::kSecond);

// Each iteration: one write to each of `groups` groups, all in flight together, until all are answered.
void commits(benchmark::State& state) {
  const auto groups = static_cast<std::uint64_t>(state.range(0));
  auto options = many(groups);
  NetworkOptions network{.delay_min = microseconds(50), .delay_max = microseconds(50)};
  network.sync_min = network.sync_max = microseconds(10);
  TestWorld world(kNodes, options, 1, network);
  world.judge_notes = false;
  world.run(seconds(3));
  std::vector<std::uint32_t> leaders;
  for (std::uint64_t g = 2; g <= groups; ++g) leaders.push_back(world.leader(GroupId{g}));
  std::uint64_t operation = 0;
  std::uint64_t done = 0;
  for (auto _ : state) {
    ++operation;
    for (std::uint64_t g = 2; g <= groups; ++g) {
      world.submit(leaders[g - 2], {.context = g,
                                    .client = NodeId{100},
                                    .operation = operation,
                                    .attempt = 1,
                                    .worknode = worknode(g),
                                    .function = Function::add,
                                    .value = 1});
    }
    world.run(milliseconds(2));
    for (const auto& [node, answer] : world.answers) done += answer.code == AnswerCode::done ? 1 : 0;
    world.answers.clear();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
}
BENCHMARK(commits)->Arg(2)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::groups
