// What reconciliation costs. Counters, not times, are the point of most: symbols for each difference, round
// trips, bytes, and the time on a simulated LAN worked out from them (1 ms round trip, 1 Gbit/s).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <numeric>

#include "runtime/sync/merkle_walk.h"
#include "runtime/sync/test_pair.h"

namespace wn::sync {
namespace {

constexpr double kRoundTripSeconds = 0.001;
constexpr double kBytesPerSecond = 125e6;
constexpr std::uint64_t kValueBytes = 100;  // of a key that is carried over in the end

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}
double wire_seconds(std::uint64_t round_trips, std::uint64_t bytes) {
  return static_cast<double>(round_trips) * kRoundTripSeconds + static_cast<double>(bytes) / kBytesPerSecond;
}

// How many symbols a decoder needs, one at a time.
std::uint32_t symbols_needed(std::uint64_t differences, std::uint64_t seed) {
  const Sets sets = make_sets(100, differences / 2, differences - differences / 2, seed);
  const View asker = View::of(sets.asker, test_memory()), giver = View::of(sets.giver, test_memory());
  const SessionKey key{seed, 3};
  KeyedView a(asker, key, test_memory()), g(giver, key, test_memory());
  a.prepare(asker.size());
  g.prepare(giver.size());
  Encoder ours(a, test_memory()), theirs(g, test_memory());
  Decoder decoder({}, a, test_memory());
  const auto most = static_cast<std::uint32_t>(4 * differences + 64);
  ours.extend(most, ~std::size_t{0});
  theirs.extend(most, ~std::size_t{0});
  while (!decoder.done() && decoder.symbols() < most) {
    const std::uint32_t i = decoder.symbols();
    if (decoder.add(theirs.symbols()[i], ours.symbols()[i]) != Errc::ok) break;
    decoder.peel(~std::size_t{0});
  }
  return decoder.done() ? decoder.symbols() : ~0U;
}

void symbols_per_difference(benchmark::State& state) {
  const auto differences = static_cast<std::uint64_t>(state.range(0));
  std::vector<double> each;
  std::uint64_t seed = 1;
  for (auto _ : state) {
    each.push_back(static_cast<double>(symbols_needed(differences, seed++)) /
                   static_cast<double>(differences));
  }
  std::ranges::sort(each);
  state.counters["median"] = each[each.size() / 2];
  state.counters["mean"] =
      benchmark::Counter(std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size()));
  state.counters["p95"] = each[each.size() * 95 / 100];
}
BENCHMARK(symbols_per_difference)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(200)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(symbols_per_difference)->Arg(10000)->Iterations(20)->Unit(benchmark::kMillisecond);

// A whole session between sets of about `common` items.
void heal(benchmark::State& state, std::uint64_t common, std::uint64_t differences,
          std::optional<Method> method) {
  const Sets sets = make_sets(common - differences / 2, differences / 2, differences - differences / 2);
  Options options;
  options.method = method;
  options.message_bytes_max = 256U << 10;
  double cpu = 0;
  std::uint64_t round_trips = 0, bytes = 0, symbols = 0, runs = 0, work = 0;
  bool right = true;
  for (auto _ : state) {
    Pair pair(sets, options, 7 + runs);
    const double before = cpu_seconds();
    pair.run();
    cpu += cpu_seconds() - before;
    right = right && pair.right();
    round_trips = pair.asker.stats().round_trips;
    bytes = pair.bytes();
    symbols = pair.asker.stats().symbols;
    work = pair.asker.stats().work + pair.giver.stats().work;
    ++runs;
  }
  if (!right) state.SkipWithError("the outcome is wrong");
  state.counters["round_trips"] = static_cast<double>(round_trips);
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["symbols"] = static_cast<double>(symbols);
  state.counters["work"] = static_cast<double>(work);
  state.counters["cpu_s"] = cpu / static_cast<double>(runs);
  const std::uint64_t carried = differences * (ItemId::kBytes + kValueBytes);
  state.counters["lan_s"] = wire_seconds(round_trips + 1, bytes + carried);
}
void one_in_a_million(benchmark::State& state) { heal(state, 1'000'000, 1, {}); }
void heal_1_percent(benchmark::State& state) { heal(state, 1'000'000, 10'000, {}); }
void heal_1_percent_by_ranges(benchmark::State& state) { heal(state, 1'000'000, 10'000, Method::ranges); }
BENCHMARK(one_in_a_million)->Iterations(5)->Unit(benchmark::kMillisecond);
BENCHMARK(heal_1_percent)->Iterations(5)->Unit(benchmark::kMillisecond);
BENCHMARK(heal_1_percent_by_ranges)->Iterations(3)->Unit(benchmark::kMillisecond);

void merkle(benchmark::State& state, std::uint64_t differences) {
  const Sets sets = make_sets(1'000'000 - differences / 2, differences / 2, differences - differences / 2);
  const View asker = View::of(sets.asker, test_memory()), giver = View::of(sets.giver, test_memory());
  const std::size_t depth = MerkleTree::depth_for(asker.size());
  double cpu = 0, walk = 0;
  MerkleOutcome out;
  std::uint64_t runs = 0;
  for (auto _ : state) {
    const double before = cpu_seconds();
    const MerkleTree a(asker, {1, 2}, depth), g(giver, {1, 2}, depth);
    const double built = cpu_seconds();
    out = a.walk(g);
    walk += cpu_seconds() - built;
    cpu += cpu_seconds() - before;
    ++runs;
  }
  if (out.found != differences) state.SkipWithError("the outcome is wrong");
  state.counters["round_trips"] = static_cast<double>(out.rounds);
  state.counters["bytes"] = static_cast<double>(out.bytes);
  state.counters["cpu_s"] = cpu / static_cast<double>(runs);
  state.counters["walk_cpu_s"] = walk / static_cast<double>(runs);
  const std::uint64_t carried = differences * (ItemId::kBytes + kValueBytes);
  state.counters["lan_s"] = wire_seconds(out.rounds + 1, out.bytes + carried);
}
void merkle_one_in_a_million(benchmark::State& state) { merkle(state, 1); }
void merkle_heal_1_percent(benchmark::State& state) { merkle(state, 10'000); }
BENCHMARK(merkle_one_in_a_million)->Iterations(5)->Unit(benchmark::kMillisecond);
BENCHMARK(merkle_heal_1_percent)->Iterations(5)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::sync
