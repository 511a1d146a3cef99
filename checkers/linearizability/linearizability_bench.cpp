// Time of the checker alone (the history is in memory), on generated histories of a correct object: `clients`
// clients on `keys` keys; and, where it is there, on the recorded corpus (WORKNODE_CORPUS).
#include <benchmark/benchmark.h>

#include <filesystem>

#include "checkers/history/corpus.h"
#include "checkers/history/history_io.h"
#include "checkers/history/recorder.h"
#include "checkers/linearizability/linearizability.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

enum class Kind : std::uint8_t { unique_register, cas_register, kv };

// A closed loop: each client invokes, takes effect at a random later step, completes.
History generate(Kind kind, std::uint32_t clients, std::uint32_t keys, std::uint32_t operations) {
  struct Client {
    HistoryRecorder::Handle handle = 0;
    int phase = 0;
    Function function{};
    std::uint32_t key = 0;
    std::int64_t value = 0, expected = 0;
    bool ok = true;
    std::vector<Atom> seen = {};
  };
  Draw draw = Random(3).at("bench.history", clients, keys);
  HistoryRecorder recorder;
  Interner& atoms = recorder.atoms();
  std::vector<Client> all(clients);
  std::vector<std::vector<Atom>> objects(keys);
  std::int64_t unique = 0;
  for (std::uint32_t made = 0; made < operations;) {
    const auto c = static_cast<std::uint32_t>(draw.below(clients));
    Client& client = all[c];
    std::vector<Atom>& object = objects[client.key];
    if (client.phase == 0) {
      ++made;
      client.key = static_cast<std::uint32_t>(draw.below(keys));
      const std::uint64_t f = draw.below(10);
      client.function = f < 5                       ? Function::read
                        : kind == Kind::kv && f < 9 ? Function::append
                                                    : Function::write;
      if (kind == Kind::cas_register && f > 6) client.function = Function::cas;
      client.value = kind == Kind::cas_register ? static_cast<std::int64_t>(draw.below(5)) : ++unique;
      client.expected = static_cast<std::int64_t>(draw.below(5));
      const Atom value = client.function == Function::read ? kNil : atoms.number(client.value);
      client.handle =
          recorder.invoke(c, client.function, atoms.number(client.key), value, 0,
                          client.function == Function::cas ? atoms.number(client.expected) : kNil);
      client.ok = true;
    } else if (client.phase == 1) {
      if (client.function == Function::read) client.seen = object;
      const Atom value = atoms.number(client.value);
      if (client.function == Function::cas)
        client.ok = !object.empty() && object[0] == atoms.number(client.expected);
      if (client.function == Function::append) {
        object.push_back(value);
      } else if (client.function != Function::read && client.ok) {
        object = {value};
      }
    } else {
      const std::vector<Atom>& s = client.seen;
      const Atom result = client.function != Function::read || s.empty() ? kNil
                          : s.size() == 1                                ? s[0]
                                                                         : atoms.list(s);
      recorder.complete(client.handle, client.ok ? Outcome::ok : Outcome::fail, 0, result);
    }
    client.phase = (client.phase + 1) % 3;
  }
  return recorder.take();
}

void run(benchmark::State& state, Kind kind, ModelName model) {
  const History h =
      generate(kind, static_cast<std::uint32_t>(state.range(0)), static_cast<std::uint32_t>(state.range(1)),
               static_cast<std::uint32_t>(state.range(2)));
  Outcome3 outcome = Outcome3::unknown;
  for (auto _ : state) {
    outcome = check_linearizable(h, model).outcome;
    benchmark::DoNotOptimize(outcome);
  }
  if (outcome != Outcome3::pass) state.SkipWithError("a correct object was not found linearizable");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(h.operations.size()));
}

void unique_register(benchmark::State& state) { run(state, Kind::unique_register, ModelName::reg); }
void cas_register(benchmark::State& state) { run(state, Kind::cas_register, ModelName::cas_register); }
void kv(benchmark::State& state) { run(state, Kind::kv, ModelName::kv); }
BENCHMARK(unique_register)->Args({10, 1, 100'000})->Args({50, 1, 100'000})->Unit(benchmark::kMillisecond);
BENCHMARK(cas_register)->Args({5, 10, 10'000})->Args({10, 10, 10'000})->Unit(benchmark::kMillisecond);
BENCHMARK(kv)->Args({10, 10, 10'000})->Args({50, 10, 10'000})->Unit(benchmark::kMillisecond);

void corpus_set(benchmark::State& state, const char* set, ModelName model) {
  const auto folder = corpus_folder(WN_SOURCE_DIR, "linearizability");
  std::vector<History> histories;
  std::error_code ignored;
  for (const auto& e : std::filesystem::directory_iterator(folder / set, ignored)) {
    if (auto h = read_history_file(e.path())) histories.push_back(std::move(*h));
  }
  if (folder.empty() || histories.empty())
    return state.SkipWithError("corpus not there (set WORKNODE_CORPUS)");
  for (auto _ : state) {
    for (const History& h : histories) {
      benchmark::DoNotOptimize(check_linearizable(h, model, {}, {.minimal = false}).outcome);
    }
  }
}
void corpus_etcd(benchmark::State& state) { corpus_set(state, "etcd", ModelName::cas_register); }
void corpus_kv(benchmark::State& state) { corpus_set(state, "kv", ModelName::kv); }
BENCHMARK(corpus_etcd)->Unit(benchmark::kMillisecond);
BENCHMARK(corpus_kv)->Unit(benchmark::kMillisecond);

// One history of the hard set. The verdict alone; a minimal part of a violation costs as much again, twice.
void corpus_file(benchmark::State& state, const char* file, ModelName model) {
  const auto folder = corpus_folder(WN_SOURCE_DIR, "linearizability");
  const auto history = read_history_file(folder / "hard" / (std::string(file) + ".jsonl.zst"));
  if (folder.empty() || !history) return state.SkipWithError("corpus not there (set WORKNODE_CORPUS)");
  for (auto _ : state) {
    const Verdict v = check_linearizable(*history, model, {}, {.minimal = false});
    if (v.outcome == Outcome3::unknown) state.SkipWithError("undecided");
  }
}
constexpr auto kMs = benchmark::kMillisecond;
BENCHMARK_CAPTURE(corpus_file, reg_100k_1key_c50, "reg_c50_100k_k1_i0_bad", ModelName::reg)->Unit(kMs);
BENCHMARK_CAPTURE(corpus_file, reg_100k_1key_c5, "reg_c5_100k_k1_i0_ok", ModelName::reg)->Unit(kMs);
BENCHMARK_CAPTURE(corpus_file, kv_10k_10key_c50, "kv_c50_10k_k10_i0_ok", ModelName::kv)->Unit(kMs);
BENCHMARK_CAPTURE(corpus_file, cas_10k_10key_c50, "cas5_c50_10k_k10_i0_ok", ModelName::cas_register)
    ->Unit(kMs);
BENCHMARK_CAPTURE(corpus_file, cas_1k_1key_c30, "cas5_c30_1k_k1_i0_bad", ModelName::cas_register)->Unit(kMs);
BENCHMARK_CAPTURE(corpus_file, cas_1k_1key_c50, "cas5_c50_1k_k1_i0_bad", ModelName::cas_register)->Unit(kMs);

// Reading the text, decompression aside.
void read_jsonl(benchmark::State& state) {
  const std::string text = write_jsonl(generate(Kind::unique_register, 10, 10, 100'000));
  for (auto _ : state) benchmark::DoNotOptimize(read_history_text(text, "bench").has_value());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(read_jsonl)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::checkers
