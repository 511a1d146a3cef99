// Time of the check alone (the history is in memory), on histories of a serializable database, 1,000,000
// operations. Env WORKNODE_PLUME names a folder where the same histories are written as text, for other
// checkers.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "checkers/levels/bench_histories.h"
#include "checkers/levels/levels.h"

namespace wn::checkers::levels {
namespace {

const History& history(std::uint32_t sessions, std::uint32_t keys, std::uint32_t length, bool mini) {
  static std::map<std::string, History> made;
  const std::string name = "s" + std::to_string(sessions) + "-k" + std::to_string(keys) + "-l" +
                           std::to_string(length) + (mini ? "-mini" : "");
  const auto at = made.find(name);
  if (at != made.end()) return at->second;
  const char* folder = std::getenv("WORKNODE_PLUME");
  BenchHistory h =
      bench_history({.sessions = sessions, .keys = keys, .length = length, .mini = mini}, folder != nullptr);
  if (folder != nullptr) std::ofstream(std::string(folder) + "/" + name + ".txt") << h.text;
  made.clear();  // one at a time
  return made.emplace(name, std::move(h.history)).first->second;
}

void check(benchmark::State& state, Level level) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(state.range(i)); };
  const History& h = history(at(0), at(1), at(2), false);
  LevelStats stats;
  for (auto _ : state) {
    const Verdict v = check_level(h, level, Budget{.bytes = 4ULL << 30}, &stats);
    if (v.outcome != Outcome3::pass) state.SkipWithError(v.signature.c_str());
  }
  state.counters["transactions"] = static_cast<double>(stats.transactions);
  state.counters["edges"] = static_cast<double>(stats.edges);
}

void levels(benchmark::State& state) { check(state, static_cast<Level>(state.range(3))); }

// sessions, keys, operations a transaction, level (0: read committed, 1: read atomic, 2: causal)
BENCHMARK(levels)
    ->ArgsProduct({{50}, {1'000}, {8}, {0, 1, 2}})
    ->ArgsProduct({{100}, {10'000}, {8}, {0, 1, 2}})
    ->ArgsProduct({{20}, {100}, {20}, {0, 1, 2}})
    ->ArgsProduct({{50}, {1'000}, {1}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond);

void mini(benchmark::State& state) {
  const History& h = history(50, 1'000, 4, true);
  for (auto _ : state) {
    const Verdict v = check_mini(h, static_cast<TxnModel>(state.range(0)),
                                 static_cast<TxnOrder>(state.range(1)), Budget{.bytes = 4ULL << 30});
    if (v.outcome != Outcome3::pass) state.SkipWithError(v.signature.c_str());
  }
}

// model (0: snapshot isolation, 1: serializable), order (0: none, 1: session, 2: real time)
BENCHMARK(mini)->ArgsProduct({{0, 1}, {0, 2}})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::checkers::levels
