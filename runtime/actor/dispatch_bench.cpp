// What it costs to hand a message to an actor and to run its handler, hot and over ever more actors.
#include <chrono>

#include "runtime/actor/bench_help.h"

namespace wn::actor {
namespace {

using bench::HugeMemory;

// Sends what it got on to a random actor. The handles of a fresh system are known: slot i, generation 1.
class Wanderer final : public Behaviour {
 public:
  explicit Wanderer(std::uint32_t actors) : actors_(actors) {}
  Outcome on_message(Context& context, const Message& message) override {
    Message next{.kind = 1, .word = {message.word[0]}};
    const Sent sent = context.send(target(next.word[0]), next);
    return sent == Sent::queued ? done() : failed(to_errc(sent), "send");
  }
  ActorId target(std::uint64_t& random) const {
    return {static_cast<std::uint32_t>(((bench::mix(random) >> 32) * actors_) >> 32), 1};
  }

 private:
  std::uint64_t actors_;
};

struct Field {
  Field(std::uint32_t actors, Behaviour& behaviour)
      : system({.actors_max = actors, .messages_max = actors + 64, .timers_max = 1, .parked_max = 1},
               &memory) {
    const auto kind = system.add_kind({.mailbox_max = 1U << 30, .starts = false});
    for (std::uint32_t i = 0; i < actors; ++i) {
      WN_CHECK((*system.spawn({.kind = *kind, .behaviour = &behaviour}) == ActorId{i, 1}));
    }
  }
  void run(std::uint64_t messages) {
    const std::uint64_t until = system.stats().messages + messages;
    while (system.stats().messages < until) system.run(4096);
  }
  HugeMemory memory;
  System system;
};

void wander(benchmark::State& state, std::uint32_t actors, std::uint32_t in_flight) {
  Wanderer wanderer(actors);
  Field field(actors, wanderer);
  std::uint64_t seed = 88172645463325252ULL;
  for (std::uint32_t i = 0; i < in_flight; ++i) {
    const ActorId to = wanderer.target(seed);
    WN_CHECK(field.system.send(to, {.kind = 1, .word = {seed | 1}}) == Sent::queued);
  }
  field.run(2'000'000);
  const std::uint64_t before = field.system.stats().messages;
  for (auto _ : state) field.run(500'000);
  bench::per_message(state, field.system.stats().messages - before);
}

// Dispatch by itself: every actor has one message, queued in random order outside the measured time; how long
// until all have handled it. (Small fields are gone over many times per measurement.)
void dispatch(benchmark::State& state) {
  class Counts final : public Behaviour {
   public:
    Outcome on_message(Context& context, const Message& message) override {
      context.set_state(context.state() + message.word[0]);
      return done();
    }
  } counts;
  const auto actors = static_cast<std::uint32_t>(state.range(0));
  Field field(actors, counts);
  std::vector<std::uint32_t> order(actors);
  for (std::uint32_t i = 0; i < actors; ++i) order[i] = i;
  std::uint64_t seed = 88172645463325252ULL;
  std::uint64_t handled = 0;
  for (auto _ : state) {
    double took = 0;
    for (std::uint64_t n = 0; n < 500'000; n += actors) {
      for (std::uint32_t i = actors; i > 1; --i) std::swap(order[i - 1], order[bench::mix(seed) % i]);
      for (const std::uint32_t i : order) {
        WN_CHECK(field.system.send(ActorId{i, 1}, {.kind = 1, .word = {1}}) == Sent::queued);
      }
      const auto start = std::chrono::steady_clock::now();
      WN_CHECK(field.system.run(actors) == actors);
      took += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      handled += actors;
    }
    state.SetIterationTime(took);
  }
  bench::per_message(state, handled);
}

// Two actors and one message between them: all is in the first-level cache.
void dispatch_hot(benchmark::State& state) {
  class Player final : public Behaviour {
   public:
    Outcome on_message(Context& context, const Message& message) override {
      const Sent sent = context.send(message.sender == kOutside ? other : message.sender, message);
      return sent == Sent::queued ? done() : failed(to_errc(sent), "send");
    }
    ActorId other;
  };
  HugeMemory memory;
  Player player;
  System system({.actors_max = 2, .messages_max = 16, .timers_max = 1, .parked_max = 1}, &memory);
  const auto kind = system.add_kind({.starts = false});
  const ActorId first = *system.spawn({.kind = *kind, .behaviour = &player});
  player.other = *system.spawn({.kind = *kind, .behaviour = &player});
  WN_CHECK(system.send(first, {.kind = 1}) == Sent::queued);
  for (auto _ : state) WN_CHECK(system.run(500'000) == 500'000);
  bench::per_message(state, system.stats().messages);
}
// As many messages under way as actors, each to a random one: what a busy system sees.
void dispatch_busy(benchmark::State& state) {
  const auto actors = static_cast<std::uint32_t>(state.range(0));
  wander(state, actors, actors);
}
// One message under way, to a random actor each time: no other work hides the misses.
void dispatch_lone(benchmark::State& state) { wander(state, static_cast<std::uint32_t>(state.range(0)), 1); }

BENCHMARK(dispatch)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK(dispatch_hot)->Unit(benchmark::kMillisecond);
BENCHMARK(dispatch_busy)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(dispatch_lone)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::actor
