// What an actor costs that does nothing: bytes each for 1,000,000 of them, and the time to spawn and to stop
// one.
#include "runtime/actor/bench_help.h"

namespace wn::actor {
namespace {

// Counts what it hands out.
class Counting final : public std::pmr::memory_resource {
 public:
  std::uint64_t bytes = 0;

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    bytes += size;
    return huge_.allocate(size, alignment);
  }
  void do_deallocate(void* p, std::size_t size, std::size_t alignment) override {
    bytes -= size;
    huge_.deallocate(p, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  bench::HugeMemory huge_;
};

void idle_actors(benchmark::State& state) {
  Function quiet([](Context&, const Message&) { return done(); });
  constexpr std::uint32_t kActors = 1'000'000;
  Counting memory;
  System system({.actors_max = kActors, .messages_max = 1, .timers_max = 1, .parked_max = 1}, &memory);
  const auto kind = system.add_kind({.starts = false});
  std::uint64_t turns = 0;
  for (auto _ : state) {
    const ActorId root = *system.spawn({.kind = *kind, .behaviour = &quiet});
    for (std::uint32_t i = 1; i < kActors; ++i) {
      WN_CHECK(system.spawn({.kind = *kind, .behaviour = &quiet}, root).has_value());
    }
    turns += system.run(1'000'000);  // idle actors want nothing
    WN_CHECK_EQ(system.actor_count(), kActors);
    WN_CHECK(system.stop(root) == Errc::ok);
  }
  WN_CHECK_EQ(turns, 0U);
  state.counters["bytes_per_idle_actor"] = static_cast<benchmark::IterationCount>(memory.bytes / kActors);
  state.counters["per_spawn_and_stop"] = benchmark::Counter(
      kActors, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(idle_actors)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::actor
