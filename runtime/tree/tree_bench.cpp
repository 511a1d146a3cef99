// Moves per second of one replica, in order and reordered, over a tree of 10,000 worknodes; creation of a
// million with the bytes that each costs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/random.h"
#include "runtime/tree/genesis.h"
#include "runtime/tree/tree.h"

namespace wn::tree {
namespace {

constexpr std::uint32_t kNodes = 10'000;
constexpr std::uint32_t kMoves = 100'000;
constexpr std::uint32_t kStableEvery = 4096;  // operations between two truncations

// Random moves: any worknode under any other. `first` is the time of the first.
std::vector<Operation> random_moves(std::uint64_t seed) {
  const Random random(seed);
  std::vector<Operation> moves;
  for (std::uint32_t i = 0; i < kMoves; ++i) {
    Draw draw = random.at("move", 0, i);
    const WorknodeId node = genesis_id(draw.below(kNodes));
    const WorknodeId parent = genesis_id(draw.below(kNodes));
    moves.push_back({.stamp = {.time = causality::HlcTime{i + 1}, .replica = ReplicaId{1 + i % 3}},
                     .node = node,
                     .parent = parent});
  }
  return moves;
}

// Shuffled within consecutive windows.
void shuffle(std::vector<Operation>& moves, std::size_t window) {
  const Random random(9);
  for (std::size_t start = 0; start < moves.size(); start += window) {
    const std::size_t size = std::min(window, moves.size() - start);
    for (std::size_t i = size; i > 1; --i) {
      const std::uint64_t j = random.at("shuffle", 0, start + i).below(i);
      std::swap(moves[start + i - 1], moves[start + j]);
    }
  }
}

Tree fresh_tree() {
  return *make_genesis({.count = kNodes, .fan_out = 10}, {.nodes_max = 1U << 21},
                       std::pmr::new_delete_resource());
}

void run_moves(benchmark::State& state, const std::vector<Operation>& moves, std::size_t batch) {
  Effects effects(std::pmr::new_delete_resource());
  Stats stats;
  for (auto _ : state) {
    state.PauseTiming();
    Tree tree = fresh_tree();
    state.ResumeTiming();
    std::uint64_t stable = 0;
    for (std::size_t i = 0; i < moves.size(); i += batch) {
      const std::size_t size = std::min(batch, moves.size() - i);
      WN_CHECK(tree.apply({moves.data() + i, size}, effects).has_value());
      if (i - stable >= kStableEvery) {  // a window's worth behind
        stable = i;
        tree.truncate_before({.time = causality::HlcTime{i - 1000 - i % 1000}, .replica = ReplicaId{9}});
      }
    }
    benchmark::DoNotOptimize(tree.digest());
    stats = tree.stats();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(moves.size()));
  const auto share = [&](std::uint64_t n) { return static_cast<double>(n) / kMoves; };
  state.counters["in_order"] = share(stats.in_order);
  state.counters["placed"] = share(stats.placed);
  state.counters["undone_per_move"] = share(stats.undone);
}

// Argument: operations in a batch.
void BM_MovesInOrder(benchmark::State& state) {
  run_moves(state, random_moves(1), static_cast<std::size_t>(state.range(0)));
}
BENCHMARK(BM_MovesInOrder)->Arg(1)->Arg(64)->Unit(benchmark::kMillisecond);

void BM_MovesReorderWindow1000(benchmark::State& state) {
  std::vector<Operation> moves = random_moves(1);
  shuffle(moves, 1000);
  run_moves(state, moves, static_cast<std::size_t>(state.range(0)));
}
BENCHMARK(BM_MovesReorderWindow1000)->Arg(1)->Arg(64)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_CreateMillion(benchmark::State& state) {
  constexpr std::uint32_t kMillion = 1'000'000;
  std::vector<Operation> creations;
  for (std::uint32_t i = 0; i < kMillion; ++i) {
    const WorknodeId parent = i < 10 ? kRootId : worknode_id({ReplicaId{1}, i / 10});
    creations.push_back({.stamp = {.time = causality::HlcTime{i + 1}, .replica = ReplicaId{1}},
                         .node = worknode_id({ReplicaId{1}, i + 1}),
                         .parent = parent,
                         .type = 1});
  }
  Effects effects(std::pmr::new_delete_resource());
  std::size_t bytes = 0;
  for (auto _ : state) {
    Tree tree({.nodes_max = 1U << 21}, std::pmr::new_delete_resource());
    for (std::size_t i = 0; i < kMillion; i += 1000) {
      WN_CHECK(tree.apply({creations.data() + i, 1000}, effects).has_value());
      tree.truncate_before(creations[i + 999].stamp);
    }
    WN_CHECK_EQ(tree.size(), kMillion);
    bytes = tree.memory_bytes();
    state.PauseTiming();
    {
      Tree gone = std::move(tree);
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kMillion);
  state.counters["bytes_per_node"] = static_cast<double>(bytes) / kMillion;
}
BENCHMARK(BM_CreateMillion)->Unit(benchmark::kMillisecond);

void BM_GenesisMillion(benchmark::State& state) {
  std::size_t bytes = 0;
  for (auto _ : state) {
    const Result<Tree> tree =
        make_genesis({.count = 1'000'000}, {.nodes_max = 1U << 21}, std::pmr::new_delete_resource());
    bytes = tree->memory_bytes();
  }
  state.SetItemsProcessed(state.iterations() * 1'000'000);
  state.counters["bytes_per_node"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK(BM_GenesisMillion)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::tree
