// Handlers on fibers: the switch, a message to a handler that does not wait, and a whole call with its reply.
#include <boost/context/detail/fcontext.hpp>

#include "runtime/actor/bench_help.h"

namespace wn::actor {
namespace {

using bench::HugeMemory;

class Waits final : public Behaviour {
 public:
  enum : std::uint32_t { kLoop = 1, kNote, kAsk, kAnswer };
  Outcome on_message(Context& c, const Message& m) override {
    if (m.kind == kAsk)
      return is_queued(c.reply(m, {.kind = kAnswer})) ? done() : failed(Errc::internal, "reply");
    if (m.kind == kNote) return done();
    for (;;) {  // one activation per message: in, and out again
      const auto next = c.receive();
      if (!next.has_value()) return done();
      if (next->message.kind == kAsk && !c.call(server, {.kind = kAsk}, seconds(1)).has_value()) {
        return failed(Errc::internal, "call");
      }
    }
  }
  ActorId server;
};

struct Fibers {
  Fibers(std::uint32_t count, std::uint32_t stack_count)
      : stacks(stack_count, 16 * 1024, &memory),
        system({.actors_max = count + 1, .messages_max = 2 * count + 64, .timers_max = count + 64}, &memory,
               {.stacks = &stacks}) {
    plain = *system.add_kind({.mailbox_max = 1024, .starts = false});
    waits = *system.add_kind({.fiber = true, .starts = false});
    behaviour.server = *system.spawn({.kind = plain, .behaviour = &behaviour});
    for (std::uint32_t i = 0; i < count; ++i) {
      ids.push_back(*system.spawn({.kind = waits, .behaviour = &behaviour}));
    }
  }
  void all(std::uint32_t kind) {
    for (const ActorId id : ids) WN_CHECK(system.send(id, {.kind = kind}) == Sent::queued);
    while (!system.idle()) system.run(1'000'000);
  }
  HugeMemory memory;
  PlainStacks stacks;
  Waits behaviour;
  System system;
  KindId plain;
  KindId waits;
  std::vector<ActorId> ids;
};

// Into a fiber that waits in receive() and out again: two switches, with the send and the turn around them.
void fiber_receive(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Fibers f(count, count);
  f.all(Waits::kLoop);
  std::uint64_t messages = 0;
  for (auto _ : state) {
    f.all(Waits::kNote);
    messages += count;
  }
  bench::per_message(state, messages);
}

// A handler that could wait but does not: a pooled stack is taken and given back.
void fiber_handler(benchmark::State& state) {
  Fibers f(100, 4);
  std::uint64_t messages = 0;
  for (auto _ : state) {
    f.all(Waits::kNote);
    messages += 100;
  }
  bench::per_message(state, messages);
}

// call() and its reply, with a deadline armed and disarmed.
void fiber_call(benchmark::State& state) {
  Fibers f(100, 100);
  f.all(Waits::kLoop);
  std::uint64_t calls = 0;
  for (auto _ : state) {
    f.all(Waits::kAsk);
    calls += 100;
  }
  bench::per_message(state, calls);
}

// The bare jump, one way.
void fcontext_switch(benchmark::State& state) {
  namespace context = boost::context::detail;
  std::vector<char> stack(64 * 1024);
  context::fcontext_t other = context::make_fcontext(
      stack.data() + stack.size(), stack.size(), +[](context::transfer_t from) {
        for (;;) from = context::jump_fcontext(from.fctx, nullptr);
      });
  for (auto _ : state) other = context::jump_fcontext(other, nullptr).fctx;
  bench::per_message(state, static_cast<std::uint64_t>(state.iterations()) * 2);
}

BENCHMARK(fcontext_switch);
BENCHMARK(fiber_receive)->Arg(2)->Arg(1000)->Arg(10'000)->Arg(100'000);
BENCHMARK(fiber_handler);
BENCHMARK(fiber_call);

}  // namespace
}  // namespace wn::actor
