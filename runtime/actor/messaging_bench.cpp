// Message passing: skynet (a tree of 1,000,000 actors that sums its leaves), a ring, and many to one. Each is
// measured against what a program does with threads, in baseline_bench.cpp of the same run.
#include "runtime/actor/bench_help.h"

namespace wn::actor {
namespace {

using bench::HugeMemory;

// Skynet (github.com/atemerev/skynet): an actor of `size` leaves spawns ten of a tenth each; leaves say their
// number; everybody sends the sum up.
class Skynet final : public Behaviour {
 public:
  enum : std::uint32_t { kGo = 1, kSum };
  static constexpr std::uint64_t kWidth = 10;
  // state: how many have answered, and above that the sum so far.
  Outcome on_message(Context& c, const Message& m) override {
    if (m.kind == kGo) {
      const std::uint64_t first = m.word[0];
      const std::uint64_t size = m.word[1];
      if (size == 1) return up(c, first);
      for (std::uint64_t i = 0; i < kWidth; ++i) {
        const auto child = c.spawn({.kind = kind, .behaviour = this});
        if (!child.has_value()) return failed(child.error().code, "spawn");
        const Message go{.kind = kGo, .word = {first + i * (size / kWidth), size / kWidth}};
        if (c.send(*child, go) != Sent::queued) return failed(Errc::overloaded, "send");
      }
      return done();
    }
    const std::uint64_t state = c.state() + (m.word[0] << 4) + 1;
    c.set_state(state);
    return (state & 15) == kWidth ? up(c, state >> 4) : done();
  }
  Outcome up(Context& c, std::uint64_t sum) {
    if (c.parent() == kOutside) {
      total = sum;
      return done();
    }
    return c.send(c.parent(), {.kind = kSum, .word = {sum}}) == Sent::queued ? done()
                                                                             : failed(Errc::overloaded, "up");
  }
  KindId kind;
  std::uint64_t total = 0;
};

void skynet(benchmark::State& state) {
  constexpr std::uint64_t kLeaves = 1'000'000;
  constexpr std::uint32_t kActors = 1'111'111;
  HugeMemory memory;
  Skynet behaviour;
  System system({.actors_max = kActors,
                 .messages_max = 1'200'000,
                 .timers_max = 1,
                 .parked_max = 1,
                 .last_woken_first = state.range(0) != 0},
                &memory);
  behaviour.kind = *system.add_kind({.mailbox_max = 16, .starts = false});
  for (auto _ : state) {
    const ActorId root = *system.spawn({.kind = behaviour.kind, .behaviour = &behaviour});
    WN_CHECK(system.send(root, {.kind = Skynet::kGo, .word = {0, kLeaves}}) == Sent::queued);
    while (!system.idle()) system.run(1'000'000);
    WN_CHECK_EQ(behaviour.total, kLeaves * (kLeaves - 1) / 2);
    WN_CHECK(system.stop(root) == Errc::ok);
  }
  WN_CHECK_EQ(system.stats().failures, 0U);
  state.SetItemsProcessed(state.iterations() * kActors);
  state.counters["per_actor"] = benchmark::Counter(
      kActors, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// A token goes round; each hop is one message.
void ring(benchmark::State& state) {
  class Hop final : public Behaviour {
   public:
    Outcome on_message(Context& c, const Message& m) override {
      if (m.word[0] == 0) return done();
      const std::uint32_t next = c.self().slot() + 1 == size ? 0 : c.self().slot() + 1;
      const Sent sent = c.send(ActorId{next, 1}, {.kind = 1, .word = {m.word[0] - 1}});
      return sent == Sent::queued ? done() : failed(to_errc(sent), "send");
    }
    std::uint32_t size = 0;
  } hop;
  hop.size = static_cast<std::uint32_t>(state.range(0));
  HugeMemory memory;
  System system({.actors_max = hop.size, .messages_max = 1024}, &memory);
  const auto kind = system.add_kind({.starts = false});
  for (std::uint32_t i = 0; i < hop.size; ++i)
    WN_CHECK(system.spawn({.kind = *kind, .behaviour = &hop}).has_value());
  constexpr std::uint64_t kHops = 1'000'000;
  for (auto _ : state) {
    WN_CHECK(system.send(ActorId{0, 1}, {.kind = 1, .word = {kHops}}) == Sent::queued);
    while (!system.idle()) system.run(kHops);
  }
  bench::per_message(state, system.stats().messages);
}

// A hundred producers, one consumer with a bounded mailbox; who finds it full parks.
void many_to_one(benchmark::State& state) {
  class Both final : public Behaviour {
   public:
    Outcome on_message(Context& c, const Message& m) override {
      if (c.self() == sink) {
        total += m.word[0];
        return done();
      }
      if (m.kind == kSendCompleted) return done();
      for (int i = 0; i < 10; ++i) {
        const Sent sent = c.send(sink, {.kind = 1, .word = {1}});
        if (to_errc(sent) != Errc::ok) return failed(to_errc(sent), "send");
      }
      return done();
    }
    ActorId sink;
    std::uint64_t total = 0;
  } both;
  HugeMemory memory;
  constexpr std::uint32_t kProducers = 100;
  System system({.actors_max = kProducers + 1, .messages_max = 8192}, &memory);
  const auto sink = system.add_kind({.mailbox_max = 1024, .overflow = Overflow::park, .starts = false});
  const auto source = system.add_kind({.starts = false});
  both.sink = *system.spawn({.kind = *sink, .behaviour = &both});
  std::vector<ActorId> sources;
  for (std::uint32_t i = 0; i < kProducers; ++i) {
    sources.push_back(*system.spawn({.kind = *source, .behaviour = &both}));
  }
  for (auto _ : state) {
    for (int round = 0; round < 100; ++round) {
      for (const ActorId id : sources) WN_CHECK(system.send(id, {.kind = 1}) == Sent::queued);
      while (!system.idle()) system.run(1'000'000);
    }
  }
  WN_CHECK_EQ(both.total, static_cast<std::uint64_t>(state.iterations()) * 100 * kProducers * 10);
  bench::per_message(state, both.total);
}

BENCHMARK(skynet)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->ArgName("last_woken_first");
BENCHMARK(ring)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(many_to_one)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::actor
