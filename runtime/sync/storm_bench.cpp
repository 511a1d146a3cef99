// What a storm of sessions does to operations of this node alone, in one loop: an operation falls due every
// 50 us, the loop carries out what is due, and otherwise gives one of many sessions one step. Latency is from
// falling due to done, so a step that is under way counts. Time is the thread's own, so that other
// programs on the machine do not count.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <deque>
#include <map>

#include "runtime/base/crc32c.h"
#include "runtime/sync/test_pair.h"

namespace wn::sync {
namespace {

constexpr std::int64_t kIntervalNs = 50'000;
constexpr std::size_t kOperations = 20'000;

std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

// A small operation: one of 10,000 values of 1 KiB is written anew, and its journal record made.
class LocalStore {
 public:
  LocalStore() {
    for (std::uint64_t key = 0; key < 10'000; ++key) values_[key].assign(1024, 1);
  }
  std::uint32_t write(std::uint64_t number) {
    std::vector<std::uint8_t>& value = values_[number * 7919 % 10'000];
    value.assign(1024, static_cast<std::uint8_t>(number));
    record_.assign(value.begin(), value.end());
    return crc32c(ByteView(record_));
  }

 private:
  std::map<std::uint64_t, std::vector<std::uint8_t>> values_;
  std::vector<std::uint8_t> record_;
};

struct Storm {
  Storm(std::size_t pairs, std::size_t work) : sets(make_sets(50'000, 500, 500)) {
    options.work_per_step = work;
    options.message_bytes_max = kMessageBytesMin;
    for (std::size_t i = 0; i < pairs; ++i) all.emplace_back(sets, options, i + 1);
    for (auto& pair : all) pair.start();
  }
  struct Running {
    Running(const Sets& s, const Options& o, std::uint64_t seed) : pair(s, o, seed), opts(&o), nonce(seed) {}
    void start() { pair.asker.step(pair.now, {}, effects), to_giver = effects.message; }
    // One step of one side.
    bool step() {
      giver_turn = !giver_turn;
      Session& side = giver_turn ? pair.giver : pair.asker;
      std::vector<std::uint8_t>& in = giver_turn ? to_giver : to_asker;
      side.step(pair.now, in, effects);
      in.clear();
      if (!effects.message.empty()) (giver_turn ? to_asker : to_giver) = effects.message;
      if (!pair.asker.done()) return false;
      ++nonce;
      pair.asker = Session(*opts, Role::asker, pair.asker_view, {nonce, 1}, test_memory());
      pair.giver = Session(*opts, Role::giver, pair.giver_view, {nonce, 2}, test_memory());
      start();
      return true;
    }
    Pair pair;
    const Options* opts;
    std::uint64_t nonce;
    Effects effects;
    std::vector<std::uint8_t> to_giver, to_asker;
    bool giver_turn = false;
  };
  Sets sets;
  Options options;
  std::deque<Running> all;
  std::size_t turn = 0;
  std::uint64_t healed = 0;
  std::uint64_t steps = 0;
  void step() {
    healed += all[turn++ % all.size()].step() ? 1 : 0;
    ++steps;
  }
};

std::vector<std::int64_t> latencies(LocalStore& store, Storm* storm) {
  std::vector<std::int64_t> out;
  out.reserve(kOperations);
  std::int64_t due = now_ns() + kIntervalNs;
  while (out.size() < kOperations) {
    if (now_ns() < due) {
      if (storm != nullptr) storm->step();
      continue;
    }
    benchmark::DoNotOptimize(store.write(out.size()));
    out.push_back(now_ns() - due);
    due += kIntervalNs;
  }
  std::ranges::sort(out);
  return out;
}

void local_beside_a_storm(benchmark::State& state) {
  LocalStore store;
  latencies(store, nullptr);
  for (auto _ : state) {
    Storm storm(16, static_cast<std::size_t>(state.range(0)));
    const auto quiet = latencies(store, nullptr);
    const auto stormy = latencies(store, &storm);
    const auto at = [](const std::vector<std::int64_t>& l, std::size_t permille) {
      return static_cast<double>(l[l.size() * permille / 1000]);
    };
    state.counters["quiet_p50_ns"] = at(quiet, 500);
    state.counters["quiet_p99_ns"] = at(quiet, 990);
    state.counters["storm_p50_ns"] = at(stormy, 500);
    state.counters["storm_p99_ns"] = at(stormy, 990);
    state.counters["p99_ratio"] = at(stormy, 990) / at(quiet, 990);
    state.counters["p999_ratio"] = at(stormy, 999) / at(quiet, 999);
    state.counters["sessions_ended"] = static_cast<double>(storm.healed);
    state.counters["steps"] = static_cast<double>(storm.steps);
  }
}
BENCHMARK(local_beside_a_storm)
    ->Arg(16)
    ->Arg(64)
    ->Arg(256)
    ->Arg(2048)
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::sync
