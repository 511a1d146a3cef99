// After start-up a system asks the heap for nothing: this program counts.
#include <catch2/catch_test_macros.hpp>

#include "runtime/actor/system.h"
#include "runtime/base/testing/heap_counter.h"

namespace wn::actor {
namespace {

// One behaviour for all of it, told by the kind of message; nothing in here allocates.
class Busy final : public Behaviour {
 public:
  enum : std::uint32_t { kAsk = 1, kAnswer, kSleep, kArm, kFlood, kSpawn, kFail, kNothing };
  Outcome on_message(Context& c, const Message& m) override {
    ++handled;
    switch (m.kind) {
      case kAsk:
        (void)c.call(server, {.kind = kAnswer}, seconds(1));
        return done();
      case kAnswer:
        (void)c.reply(m, {.kind = kNothing});
        return done();
      case kSleep:
        (void)c.sleep(milliseconds(1));
        (void)c.receive(milliseconds(1));
        return done();
      case kArm:
        (void)c.arm(milliseconds(1), {.kind = kNothing});
        return done();
      case kFlood:
        for (int i = 0; i < 6; ++i) refused += is_queued(c.send(parks, {.kind = kNothing})) ? 0 : 1;
        for (int i = 0; i < 6; ++i) refused += is_queued(c.send(sheds, {.kind = kNothing})) ? 0 : 1;
        refused += c.spawn({.kind = KindId{99}}).has_value() ? 0 : 1;
        refused += is_queued(c.send(ActorId{3, 77}, {.kind = kNothing})) ? 0 : 1;
        return done();
      case kSpawn: {
        const auto child = c.spawn({.kind = child_kind, .behaviour = this});
        if (child.has_value()) (void)c.stop(*child);
        return done();
      }
      case kFail:
        return failed(Errc::internal, "on purpose");
      default:
        return done();
    }
  }
  ActorId server;
  ActorId parks;
  ActorId sheds;
  KindId child_kind;
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
};

TEST_CASE(
    "actor: sends, calls, waits, timers, floods, spawns and restarts allocate nothing in the steady state") {
  FifoOrder fifo;
  for (Order* order : {static_cast<Order*>(nullptr), static_cast<Order*>(&fifo)}) {
    PlainStacks stacks(4, 64 * 1024, std::pmr::new_delete_resource());
    Busy busy;
    System system({.root = {.restarts_max = 1'000'000}}, std::pmr::new_delete_resource(),
                  {.stacks = &stacks, .order = order});
    const KindId plain = *system.add_kind({});
    const KindId waits = *system.add_kind({.fiber = true});
    const KindId parks = *system.add_kind({.mailbox_max = 2, .overflow = Overflow::park});
    const KindId sheds = *system.add_kind({.mailbox_max = 2, .overflow = Overflow::shed_oldest});
    busy.child_kind = plain;
    busy.server = *system.spawn({.kind = plain, .behaviour = &busy});
    busy.parks = *system.spawn({.kind = parks, .behaviour = &busy});
    busy.sheds = *system.spawn({.kind = sheds, .behaviour = &busy});
    const ActorId runs = *system.spawn({.kind = plain, .behaviour = &busy});
    const ActorId fiber = *system.spawn({.kind = waits, .behaviour = &busy});
    const auto work = [&] {
      for (int i = 0; i < 500; ++i) {
        for (const std::uint32_t kind : {Busy::kAsk, Busy::kSleep, Busy::kFlood, Busy::kFail}) {
          (void)system.send(fiber, {.kind = kind});
        }
        for (const std::uint32_t kind : {Busy::kArm, Busy::kFlood, Busy::kSpawn, Busy::kFail}) {
          (void)system.send(runs, {.kind = kind});
        }
        system.run(1000);
        while (system.next_deadline() <= system.now() + milliseconds(5)) {
          system.advance(system.next_deadline());
          system.run(1000);
        }
      }
    };
    work();
    const std::uint64_t handled = busy.handled;
    const std::uint64_t before = testing::heap_allocations();
    work();
    CHECK(testing::heap_allocations() - before == 0);
    CHECK(busy.handled - handled >= 500 * 20);
    CHECK(busy.refused > 0);
    CHECK(system.stats().restarts > 900);
    CHECK(system.stats().parked > 900);
    // The counter itself works.
    const std::uint64_t now = testing::heap_allocations();
    const auto one = std::make_unique<int>(1);
    CHECK(testing::heap_allocations() == now + 1);
    CHECK(*one == 1);
  }
}

}  // namespace
}  // namespace wn::actor
