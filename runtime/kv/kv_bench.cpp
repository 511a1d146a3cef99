#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "runtime/kv/state_machine.h"
#include "runtime/kv/test_support.h"

namespace wn::kv {
namespace {

std::vector<Command> puts(std::size_t keys, CommandKind kind) {
  std::vector<Command> out;
  for (std::size_t i = 0; i < keys; ++i) {
    out.push_back(
        test::in(1, 0, test::command(kind, "key-" + std::to_string(i * 7919 % keys), "value-0123456789")));
  }
  return out;
}

void apply(benchmark::State& state, CommandKind kind) {
  StateMachine machine;
  machine.apply(LogIndex{1}, test::open_session());
  std::vector<Command> commands = puts(static_cast<std::size_t>(state.range(0)), kind);
  std::uint64_t n = 1;
  for (auto _ : state) {
    Command& c = commands[n % commands.size()];
    c.sequence = n++;
    benchmark::DoNotOptimize(machine.apply(LogIndex{n}, c));
    benchmark::DoNotOptimize(machine.state_digest());
  }
  state.SetItemsProcessed(state.iterations());
}
void apply_put(benchmark::State& state) { apply(state, CommandKind::put); }
void apply_get(benchmark::State& state) { apply(state, CommandKind::get); }
BENCHMARK(apply_put)->Arg(100)->Arg(10'000)->Arg(100'000);
BENCHMARK(apply_get)->Arg(10'000);

void export_image(benchmark::State& state) {
  StateMachine machine;
  machine.apply(LogIndex{1}, test::open_session());
  std::uint64_t n = 1;
  for (Command& c : puts(10'000, CommandKind::put)) {
    c.sequence = n++;
    machine.apply(LogIndex{n}, c);
  }
  for (auto _ : state) benchmark::DoNotOptimize(machine.export_image());
}
BENCHMARK(export_image);

}  // namespace
}  // namespace wn::kv
