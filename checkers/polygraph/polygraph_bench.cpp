// Time of the check alone, on histories of a serializable database with blind writes: 10,000 transactions.
#include <benchmark/benchmark.h>

#include "checkers/levels/bench_histories.h"
#include "checkers/polygraph/polygraph.h"

namespace wn::checkers::polygraph {
namespace {

void polygraph(benchmark::State& state) {
  const auto keys = static_cast<std::uint32_t>(state.range(2));
  const History history =
      levels::bench_history({.operations = 80'000, .sessions = 20, .keys = keys, .length = 8}, false).history;
  PolygraphStats stats;
  for (auto _ : state) {
    const Verdict v = check_polygraph(history, static_cast<TxnModel>(state.range(0)),
                                      static_cast<TxnOrder>(state.range(1)), Budget{}, &stats);
    if (v.outcome != Outcome3::pass) state.SkipWithError((v.signature + " " + v.explanation).c_str());
  }
  state.counters["pairs"] = static_cast<double>(stats.pairs);
  state.counters["searched"] = static_cast<double>(stats.searched);
  state.counters["conflicts"] = static_cast<double>(stats.conflicts);
}

// model (0: snapshot isolation, 1: serializable), order (0: none, 1: session, 2: real time), keys
BENCHMARK(polygraph)
    ->ArgsProduct({{0, 1}, {0, 1, 2}, {1'000, 10'000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace wn::checkers::polygraph
