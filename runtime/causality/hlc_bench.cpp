// Cost of the hybrid logical clock; the wall clock's own reading is not part of it.
#include <benchmark/benchmark.h>

#include "runtime/causality/hlc.h"

namespace wn::causality {
namespace {

constexpr WallTime kStart{1'700'000'000'000'000'000};

Hlc ready() {
  Hlc clock{HlcOptions{.max_offset = seconds(2'000'000), .bound_step = seconds(1'000'000)}};
  clock.bound_durable(clock.bound_needed(kStart));
  return clock;
}

// The wall clock moves with every reading.
void BM_HlcTick(benchmark::State& state) {
  Hlc clock = ready();
  WallTime now = kStart;
  for (auto _ : state) {
    now.ns += 40;
    benchmark::DoNotOptimize(clock.tick(now));
  }
}
BENCHMARK(BM_HlcTick);

// A burst within one unit: the logical counter alone moves.
void BM_HlcTickLogical(benchmark::State& state) {
  Hlc clock = ready();
  for (auto _ : state) benchmark::DoNotOptimize(clock.tick(kStart));
}
BENCHMARK(BM_HlcTickLogical);

// A message's reading, then a reading for the answer.
void BM_HlcObserveTick(benchmark::State& state) {
  Hlc clock = ready();
  WallTime now = kStart;
  std::uint64_t remote = HlcTime::from_wall(kStart).value;
  for (auto _ : state) {
    now.ns += 40;
    remote += 30;
    benchmark::DoNotOptimize(clock.observe(HlcTime{remote}, now).has_value());
    benchmark::DoNotOptimize(clock.tick(now));
  }
}
BENCHMARK(BM_HlcObserveTick);

}  // namespace
}  // namespace wn::causality
