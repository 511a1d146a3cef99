// Gluing on the full nerve. `sparse`: every pair and every three sections share `keys` keys, so that the
// cover is cyclic and H^1 is computed; `dense`: all share all keys; `conflict`: dense, with two sides that
// differ and violate names and budgets; `hollow`: pairs share keys, no three do: the elimination cannot end
// early.
#include <benchmark/benchmark.h>

#include "runtime/sync/glue.h"
#include "runtime/sync/glue_test_help.h"

namespace wn::sync {
namespace {

using Holders = std::vector<std::uint64_t>;

void add_all(Cover& cover, const Holders& holders, std::uint64_t differing) {
  for (std::uint32_t i = 0; i < cover.sections.size(); ++i) {
    Section& s = cover.sections[i];
    for (std::size_t k = 0; k < holders.size(); ++k) {
      if ((holders[k] >> i & 1) == 0) continue;
      const std::uint64_t side = k < differing && i % 2 == 1 ? 1'000'000 : 0;
      const DottedValue v{.dot = {ReplicaId{side != 0 ? 2U : 1U}, k + 1 + side}, .value = k + side};
      static_cast<void>(s.add(key(k), 1, std::span(&v, 1)));
    }
  }
}

Cover sections(std::uint32_t count) {
  Cover cover(memory());
  for (std::uint32_t i = 0; i < count; ++i) cover.sections.emplace_back(memory());
  return cover;
}

void run(benchmark::State& state, const Cover& cover) {
  std::pmr::unsynchronized_pool_resource pool;
  for (auto _ : state) {
    auto out = glue(cover, {}, &pool);
    if (!out) state.SkipWithError("refused");
    benchmark::DoNotOptimize(out);
  }
  std::size_t keys = 0;
  for (const Section& s : cover.sections) keys += s.keys.size();
  state.counters["keys_per_section"] = static_cast<double>(keys) / static_cast<double>(cover.sections.size());
}

void sparse(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Holders holders;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::uint32_t j = i + 1; j < count; ++j) {
      holders.push_back(std::uint64_t{1} << i | std::uint64_t{1} << j);
      for (std::uint32_t k = j + 1; k < count; ++k)
        holders.push_back(std::uint64_t{1} << i | std::uint64_t{1} << j | std::uint64_t{1} << k);
    }
  }
  Cover cover = sections(count);
  add_all(cover, holders, holders.size() / 20);
  run(state, cover);
}

void hollow(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Holders holders;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::uint32_t j = i + 1; j < count; ++j)
      holders.push_back(std::uint64_t{1} << i | std::uint64_t{1} << j);
  }
  // Three sections share a key when the first is in the lower half: some triangles, and loops that stay.
  for (std::uint32_t i = 0; i + 2 < count; ++i) holders.push_back(std::uint64_t{7} << i);
  Cover cover = sections(count);
  add_all(cover, holders, 0);
  run(state, cover);
}

void dense(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const auto keys = static_cast<std::size_t>(state.range(1));
  Cover cover = sections(count);
  add_all(cover, Holders(keys, ~std::uint64_t{0} >> (64 - count)), keys / 20);
  run(state, cover);
}

void conflict(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Cover cover = sections(count);
  add_all(cover, Holders(256, ~std::uint64_t{0} >> (64 - count)), 16);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::uint64_t n = 0; n < 3; ++n)
      cover.sections[i].names.push_back({.parent = {0, 1},
                                         .name = n,
                                         .worknode = {0, 100 + n * 2 + i % 2},
                                         .stamp = {causality::HlcTime{5}, ReplicaId{1}},
                                         .dot = {ReplicaId{1 + i % 2}, n + 1}});
    cover.sections[i].counters.push_back({.counter = key(1),
                                          .replica = ReplicaId{i + 1},
                                          .rights = 2,
                                          .spent = i < 4 ? count / 2 : 0,
                                          .dot = {ReplicaId{i + 1}, 1}});
    static_cast<void>(cover.sections[i].settle());
  }
  run(state, cover);
}

BENCHMARK(sparse)->Arg(8)->Arg(16)->Arg(32)->Unit(benchmark::kMicrosecond);
BENCHMARK(hollow)->Arg(8)->Arg(16)->Arg(32)->Unit(benchmark::kMicrosecond);
BENCHMARK(dense)->ArgsProduct({{8, 16, 32}, {64, 256, 2048}})->Unit(benchmark::kMicrosecond);
BENCHMARK(conflict)->Arg(8)->Arg(16)->Arg(32)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace wn::sync
