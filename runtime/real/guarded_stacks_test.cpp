#include "runtime/real/guarded_stacks.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <memory_resource>

#include "runtime/actor/system.h"

namespace wn::real {
namespace {

using namespace actor;  // NOLINT: test vocabulary

// Each frame is seen by the next, so that no compiler makes a loop of it.
[[gnu::noinline]] std::uint64_t deep(std::uint64_t depth,
                                     const volatile char* above) {  // NOLINT: recursion is the point
  volatile char frame[512];
  frame[0] = static_cast<char>(above[0] + 1);
  return depth == 0 ? 0 : deep(depth - 1, frame) + static_cast<std::uint64_t>(frame[0] != 0);
}

class Digs final : public Behaviour {
 public:
  Outcome on_message(Context& context, const Message& message) override {
    const volatile char first = 0;
    sum += deep(message.word[0], &first);
    return context.sleep(Duration{1}) == Errc::ok ? done() : failed(Errc::internal, "sleep");
  }
  std::uint64_t sum = 0;
};

// How a child process that digs that deep on a fiber of 64 KiB ends.
int end_of_child(StackMemory& stacks, std::uint64_t depth) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    (void)std::signal(SIGSEGV,
                      SIG_DFL);  // neither Catch2's handler nor AddressSanitizer's: what a server would see
    (void)freopen("/dev/null", "w", stderr);
    Digs digs;
    System system({}, std::pmr::new_delete_resource(), {.stacks = &stacks});
    const auto kind = system.add_kind({.fiber = true, .starts = false});
    const auto id = system.spawn({.kind = *kind, .behaviour = &digs});
    const bool sent = system.send(*id, {.kind = 1, .word = {depth}}) == Sent::queued;
    system.run(10);
    system.advance(Instant{5});
    system.run(10);
    _exit(sent && system.stats().failures == 0 ? 0 : 3);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

TEST_CASE("stacks: a fiber that overflows a guarded stack dies at once, one that does not lives") {
  auto stacks = GuardedStacks::make(2, 64 * 1024);
  REQUIRE(stacks.has_value());
  const int lives = end_of_child(*stacks, 10);
  CHECK((WIFEXITED(lives) && WEXITSTATUS(lives) == 0));
  const int dies = end_of_child(*stacks, 1000);
  CHECK((WIFSIGNALED(dies) && WTERMSIG(dies) == SIGSEGV));
}

TEST_CASE("stacks: an overflow of a plain stack is noticed by its canary") {
  PlainStacks stacks(2, 16 * 1024, std::pmr::new_delete_resource());
  const int lives = end_of_child(stacks, 5);
  CHECK((WIFEXITED(lives) && WEXITSTATUS(lives) == 0));
  // The first stack's overflow would go below the block; write over the canary as an overflow of a few words
  // would.
  const StackBlock block = stacks.at(0);
  put_canary(block);
  CHECK(canary_holds(block));
  block.bottom[40] = std::byte{1};
  CHECK_FALSE(canary_holds(block));
}

TEST_CASE("stacks: blocks are apart, whole, and read as zeros; the high-water mark sees what was used") {
  auto stacks = GuardedStacks::make(4, 10'000);
  REQUIRE(stacks.has_value());
  CHECK(stacks->count() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const StackBlock b = stacks->at(i);
    CHECK(b.bytes >= 10'000);
    CHECK(b.guarded);
    CHECK(high_water_bytes(b) == 0);
    b.bottom[b.bytes - 300] = std::byte{1};
    CHECK(high_water_bytes(b) >= 300);
    CHECK(high_water_bytes(b) < 320);
    if (i > 0) CHECK(stacks->at(i - 1).bottom + stacks->at(i - 1).bytes < b.bottom);
  }
}

TEST_CASE("stacks: numbers out of range are refused") {
  CHECK(GuardedStacks::make(0, 4096).error().code == Errc::invalid_argument);
  CHECK(GuardedStacks::make(kStacksMax + 1, 4096).error().code == Errc::invalid_argument);
  CHECK(GuardedStacks::make(2, ~std::size_t{0} / 4).error().code == Errc::overloaded);
}

}  // namespace
}  // namespace wn::real
