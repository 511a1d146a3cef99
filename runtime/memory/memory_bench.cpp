// What an allocation and a free cost: in a pair, over a random working set, at the 99.99th percentile;
// against glibc's malloc, and mimalloc and jemalloc where the machine has them, in the same run. And what
// 10,000 worknodes take in slabs and in fixed pools of 64 KiB.
#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/memory/bench_peers.h"
#include "runtime/memory/magazine.h"
#include "runtime/memory/memory.h"
#include "runtime/memory/resource.h"
#include "runtime/memory/testing/realm_sizes.h"

namespace wn::memory {
namespace {

constexpr std::size_t kItemBytes = 64;

std::unique_ptr<Memory> make_memory(std::uint64_t bytes = 64 << 20) {
  return std::make_unique<Memory>(*Budget::plan({.bytes = bytes, .blocks = 16, .touch = true}),
                                  std::pmr::new_delete_resource());
}

void pair_handle(benchmark::State& state) {
  const auto memory = make_memory();
  const ClassIndex c = memory->classes().class_of(kItemBytes);
  for (auto _ : state) {
    const auto item = memory->allocate(c);
    void* piece = item->memory;
    benchmark::DoNotOptimize(piece);
    if (!memory->free(item->handle)) return state.SkipWithError("refused");
  }
}
BENCHMARK(pair_handle);

void pair_magazine(benchmark::State& state) {
  const auto memory = make_memory();
  Magazine magazine(*memory, memory->classes().class_of(kItemBytes));
  benchmark::DoNotOptimize(&magazine);
  for (auto _ : state) {
    void* piece = magazine.take();
    benchmark::DoNotOptimize(piece);
    magazine.give(piece);
  }
}
BENCHMARK(pair_magazine);

// The floor under all of them on this machine, now: one number in memory, counted up.
void one_counter_in_memory(benchmark::State& state) {
  std::uint32_t counter = 0;
  for (auto _ : state) {
    ++counter;
    benchmark::DoNotOptimize(&counter);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(one_counter_in_memory);

void pair_fixed_pool(benchmark::State& state) {
  const auto memory = make_memory();
  FixedPool& pool = memory->blocks();
  for (auto _ : state) {
    PoolHandle handle = *pool.allocate();
    benchmark::DoNotOptimize(handle);
    if (!pool.free(handle)) return state.SkipWithError("refused");
  }
}
BENCHMARK(pair_fixed_pool);

void pair_resource(benchmark::State& state) {
  const auto memory = make_memory();
  SlabResource slabs(*memory);
  std::pmr::memory_resource* resource = &slabs;
  benchmark::DoNotOptimize(resource);
  for (auto _ : state) {
    void* piece = resource->allocate(kItemBytes);
    benchmark::DoNotOptimize(piece);
    resource->deallocate(piece, kItemBytes);
  }
}
BENCHMARK(pair_resource);

void pair_peer(benchmark::State& state, bench::Peer peer) {
  if (!peer) return state.SkipWithError("not on this machine");
  for (auto _ : state) {
    void* piece = peer.allocate(kItemBytes);
    benchmark::DoNotOptimize(piece);
    peer.free(piece);
  }
}
BENCHMARK_CAPTURE(pair_peer, glibc, bench::glibc());
BENCHMARK_CAPTURE(pair_peer, mimalloc, bench::mimalloc());
BENCHMARK_CAPTURE(pair_peer, jemalloc, bench::jemalloc());

// The worknode's sizes, as they come one after another.
std::vector<std::uint32_t> size_sequence(std::size_t count) {
  std::vector<std::uint32_t> sizes(count);
  const Random random(1);
  for (std::size_t i = 0; i < count; ++i) {
    Draw draw = random.at("memory.bench", 0, i);
    const std::uint64_t kind = draw.below(100);
    sizes[i] = static_cast<std::uint32_t>(kind < 90 ? 16 + draw.below(400) : 400 + draw.below(4000));
  }
  return sizes;
}

// 50,000 live items; each turn frees one at random and allocates another of another size.
template <class Allocate, class Free>
void working_set(benchmark::State& state, const Allocate& allocate, const Free& release) {
  constexpr std::size_t kLive = 50'000;
  constexpr std::size_t kTurns = 1 << 16;
  const std::vector<std::uint32_t> sizes = size_sequence(kTurns);
  std::vector<std::uint32_t> victims(kTurns);
  const Random random(2);
  for (std::size_t i = 0; i < kTurns; ++i) {
    victims[i] = static_cast<std::uint32_t>(random.at("memory.victims", 0, i).below(kLive));
  }
  using Ref = decltype(allocate(1U));
  std::vector<Ref> live;
  for (std::size_t i = 0; i < kLive; ++i) live.push_back(allocate(sizes[i]));
  std::size_t turn = 0;
  for (auto _ : state) {
    Ref& ref = live[victims[turn]];
    release(ref);
    ref = allocate(sizes[turn]);
    turn = (turn + 1) % kTurns;
  }
  for (Ref& ref : live) release(ref);
}

void working_set_handle(benchmark::State& state) {
  const auto memory = make_memory(256 << 20);
  working_set(
      state, [&](std::uint32_t bytes) { return memory->allocate_bytes(bytes)->handle; },
      [&](RawHandle handle) { benchmark::DoNotOptimize(memory->free(handle)); });
}
BENCHMARK(working_set_handle);

void working_set_peer(benchmark::State& state, bench::Peer peer) {
  if (!peer) return state.SkipWithError("not on this machine");
  working_set(
      state, [&](std::uint32_t bytes) { return peer.allocate(bytes); },
      [&](void* piece) { peer.free(piece); });
}
BENCHMARK_CAPTURE(working_set_peer, glibc, bench::glibc());
BENCHMARK_CAPTURE(working_set_peer, mimalloc, bench::mimalloc());
BENCHMARK_CAPTURE(working_set_peer, jemalloc, bench::jemalloc());

// Each pair on its own by the cycle counter, with the counter's own cost (the median of nothing) taken off.
struct Latencies {
  std::vector<std::uint32_t> cycles;
  std::uint64_t at(std::size_t per_ten_thousand) {
    const std::size_t n = std::min(cycles.size() - 1, cycles.size() * per_ten_thousand / 10'000);
    std::nth_element(cycles.begin(), cycles.begin() + static_cast<std::ptrdiff_t>(n), cycles.end());
    return cycles[n];
  }
};

template <class Work>
Latencies timed(std::size_t count, const Work& work) {
  Latencies out;
  out.cycles.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    unsigned core = 0;
    const std::uint64_t begin = __rdtscp(&core);
    work(i);
    const std::uint64_t end = __rdtscp(&core);
    out.cycles.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(end - begin, ~0U)));
  }
  return out;
}

double nanoseconds_per_cycle() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const std::uint64_t from = __rdtsc();
  while (Clock::now() - begin < std::chrono::milliseconds(20)) {
  }
  const std::uint64_t cycles = __rdtsc() - from;
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / static_cast<double>(cycles);
}

template <class Pair>
void percentiles(benchmark::State& state, const Pair& pair) {
  constexpr std::size_t kCount = 2'000'000;
  const double ns = nanoseconds_per_cycle();
  for (auto _ : state) {
    const auto bare = static_cast<double>(timed(100'000, [](std::size_t) {}).at(5000));
    Latencies all = timed(kCount, pair);
    const auto net = [&](std::size_t share) {
      return std::max(0.0, static_cast<double>(all.at(share)) - bare) * ns;
    };
    state.counters["p50_ns"] = net(5000);
    state.counters["p99_ns"] = net(9900);
    state.counters["p9999_ns"] = net(9999);
  }
}

// Allocates and frees over 10,000 live items, so that slabs begin and end on the way.
void latency_handle(benchmark::State& state) {
  const auto memory = make_memory();
  const std::vector<std::uint32_t> sizes = size_sequence(1 << 14);
  std::vector<RawHandle> live(10'000);
  for (std::size_t i = 0; i < live.size(); ++i) live[i] = memory->allocate_bytes(sizes[i])->handle;
  percentiles(state, [&](std::size_t i) {
    RawHandle& ref = live[i * 7919 % live.size()];
    (void)memory->free(ref);
    ref = memory->allocate_bytes(sizes[i % sizes.size()])->handle;
  });
}
BENCHMARK(latency_handle)->Iterations(1)->Unit(benchmark::kMillisecond);

void latency_pair_handle(benchmark::State& state) {
  const auto memory = make_memory();
  const ClassIndex c = memory->classes().class_of(kItemBytes);
  percentiles(state, [&](std::size_t) { (void)memory->free(memory->allocate(c)->handle); });
}
BENCHMARK(latency_pair_handle)->Iterations(1)->Unit(benchmark::kMillisecond);

void latency_peer(benchmark::State& state, bench::Peer peer) {
  if (!peer) return state.SkipWithError("not on this machine");
  const std::vector<std::uint32_t> sizes = size_sequence(1 << 14);
  std::vector<void*> live(10'000);
  for (std::size_t i = 0; i < live.size(); ++i) live[i] = peer.allocate(sizes[i]);
  percentiles(state, [&](std::size_t i) {
    void*& ref = live[i * 7919 % live.size()];
    peer.free(ref);
    ref = peer.allocate(sizes[i % sizes.size()]);
  });
  for (void* piece : live) peer.free(piece);
}
BENCHMARK_CAPTURE(latency_peer, glibc, bench::glibc())->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(latency_peer, mimalloc, bench::mimalloc())->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(latency_peer, jemalloc, bench::jemalloc())->Iterations(1)->Unit(benchmark::kMillisecond);

void release_region(benchmark::State& state) {
  const auto memory = make_memory();
  const auto items = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t slabs = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const RegionId region = *memory->open_region();
    for (std::uint64_t i = 0; i < items; ++i)
      benchmark::DoNotOptimize(memory->allocate_bytes(kItemBytes, region));
    state.ResumeTiming();
    slabs = memory->release(region)->slabs;
  }
  state.counters["slabs"] = static_cast<double>(slabs);
  state.counters["items"] = static_cast<double>(items);
}
BENCHMARK(release_region)->Arg(100)->Arg(10'000)->Arg(100'000);

// 10,000 worknodes with their documents and their tree (testing/realm_sizes.h), in slabs; against a fixed
// pool that gives each worknode a block of 64 KiB, as the seed's level 1 does.
void ten_thousand_worknodes(benchmark::State& state) {
  constexpr std::uint32_t kWorknodes = 10'000;
  for (auto _ : state) {
    const auto memory = make_memory(128 << 20);
    SlabResource slabs(*memory);
    RecordingResource recorder(&slabs);
    const testing::SampleRealm realm(kWorknodes, &recorder);
    const auto asked = static_cast<double>(recorder.histogram().bytes());
    const auto held = static_cast<double>(memory->bytes_held());
    const auto fixed = static_cast<double>(kWorknodes) * kBlockBytes;
    state.counters["asked_bytes"] = asked;
    state.counters["slab_bytes"] = held;
    state.counters["fixed_bytes"] = fixed;
    state.counters["slab_bytes_each"] = held / kWorknodes;
    state.counters["saving_percent"] = 100.0 * (1.0 - held / fixed);
    state.counters["slab_waste_percent"] = 100.0 * (1.0 - asked / held);
  }
}
BENCHMARK(ten_thousand_worknodes)->Iterations(1)->Unit(benchmark::kMillisecond);

// A million idle worknodes: the header alone.
void idle_worknodes(benchmark::State& state) {
  constexpr std::uint32_t kWorknodes = 1'000'000;
  for (auto _ : state) {
    const auto memory = make_memory(400 << 20);
    for (std::uint32_t i = 0; i < kWorknodes; ++i) benchmark::DoNotOptimize(memory->allocate_bytes(200));
    state.counters["bytes_each"] = static_cast<double>(memory->bytes_held()) / kWorknodes;
  }
}
BENCHMARK(idle_worknodes)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::memory
